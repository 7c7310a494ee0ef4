// Files that other programs write straight into data/status/ become events.
//
// A file is news when it parses, is not sealed (board/view.h: our own renderings are never news),
// and its content is not known: no event made from it waits or is published, and no version of
// the branch's history holds it (an old version that a checkout, pull, merge or stash pop brought
// back). Its event's id comes from the content: the clock is its own "last_updated", or else the
// time of the file or commit that brought it, raised above the "revision" it was edited from;
// the random part is a digest of the content. So adopting twice is once.
// Of two files of one second the one that is found later is the later one.
// A file that does not say when ("ok", then "failed", then "ok" again) is news again when it was
// written after what the branch shows by now, and says something else.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "board/document.h"
#include "clone/clone.h"
#include "event/event.h"
#include "os/file_system.h"
#include "secrets/masker.h"
#include "spool/spool.h"

namespace signalbox {

// What is known of the published branch. Opening the repository for it is expensive, so it is asked
// last and only about files that nothing else explains.
struct Branch {
  // Whether a job's file, written at `found`, was seen before: as a published event or as a version
  // in the branch's history.
  std::function<Result<bool>(const ParsedView& document, std::string_view bytes, UtcTime found)>
      seen_before;
  // The event that the branch shows for a job; empty when it shows none.
  std::function<EventId(const JobName& job)> shown;
};

struct Adoption {
  std::vector<Event> events;       // now in the spool
  std::vector<std::string> notes;  // "data/status/x.json: not valid JSON": files left alone, ...
};

// Looks at every file of data/status/ in a worktree and spools what is news, secrets masked. The
// file itself is replaced by its event's view when that is published.
[[nodiscard]] Result<Adoption> adopt_directory(os::FileSystem& fs, const std::string& worktree,
                                               Spool& spool, const Branch& branch,
                                               const Masker& masker);

// data/status of a worktree; nothing where it, or data, is not a real directory: through a symbolic
// link, a repository that somebody else wrote could make us read and replace files elsewhere.
[[nodiscard]] std::optional<std::string> status_directory_of(os::FileSystem& fs,
                                                             const std::string& worktree);

// Whether the event of a file is in the spool.
[[nodiscard]] bool waits_already(const Spool& spool, const ParsedView& document,
                                 std::string_view bytes, UtcTime found);

// One file whose content was read already. The event when it is news and is now in the spool;
// nothing when it is known.
[[nodiscard]] Result<std::optional<Event>> adopt_document(const ParsedView& document,
                                                          std::string_view bytes, UtcTime found,
                                                          Spool& spool, const Branch& branch,
                                                          const Masker& masker);

}  // namespace signalbox
