// What the files of this room share about an open repository. Internal.
#pragma once

#include <string>
#include <vector>

#include "repository/gathered_objects.h"
#include "repository/git.h"
#include "repository/repository.h"

namespace signalbox {

struct Repository::Impl {
  git::Repository git;
  git::GatheredObjects* objects;  // of `git`, which owns them
};

namespace git {

// The tree or blob at `path` of a commit; a null handle when there is nothing of that kind.
// `commit` may be "".
[[nodiscard]] Result<Tree> tree_at(git_repository* repository, const std::string& commit,
                                   const std::string& path);
[[nodiscard]] Result<Commit> lookup_commit(git_repository* repository, const std::string& commit);
[[nodiscard]] Result<Tree> lookup_tree(git_repository* repository, const git_oid& oid);

// Whether `ancestor` ("" is everybody's) is `commit` or an ancestor of it.
[[nodiscard]] Result<bool> descends_from(git_repository* repository, const std::string& commit,
                                         const std::string& ancestor);

// A commit and its ancestors, children before parents; at most a million of them.
struct Ancestors {
  std::vector<git_oid> list;
  bool is_whole = true;
};
[[nodiscard]] Result<Ancestors> ancestors_of(git_repository* repository, const std::string& commit);

struct Entry {
  std::string name;
  git_oid oid;
  bool is_tree = false;
};
// Blobs and trees directly in a tree.
[[nodiscard]] std::vector<Entry> entries_of(const git_tree* tree);

// TooLarge when the blob has more than `limit` bytes, without inflating it.
[[nodiscard]] Result<std::string> read_blob(git_repository* repository, const git_oid& oid,
                                            std::size_t limit);

// An empty text in place of a blob that is too large: nobody of ours wrote it, and it parses as
// little.
[[nodiscard]] Result<std::string> read_blob_or_nothing(git_repository* repository,
                                                       const git_oid& oid, std::size_t limit);

// The size of a blob in bytes, without inflating it.
[[nodiscard]] Result<std::size_t> blob_size(git_repository* repository, const git_oid& oid);

// Calls `visit` with every line that a commit's history has for one of `ids`: the hour in an id
// says where to look, in the directory of that hour and in the files of that day.
[[nodiscard]] Status for_each_line_of(
    git_repository* repository, const std::string& commit, std::span<const EventId> ids,
    const std::function<void(std::string_view id, std::string_view line)>& visit);

// "a merge is in progress"; empty when nothing is.
[[nodiscard]] std::string operation_in_progress(git_repository* repository);

}  // namespace git
}  // namespace signalbox
