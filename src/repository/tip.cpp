// Reading what a tip of the branch holds.
#include <algorithm>

#include "board/view.h"
#include "repository/implementation.h"
#include "repository/segment.h"

namespace signalbox {
namespace git {

Result<Commit> lookup_commit(git_repository* repository, const std::string& commit) {
  const auto oid = parse_oid(commit);
  if (!oid) return std::unexpected(oid.error());
  git_commit* handle = nullptr;
  if (const int code = git_commit_lookup(&handle, repository, &*oid); code < 0) {
    return std::unexpected(error(code, "cannot read the commit " + commit));
  }
  return Commit(handle);
}

Result<Tree> lookup_tree(git_repository* repository, const git_oid& oid) {
  git_tree* handle = nullptr;
  if (const int code = git_tree_lookup(&handle, repository, &oid); code < 0) {
    return std::unexpected(error(code, "cannot read the tree " + text_of(oid)));
  }
  return Tree(handle);
}

Result<Tree> tree_at(git_repository* repository, const std::string& commit,
                     const std::string& path) {
  if (commit.empty()) return Tree();
  const auto owner = lookup_commit(repository, commit);
  if (!owner) return std::unexpected(owner.error());
  git_tree* root = nullptr;
  if (const int code = git_commit_tree(&root, owner->get()); code < 0) {
    return std::unexpected(error(code, "cannot read the tree of commit " + commit));
  }
  Tree tree(root);
  if (path.empty()) return tree;
  git_tree_entry* handle = nullptr;
  const int code = git_tree_entry_bypath(&handle, root, path.c_str());
  const TreeEntry entry(handle);
  if (code == GIT_ENOTFOUND) return Tree();
  if (code < 0) return std::unexpected(error(code, "cannot read '" + path + "' of " + commit));
  if (git_tree_entry_type(handle) != GIT_OBJECT_TREE) return Tree();
  return lookup_tree(repository, *git_tree_entry_id(handle));
}

std::vector<Entry> entries_of(const git_tree* tree) {
  std::vector<Entry> entries;
  if (tree == nullptr) return entries;
  const std::size_t count = git_tree_entrycount(tree);
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree, i);
    const git_filemode_t mode = git_tree_entry_filemode(entry);
    const bool is_tree = mode == GIT_FILEMODE_TREE;
    // Symbolic links and submodules under our directories are a person's; they say nothing to us.
    if (!is_tree && mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE) continue;
    entries.push_back({git_tree_entry_name(entry), *git_tree_entry_id(entry), is_tree});
  }
  return entries;
}

Result<std::size_t> blob_size(git_repository* repository, const git_oid& oid) {
  git_odb* database = nullptr;
  if (const int code = git_repository_odb(&database, repository); code < 0) {
    return std::unexpected(error(code, "cannot open the object database"));
  }
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_ANY;
  const int header = git_odb_read_header(&size, &type, database, &oid);
  git_odb_free(database);
  if (header < 0) return std::unexpected(error(header, "cannot read the blob " + text_of(oid)));
  return size;
}

Result<std::string> read_blob(git_repository* repository, const git_oid& oid, std::size_t limit) {
  const auto size = blob_size(repository, oid);
  if (!size) return std::unexpected(size.error());
  if (*size > limit) return fail(ErrorKind::TooLarge, "the blob " + text_of(oid) + " is too large");
  git_blob* handle = nullptr;
  if (const int code = git_blob_lookup(&handle, repository, &oid); code < 0) {
    return std::unexpected(error(code, "cannot read the blob " + text_of(oid)));
  }
  const Blob blob(handle);
  return std::string(static_cast<const char*>(git_blob_rawcontent(handle)), *size);
}

Result<std::string> read_blob_or_nothing(git_repository* repository, const git_oid& oid,
                                         std::size_t limit) {
  auto bytes = read_blob(repository, oid, limit);
  if (!bytes && bytes.error().kind == ErrorKind::TooLarge) return std::string();
  return bytes;
}

