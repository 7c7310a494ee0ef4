// What git itself remembers in a repository: the reflogs of its refs, and the stash.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "clone/clone.h"
#include "os/file_system.h"
#include "verify/findings.h"

namespace signalbox {

// Adds every commit that a reflog (logs/<ref> of the repository) names, with `said_by`; nothing
// when there is no such log: a bare repository keeps none unless core.logAllRefUpdates is set.
[[nodiscard]] Status add_reflog(os::FileSystem& fs, const Clone& repository, const std::string& ref,
                                const std::string& said_by,
                                std::map<std::string, std::string>& seen_tips);

// Decides NoStash for one repository: refs/stash, and HEAD's reflog, in which `git stash` and `git
// reset --hard`, which throw work out of the worktree, leave the line "reset: moving to ...".
[[nodiscard]] Status check_stash(os::FileSystem& fs, const Clone& repository, Findings& findings);

}  // namespace signalbox
