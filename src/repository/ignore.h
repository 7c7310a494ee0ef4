// Whether git looks at a file of a worktree.
#pragma once

#include <string>

#include "base/error.h"
#include "clone/clone.h"

namespace signalbox {

enum class Attention {
  Tracked,    // in the index: a change of it is somebody's change
  Untracked,  // `git status` names it once it is there
  Ignored,
};

// `path` is relative to the worktree of `clone` and need not exist. Changes nothing. NotFound where
// that is not the worktree (core.worktree); another error where libgit2 cannot read the repository
// or its index.
[[nodiscard]] Result<Attention> attention_of(const Clone& clone, const std::string& path);

}  // namespace signalbox