namespace {

using Ids = std::set<std::string_view>;

// Visits those of `wanted` that the segments directly in one directory have.
Status visit_directory(git_repository* repository, const std::string& commit,
                       const std::string& directory, const Ids& wanted,
                       const std::function<void(std::string_view, std::string_view)>& visit) {
  const auto tree = tree_at(repository, commit, std::string(history_directory) + "/" + directory);
  if (!tree) return std::unexpected(tree.error());
  for (const auto& entry : entries_of(tree->get())) {
    // A segment is sorted: what is below its first id is not in it.
    const auto first = first_id_of(entry.name);
    if (entry.is_tree || first.empty() || *wanted.rbegin() < first) continue;
    const auto bytes = read_blob_or_nothing(repository, entry.oid, segment_limit);
    if (!bytes) return std::unexpected(bytes.error());
    for_each_line(*bytes, [&](std::string_view id, std::string_view line) {
      if (wanted.contains(id)) visit(id, line);
    });
  }
  return {};
}

}  // namespace

Status for_each_line_of(git_repository* repository, const std::string& commit,
                        std::span<const EventId> ids,
                        const std::function<void(std::string_view, std::string_view)>& visit) {
  constexpr std::size_t day_length = std::string_view("2025/08/17").size();
  std::map<std::string, Ids> wanted_in;
  for (const EventId& id : ids) {
    const std::string hour = id.hour();
    wanted_in[hour].insert(id.text());
    wanted_in[hour.substr(0, day_length)].insert(id.text());
  }
  for (const auto& [directory, wanted] : wanted_in) {
    auto done = visit_directory(repository, commit, directory, wanted, visit);
    if (!done) return done;
  }
  return {};
}

}  // namespace git

namespace {

Result<std::string> tree_id(git_repository* repository, const std::string& commit,
                            std::string_view path) {
  const auto tree = git::tree_at(repository, commit, std::string(path));
  if (!tree) return std::unexpected(tree.error());
  return *tree ? git::text_of(*git_tree_id(tree->get())) : std::string();
}

}  // namespace

Result<std::string> Repository::status_tree(const std::string& commit) const {
  return tree_id(impl_->git.get(), commit, status_directory);
}

Result<std::vector<ViewFile>> Repository::views(const std::string& commit,
                                                const std::string& since_status_tree) const {
  git_repository* repository = impl_->git.get();
  const auto tree = git::tree_at(repository, commit, std::string(status_directory));
  if (!tree) return std::unexpected(tree.error());
  std::map<std::string, std::string> known;
  if (const auto since = git::parse_oid(since_status_tree)) {
    // A tree that was pruned meanwhile is no error: then everything counts as changed.
    if (const auto before = git::lookup_tree(repository, *since)) {
      for (const auto& entry : git::entries_of(before->get())) {
        known[entry.name] = git::text_of(entry.oid);
      }
    }
  }
  std::vector<ViewFile> views;
  for (const auto& entry : git::entries_of(tree->get())) {
    auto job = job_of_status_file(entry.name);
    if (entry.is_tree || !job) continue;
    const std::string blob = git::text_of(entry.oid);
    if (const auto before = known.find(entry.name);
        before != known.end() && before->second == blob) {
      continue;
    }
    auto bytes = git::read_blob_or_nothing(repository, entry.oid, view_limit);
    if (!bytes) return std::unexpected(bytes.error());
    views.push_back({*std::move(job), blob, *std::move(bytes)});
  }
  return views;
}

Result<std::optional<ViewFile>> Repository::view(const std::string& commit,
                                                 const JobName& job) const {
  auto bytes = file(commit, view_path(job), view_limit);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  return ViewFile{job, {}, **std::move(bytes)};
}

