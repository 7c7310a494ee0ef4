// Making a repository and setting what `init` sets.
#pragma once

#include <string>

#include "base/error.h"
#include "clone/clone.h"

namespace signalbox {

enum class RepositoryForm { Worktree, Bare };

// A new repository; its first branch is git's init.defaultBranch, else "main".
[[nodiscard]] Status create_repository(const std::string& path,
                                       RepositoryForm form = RepositoryForm::Worktree);

// Sets a value in the clone's own configuration.
[[nodiscard]] Status set_config(const Clone& clone, const std::string& key,
                                const std::string& value);

}  // namespace signalbox
