// What a fast-forward would do to each path, decided before anything is touched. Internal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repository/checkout.h"
#include "repository/git.h"

namespace signalbox {

enum class FileAction {
  Keep,   // the file is at the new version, or is somebody's: only the index entry moves
  Write,  // put the new version there
  Remove,
};

struct PathChange {
  std::string path;
  git_oid blob{};        // the new version; unused when `removed`
  bool removed = false;  // the new tip does not have the path
  bool executable = false;
  bool clean = false;  // after the action the file is the new version
  FileAction action = FileAction::Keep;
  std::optional<os::FileStatus> found;  // the file that this was decided for; nothing: none
};

// Whether the file is still the one that the change was decided for.
[[nodiscard]] bool is_as_planned(os::FileSystem& fs, const std::string& worktree,
                                 const PathChange& change);

struct CheckoutPlan {
  std::vector<PathChange> changes;
  std::string obstacle;  // not empty: nothing may be touched
};

struct CheckoutLicence {
  const MayReplace& may_replace;
  bool resumed = false;  // also what a power cut left of any file's old or new version
};

// `from` may be null (a branch without a commit). `index` is the person's index.
[[nodiscard]] Result<CheckoutPlan> plan_checkout(os::FileSystem& fs, git_repository* repository,
                                                 const std::string& worktree, git_tree* from,
                                                 git_tree* to, git_index* index,
                                                 CheckoutLicence licence);

}  // namespace signalbox
