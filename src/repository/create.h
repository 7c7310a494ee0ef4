// Making a repository and setting what `init` sets.
#pragma once

#include <string>

#include "base/error.h"
#include "clone/clone.h"
#include "os/file_system.h"

namespace signalbox {

enum class RepositoryForm { Worktree, Bare };

// A new repository; its first branch is git's init.defaultBranch, else "main". One with a worktree
// is there as a whole or not at all, also when this process is killed: its .git is made under a
// hidden name beside it.
[[nodiscard]] Status create_repository(os::FileSystem& fs, const std::string& path,
                                       RepositoryForm form = RepositoryForm::Worktree);

// Sets a value in the clone's own configuration.
[[nodiscard]] Status set_config(const Clone& clone, const std::string& key,
                                const std::string& value);

}  // namespace signalbox
