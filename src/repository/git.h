// libgit2's handles with owners, and its last error as a value. Internal to this room: no libgit2
// type appears in the room's public headers.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "base/error.h"

namespace signalbox::git {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* handle) const {
    release(handle);
  }
};

using Repository = std::unique_ptr<git_repository, Releaser<git_repository_free>>;
using Reference = std::unique_ptr<git_reference, Releaser<git_reference_free>>;
using Commit = std::unique_ptr<git_commit, Releaser<git_commit_free>>;
using Tree = std::unique_ptr<git_tree, Releaser<git_tree_free>>;
using TreeEntry = std::unique_ptr<git_tree_entry, Releaser<git_tree_entry_free>>;
using Blob = std::unique_ptr<git_blob, Releaser<git_blob_free>>;
using Index = std::unique_ptr<git_index, Releaser<git_index_free>>;
using Diff = std::unique_ptr<git_diff, Releaser<git_diff_free>>;
using Walk = std::unique_ptr<git_revwalk, Releaser<git_revwalk_free>>;
using Signature = std::unique_ptr<git_signature, Releaser<git_signature_free>>;
using Config = std::unique_ptr<git_config, Releaser<git_config_free>>;
using Object = std::unique_ptr<git_object, Releaser<git_object_free>>;
using TreeBuilder = std::unique_ptr<git_treebuilder, Releaser<git_treebuilder_free>>;

// What libgit2 last complained about on this thread: `code` is its return value.
[[nodiscard]] Error error(int code, const std::string& what);

// Starts libgit2, once a process; every function of this room that needs it calls this or open().
void start();

// Opens by git directory, worktree or common directory; starts libgit2 on the first call.
[[nodiscard]] Result<Repository> open(const std::string& path);

[[nodiscard]] std::string text_of(const git_oid& oid);
[[nodiscard]] Result<git_oid> parse_oid(const std::string& text);

}  // namespace signalbox::git
