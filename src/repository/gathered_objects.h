// The new objects of one commit, kept in memory until all are there. Internal to this room.
//
// git syncs every loose object and its directory: a commit of a thousand views waits for the disk
// two thousand times, with the publisher's lock held. Many objects are written as one pack instead,
// which waits a few times; a few stay loose, because a pack for every commit slows every git down.
#pragma once

#include <map>
#include <string>

#include "repository/git.h"

namespace signalbox::git {

class GatheredObjects {
 public:
  // Puts itself before all that `repository` writes objects to, and lives as long as it does. Not
  // for more than one thread.
  [[nodiscard]] static Result<GatheredObjects*> add_to(git_repository* repository);

  // From now on new objects of the repository are gathered. They can be read like any others.
  void begin() { gathering_ = true; }

  // git_blob_create_from_buffer() would write it at once.
  [[nodiscard]] static Result<git_oid> add_blob(git_repository* repository, std::string_view bytes);

  // Writes what was gathered to the disk, durably, and gathers no more; after an error it is gone.
  [[nodiscard]] Status write(git_repository* repository);

  // Gathers no more, and forgets what was gathered.
  void end() {
    gathering_ = false;
    objects_.clear();
  }

 private:
  struct Backend;
  struct Object {
    git_object_t type;
    std::string bytes;
  };
  struct ById {
    bool operator()(const git_oid& one, const git_oid& other) const {
      return git_oid_cmp(&one, &other) < 0;
    }
  };

  Status write_pack(git_repository* repository);
  Status write_loose(git_repository* repository);

  bool gathering_ = false;
  std::map<git_oid, Object, ById> objects_;
};

}  // namespace signalbox::git
