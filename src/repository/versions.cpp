// Questions about a file's past, answered by walking the history of a tip. For the rare files that
// nothing else explains: the cost grows with the past, within a limit.
#include <functional>
#include <set>

#include "repository/implementation.h"

namespace signalbox {
namespace {

constexpr std::size_t commits_limit = 200'000;  // that are walked for one file
constexpr std::size_t past_limit = 1'000'000;   // that are walked once, for all files

// The blob of `path` in a commit, "" when it has none.
Result<std::string> blob_at(git_repository* repository, const std::string& commit,
                            const std::string& path) {
  const auto root = git::tree_at(repository, commit, {});
  if (!root) return std::unexpected(root.error());
  git_tree_entry* found = nullptr;
  const int code = git_tree_entry_bypath(&found, root->get(), path.c_str());
  const git::TreeEntry entry(found);
  if (code == GIT_ENOTFOUND) return std::string();
  if (code < 0) return std::unexpected(git::error(code, "cannot read '" + path + "'"));
  return git::text_of(*git_tree_entry_id(found));
}

using Visit = std::function<Result<bool>(const std::string& commit)>;

// A shallow clone ends where its commits end; libgit2's own walk would fail there. Newest first by
// commit time, which puts children before parents as far as clocks were right.
Status walk_shallow(git_repository* repository, const std::string& start, const Visit& visit,
                    std::size_t limit) {
  std::set<std::string> known{start};
  std::set<std::pair<git_time_t, std::string>> queue{{0, start}};
  for (std::size_t seen = 0; seen < limit && !queue.empty(); ++seen) {
    const std::string at = queue.extract(std::prev(queue.end())).value().second;
    const auto more = visit(at);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto commit = git::lookup_commit(repository, at);
    if (!commit) return std::unexpected(commit.error());
    for (unsigned i = 0; i < git_commit_parentcount(commit->get()); ++i) {
      const std::string parent = git::text_of(*git_commit_parent_id(commit->get(), i));
      const auto found = git::lookup_commit(repository, parent);
      if (found && known.insert(parent).second) {
        queue.emplace(git_commit_time(found->get()), parent);
      }
    }
  }
  return {};
}

// Visits the ancestors of `commit`, children before parents, until `visit` answers false.
Status walk(git_repository* repository, const std::string& commit, const Visit& visit,
            std::size_t limit = commits_limit) {
  const auto start = git::parse_oid(commit);
  if (!start) return {};
  if (git_repository_is_shallow(repository) == 1)
    return walk_shallow(repository, commit, visit, limit);
  git_revwalk* handle = nullptr;
  if (const int code = git_revwalk_new(&handle, repository); code < 0) {
    return std::unexpected(git::error(code, "cannot walk the history"));
  }
  const git::Walk owner(handle);
  int code = git_revwalk_sorting(handle, GIT_SORT_TOPOLOGICAL);
  if (code >= 0) code = git_revwalk_push(handle, &*start);
  if (code < 0) return std::unexpected(git::error(code, "cannot walk the history of " + commit));
  git_oid oid;
  for (std::size_t seen = 0; seen < limit && git_revwalk_next(&oid, handle) == 0; ++seen) {
    const auto more = visit(git::text_of(oid));
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
  }
  return {};
}

}  // namespace

namespace git {

Result<bool> descends_from(git_repository* repository, const std::string& commit,
                           const std::string& ancestor) {
  if (ancestor.empty() || commit == ancestor) return true;
  if (git_repository_is_shallow(repository) == 1) {
    bool found = false;
    auto walked = walk(repository, commit, [&](const std::string& at) -> Result<bool> {
      found = at == ancestor;
      return !found;
    });
    if (!walked) return std::unexpected(walked.error());
    return found;
  }
  const auto child = parse_oid(commit);
  const auto parent = parse_oid(ancestor);
  if (!child || !parent) return false;
  const int code = git_graph_descendant_of(repository, &*child, &*parent);
  if (code < 0) return std::unexpected(error(code, "cannot compare two commits"));
  return code == 1;
}

Result<Ancestors> ancestors_of(git_repository* repository, const std::string& commit) {
  Ancestors ancestors;
  const auto take = [&](const std::string& at) -> Result<bool> {
    const auto oid = parse_oid(at);
    if (!oid) return std::unexpected(oid.error());
    ancestors.is_whole = ancestors.list.size() < past_limit;
    if (ancestors.is_whole) ancestors.list.push_back(*oid);
    return ancestors.is_whole;
  };
  if (auto walked = walk(repository, commit, take, past_limit + 1); !walked) {
    return std::unexpected(walked.error());
  }
  return ancestors;
}

}  // namespace git

Result<bool> Repository::had_version(const std::string& commit, const std::string& path,
                                     std::string_view bytes) const {
  git_oid oid;
  if (const int code = git_odb_hash(&oid, bytes.data(), bytes.size(), GIT_OBJECT_BLOB); code < 0) {
    return std::unexpected(git::error(code, "cannot hash '" + path + "'"));
  }
  const std::string wanted = git::text_of(oid);
  bool found = false;
  auto walked = walk(impl_->git.get(), commit, [&](const std::string& at) -> Result<bool> {
    const auto blob = blob_at(impl_->git.get(), at, path);
    if (!blob) return std::unexpected(blob.error());
    found = *blob == wanted;
    return !found;
  });
  if (!walked) return std::unexpected(walked.error());
  return found;
}

Result<Repository::Origin> Repository::origin(const std::string& commit,
                                              const std::string& path) const {
  git_repository* repository = impl_->git.get();
  const auto wanted = blob_at(repository, commit, path);
  if (!wanted) return std::unexpected(wanted.error());
  // The stretch: commits that pass the version on from child to parent, down from `commit`. The
  // version outside of it was there before something else took its place.
  std::set<std::string> stretch{commit};
  Origin origin{.introduced = last_time};
  auto walked = walk(repository, commit, [&](const std::string& at) -> Result<bool> {
    const auto blob = blob_at(repository, at, path);
    if (!blob) return std::unexpected(blob.error());
    if (*blob != *wanted) return true;
    if (!stretch.contains(at)) {
      origin.seen_before = true;
      return false;
    }
    const auto handle = git::lookup_commit(repository, at);
    if (!handle) return std::unexpected(handle.error());
    origin.introduced =
        std::min(origin.introduced, UtcTime{std::chrono::seconds{git_commit_time(handle->get())}});
    for (unsigned i = 0; i < git_commit_parentcount(handle->get()); ++i) {
      stretch.insert(git::text_of(*git_commit_parent_id(handle->get(), i)));
    }
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  return origin;
}

}  // namespace signalbox
