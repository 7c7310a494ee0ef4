// Settings and target of a clone, from all the places that may say them.
#pragma once

#include "base/error.h"
#include "clone/settings.h"
#include "clone/target.h"
#include "repository/repository.h"

namespace signalbox {

// signalbox.toml: the worktree's, else the published tip's; defaults when there is none.
[[nodiscard]] Result<Settings> read_settings(os::FileSystem& fs, const Clone& clone,
                                             const Repository& repository);

// Where this clone publishes to, the first of these that says so:
//   remote   git config signalbox.remote; signalbox.toml; "origin"; the only remote there is
//   branch   git config signalbox.branch; signalbox.toml; the remote's HEAD as last seen; the
//            branch that was used before; HEAD's branch
// and checks both names, which come from files that anybody may have written.
[[nodiscard]] Result<Target> resolve_target(os::FileSystem& fs, const Clone& clone,
                                            const Repository& repository, const Settings& settings);

}  // namespace signalbox