Result<std::optional<std::string>> Repository::file(const std::string& commit,
                                                    const std::string& path,
                                                    std::size_t limit) const {
  git_repository* repository = impl_->git.get();
  const auto parent = git::tree_at(repository, commit, {});
  if (!parent) return std::unexpected(parent.error());
  if (!*parent) return std::nullopt;
  git_tree_entry* handle = nullptr;
  const int code = git_tree_entry_bypath(&handle, parent->get(), path.c_str());
  const git::TreeEntry entry(handle);
  if (code == GIT_ENOTFOUND) return std::nullopt;
  if (code < 0) return std::unexpected(git::error(code, "cannot read '" + path + "'"));
  const git_filemode_t mode = git_tree_entry_filemode(handle);
  if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE) return std::nullopt;
  auto bytes = git::read_blob_or_nothing(repository, *git_tree_entry_id(handle), limit);
  if (!bytes) return std::unexpected(bytes.error());
  return *std::move(bytes);
}

Result<std::map<std::string, std::string>> Repository::blobs_below(const std::string& commit,
                                                                   const std::string& directory,
                                                                   int levels) const {
  const auto tree = git::tree_at(impl_->git.get(), commit, directory);
  if (!tree) return std::unexpected(tree.error());
  std::map<std::string, std::string> blobs;
  for (const auto& entry : git::entries_of(tree->get())) {
    const std::string path = directory + "/" + entry.name;
    if (!entry.is_tree) {
      blobs.emplace(path, git::text_of(entry.oid));
    } else if (levels > 1) {
      auto below = blobs_below(commit, path, levels - 1);
      if (!below) return below;
      blobs.merge(*below);
    }
  }
  return blobs;
}

Result<std::vector<std::string>> Repository::files_below(const std::string& commit,
                                                         const std::string& directory,
                                                         int levels) const {
  const auto blobs = blobs_below(commit, directory, levels);
  if (!blobs) return std::unexpected(blobs.error());
  std::vector<std::string> paths;
  for (const auto& [path, blob] : *blobs) paths.push_back(path);
  return paths;
}

Result<std::string> Repository::tree_of(const std::string& commit,
                                        const std::string& directory) const {
  return tree_id(impl_->git.get(), commit, directory);
}

Result<bool> Repository::has_file(const std::string& commit, const std::string& path) const {
  const auto root = git::tree_at(impl_->git.get(), commit, {});
  if (!root) return std::unexpected(root.error());
  if (!*root) return false;
  git_tree_entry* handle = nullptr;
  const int code = git_tree_entry_bypath(&handle, root->get(), path.c_str());
  const git::TreeEntry entry(handle);
  if (code == GIT_ENOTFOUND) return false;
  if (code < 0) return std::unexpected(git::error(code, "cannot read '" + path + "'"));
  return git_tree_entry_type(handle) == GIT_OBJECT_BLOB;
}

Result<bool> Repository::has_room_for(const std::string& commit, const std::string& path) const {
  const auto root = git::tree_at(impl_->git.get(), commit, {});
  if (!root) return std::unexpected(root.error());
  if (!*root) return true;
  for (auto end = path.find('/');; end = path.find('/', end + 1)) {
    git_tree_entry* handle = nullptr;
    const int code = git_tree_entry_bypath(&handle, root->get(), path.substr(0, end).c_str());
    const git::TreeEntry entry(handle);
    if (code == GIT_ENOTFOUND) return true;
    if (code < 0) return std::unexpected(git::error(code, "cannot read '" + path + "'"));
    const bool is_last = end == std::string::npos;
    if (git_tree_entry_type(handle) != (is_last ? GIT_OBJECT_BLOB : GIT_OBJECT_TREE)) return false;
    if (is_last) return true;
  }
}

Result<std::set<EventId>> Repository::holds(const std::string& commit,
                                            std::span<const EventId> ids) const {
  std::set<EventId> held;
  auto done = git::for_each_line_of(impl_->git.get(), commit, ids,
                                    [&](std::string_view id, std::string_view) {
                                      if (auto known = EventId::parse(id)) {
                                        held.insert(*std::move(known));
                                      }
                                    });
  if (!done) return std::unexpected(done.error());
  return held;
}

}  // namespace signalbox
