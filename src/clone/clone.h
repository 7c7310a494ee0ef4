// Where things are in a clone: found by looking at a few files, without libgit2, so that `report`
// can afford it. Handles a worktree, its `.git` directory, a `.git` file (linked worktree,
// submodule, --separate-git-dir) and a bare repository.
//
// What Signalbox keeps inside the clone, all under <common_directory>/signalbox/:
//   spool/                events that wait for the remote
//   views/                the views of a clone that has no checkout of the branch
//   branch                the branch and remote that were resolved last (Target)
//   state.json            last publish, last error, push budget
//   adopted               versions of hand-written files that are events already
//   index-<host>.db       derived index over the history, one a host (SQLite and shared file
//   systems) publish.lock, publisher.lock   kernel locks, never unlinked publish-<host>.log    the
//   publisher's log, rotated
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "os/file_system.h"

namespace signalbox {

struct Clone {
  std::string worktree;          // absolute; empty in a bare repository
  std::string git_directory;     // HEAD and index live here; a linked worktree has its own
  std::string common_directory;  // refs, objects and Signalbox's own files: one for all worktrees

  [[nodiscard]] std::string own_directory() const { return common_directory + "/signalbox"; }
  [[nodiscard]] std::string spool_directory() const { return own_directory() + "/spool"; }
};

// The clone at `path` (its worktree, a directory inside it, or its git directory), as absolute
// paths. NotFound when there is none up to the root; Corrupt for a `.git` file that leads nowhere.
[[nodiscard]] Result<Clone> find_clone(os::FileSystem& fs, const std::string& path);

// The branch that HEAD names ("main", also when it has no commit yet); nothing when detached.
[[nodiscard]] std::optional<std::string> head_branch(os::FileSystem& fs, const Clone& clone);

// Where the user's own files go when the clone cannot be written: $XDG_STATE_HOME/signalbox, else
// $HOME/.local/state/signalbox. NotFound when neither variable is set.
[[nodiscard]] Result<std::string> user_state_directory();

// The spool under the user's state directory for one clone, by a digest of its common directory.
// For reports whose repository was not found, `clone_path` is what the caller asked for.
[[nodiscard]] Result<std::string> fallback_spool_directory(const std::string& clone_path);

// `path` made absolute and free of "." and "..", symbolic links resolved where it exists.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace signalbox
