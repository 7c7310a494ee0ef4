// The locks of git itself, which are a person's to judge: Signalbox removes only what it wrote.
#pragma once

#include <string>
#include <vector>

#include "os/file_system.h"

namespace signalbox {

// Paths of the lock files in a git directory: at its top (index.lock, HEAD.lock, config.lock,
// packed-refs.lock, shallow.lock), in its linked worktrees, and below refs/. The publisher's and
// the old scripts' are not among them. Bounded: a directory of too many refs is looked at in part.
[[nodiscard]] std::vector<std::string> git_locks(os::FileSystem& fs,
                                                 const std::string& git_directory);

}  // namespace signalbox
