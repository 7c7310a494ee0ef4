// After a publish: bring the local branch, index and files to the new tip, when that touches
// nothing a person changed; otherwise leave everything as it is and say what stands in the way
// (invariant 4). Never a merge, reset, stash or forced checkout.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "clone/clone.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

struct CheckoutOutcome {
  bool current = false;  // branch, index and files are at the new tip (or were already)
  std::string
      obstacle;  // else: one line for a person, "data/x.txt has changes that are not committed"
};

// Answers whether the bytes of a file in data/status/ may be replaced by the new tip's: a sealed
// view, or a hand-written file that became an event. Everything else that differs from HEAD is a
// person's.
using MayReplace = std::function<bool(const std::string& path, std::string_view bytes)>;

// `clone` has a worktree; `branch` without refs/heads/; `tip` a commit in the object database.
// The branch ref moves by compare-and-swap, last. Index and files are written by temporary file
// and rename, the index under its own index.lock, as git does. A kill at any point leaves a state
// that the next call (or a person's `git status`) completes: files of ours at a newer version.
// Errors only where something failed that should not have; an obstacle is a value.
[[nodiscard]] Result<CheckoutOutcome> fast_forward_checkout(os::FileSystem& fs, os::Clock& clock,
                                                            const Clone& clone,
                                                            const std::string& branch,
                                                            const std::string& tip,
                                                            const MayReplace& may_replace);

// Brings views that fell behind to the tip that is checked out; how many. A fast-forward looks only
// at what differs between two tips. But a power cut may take a view that was written last and keep
// the index, and a report may have shown itself where the fold of all events shows another one
// (a late "running" of a run that has ended). Such a file would be a change to git for ever. Reads
// every view; those that are missing stay so, for a person may have removed them.
[[nodiscard]] Result<std::size_t> renew_views(os::FileSystem& fs, const Clone& clone,
                                              const std::string& branch, const std::string& tip,
                                              const MayReplace& may_replace);

}  // namespace signalbox
