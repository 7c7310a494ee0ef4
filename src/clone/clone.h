// Where things are in a clone: found by looking at a few files, without libgit2, so that `report`
// can afford it. Handles a worktree, its `.git` directory, a `.git` file (linked worktree,
// submodule, --separate-git-dir) and a bare repository.
//
// What Signalbox keeps inside the clone, all under <common_directory>/signalbox/:
//   spool/                        events that wait for the remote; damaged/ and refused/ beside
//   them views/                        the views of a clone that has no checkout of the branch
//   outbox/                       collected logs that wait for the remote; refused/ in it
//   set-aside/                    files that stood in the place of a view and were no status report
//   branch                        the branch and remote that were resolved last (Target)
//   clone-id                      the name of this clone in data/health/
//   state.json                    last publish, last error, push budget
//   ahead                         jobs whose newest event is ahead of this host's clock
//   index-<host>.db               derived index over the history, one a host
//   publish.lock, publisher.lock  kernel locks, never unlinked
//   publisher                     the same as publisher.lock, where there are no kernel locks
//   waiting/                      who waits for the publisher lock
//   log/<host>.ndjson             what publishers did, one file a host; see log/log.h
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
  [[nodiscard]] std::string outbox_directory() const { return own_directory() + "/outbox"; }
};

// The clone at `path` (its worktree, a directory inside it, or its git directory), as absolute
// paths. NotFound when there is none up to the root, or `path` itself does not exist: what is
// missing there may be a file system, and the clone above it somebody else's project. Corrupt for a
// `.git` file that leads nowhere.
[[nodiscard]] Result<Clone> find_clone(os::FileSystem& fs, const std::string& path);

// Whether somebody made this clone a monitor: it has data/status, signalbox.toml or events.
[[nodiscard]] bool is_monitor(os::FileSystem& fs, const Clone& clone);

// The branch that HEAD names ("main", also when it has no commit yet); nothing when detached.
[[nodiscard]] std::optional<std::string> head_branch(os::FileSystem& fs, const Clone& clone);

// Where the user's own files go when the clone cannot be written: $XDG_STATE_HOME/signalbox, else
// $HOME/.local/state/signalbox. NotFound when neither variable is set.
[[nodiscard]] Result<std::string> user_state_directory();

// `path` made absolute and free of "." and "..", symbolic links resolved where it exists.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace signalbox
