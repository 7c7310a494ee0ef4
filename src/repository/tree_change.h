// Changes to the tree of one commit, and the commit of them. Internal to this room.
//
//   TreeChange change(repository, objects, parent);
//   change.put(path, bytes) ... change.remove(path) ...
//   change.commit(message, time)
//
// Blobs, tree and commit are on the disk together when commit() has returned; none is reachable
// from a ref before the caller pushes it.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "repository/gathered_objects.h"
#include "repository/git.h"

namespace signalbox {

class TreeChange {
 public:
  // `objects`: those of `repository`. `parent`: the commit it builds on, "" for none.
  TreeChange(git_repository* repository, git::GatheredObjects& objects, std::string parent);
  ~TreeChange() { objects_.end(); }
  TreeChange(const TreeChange&) = delete;
  TreeChange& operator=(const TreeChange&) = delete;

  [[nodiscard]] Result<git_oid> write_blob(const std::string& bytes);
  void put(std::string path, const git_oid& blob);
  // Of a file that is there; a directory goes with its last file.
  void remove(std::string path);
  [[nodiscard]] bool empty() const { return updates_.empty(); }

  // By the clone's identity; a missing one does not stop a publish.
  [[nodiscard]] Result<std::string> commit(const std::string& message, UtcTime time);

 private:
  Result<git_oid> write_tree();
  Result<git::Signature> signature(UtcTime time);

  git_repository* git_;
  git::GatheredObjects& objects_;
  std::string parent_;
  std::vector<std::string> paths_;  // stable storage for the C strings of the updates
  std::vector<git_tree_update> updates_;
};

}  // namespace signalbox
