#include "repository/object_reader.h"

#include "base/text.h"
#include "repository/implementation.h"

namespace signalbox {
namespace {

// A walk through the past meets an object once or twice; libgit2 would keep 256 MB of them.
constexpr std::size_t cache_limit = 16UL << 20U;  // bytes

}  // namespace

struct ObjectReader::Impl {
  git::Repository git;
};

ObjectReader::ObjectReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ObjectReader::ObjectReader(ObjectReader&&) noexcept = default;
ObjectReader& ObjectReader::operator=(ObjectReader&&) noexcept = default;
ObjectReader::~ObjectReader() = default;

Result<ObjectReader> ObjectReader::open(const std::string& path) {
  auto opened = git::open(path);
  if (!opened) return std::unexpected(opened.error());
  if (git_repository_is_shallow(opened->get()) == 1) {
    return fail(ErrorKind::Unsupported, "the past of '" + path + "' is cut off: a shallow clone",
                "name the remote itself, or 'git fetch --unshallow'");
  }
  (void)git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(cache_limit));
  return ObjectReader(std::make_unique<Impl>(Impl{*std::move(opened)}));
}

Result<std::string> ObjectReader::commit_at(const std::string& ref) const {
  git_oid oid;
  const int code = git_reference_name_to_id(&oid, impl_->git.get(), ref.c_str());
  if (code == GIT_ENOTFOUND) return std::string();
  if (code < 0) return std::unexpected(git::error(code, "cannot read the ref '" + ref + "'"));
  return git::text_of(oid);
}

Result<std::string> ObjectReader::commit_named(const std::string& words) const {
  git_object* found = nullptr;
  const int code = git_revparse_single(&found, impl_->git.get(), (words + "^{commit}").c_str());
  const git::Object owner(found);
  if (code < 0) {
    return fail(ErrorKind::NotFound, "there is no commit '" + printable(words, 60) + "'");
  }
  return git::text_of(*git_object_id(found));
}

bool ObjectReader::has_commit(const std::string& commit) const {
  return git::lookup_commit(impl_->git.get(), commit).has_value();
}

Result<bool> ObjectReader::descends_from(const std::string& commit,
                                         const std::string& ancestor) const {
  return git::descends_from(impl_->git.get(), commit, ancestor);
}

Result<ObjectReader::Commit> ObjectReader::commit(const std::string& id) const {
  const auto handle = git::lookup_commit(impl_->git.get(), id);
  if (!handle) return std::unexpected(handle.error());
  Commit commit{.id = id};
  for (unsigned i = 0; i < git_commit_parentcount(handle->get()); ++i) {
    commit.parents.push_back(git::text_of(*git_commit_parent_id(handle->get(), i)));
  }
  if (const char* summary = git_commit_summary(handle->get())) commit.subject = summary;
  return commit;
}

Result<std::vector<ObjectReader::Change>> ObjectReader::changes(const std::string& before,
                                                                const std::string& after) const {
  const auto from = git::tree_at(impl_->git.get(), before, {});
  if (!from) return std::unexpected(from.error());
  const auto to = git::tree_at(impl_->git.get(), after, {});
  if (!to) return std::unexpected(to.error());
  git_diff* handle = nullptr;
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_INCLUDE_TYPECHANGE;
  if (const int code =
          git_diff_tree_to_tree(&handle, impl_->git.get(), from->get(), to->get(), &options);
      code < 0) {
    return std::unexpected(git::error(code, "cannot compare " + before + " and " + after));
  }
  const git::Diff diff(handle);
  std::vector<Change> changes;
  for (std::size_t i = 0; i < git_diff_num_deltas(handle); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(handle, i);
    Change change{.path = delta->new_file.path};
    if (delta->status != GIT_DELTA_ADDED) change.before = git::text_of(delta->old_file.id);
    if (delta->status != GIT_DELTA_DELETED) change.after = git::text_of(delta->new_file.id);
    change.is_file = delta->new_file.mode == GIT_FILEMODE_BLOB ||
                     delta->new_file.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    changes.push_back(std::move(change));
  }
  return changes;
}

Result<std::vector<ObjectReader::Entry>> ObjectReader::list(const std::string& commit,
                                                            const std::string& directory) const {
  const auto tree = git::tree_at(impl_->git.get(), commit, directory);
  if (!tree) return std::unexpected(tree.error());
  std::vector<Entry> entries;
  for (auto& entry : git::entries_of(tree->get())) {
    entries.push_back({std::move(entry.name), git::text_of(entry.oid), entry.is_tree});
  }
  return entries;
}

Result<std::string> ObjectReader::object_at(const std::string& commit,
                                            const std::string& path) const {
  const auto root = git::tree_at(impl_->git.get(), commit, {});
  if (!root) return std::unexpected(root.error());
  if (!*root) return std::string();
  git_tree_entry* found = nullptr;
  const int code = git_tree_entry_bypath(&found, root->get(), path.c_str());
  const git::TreeEntry entry(found);
  if (code == GIT_ENOTFOUND) return std::string();
  if (code < 0) return std::unexpected(git::error(code, "cannot read '" + path + "'"));
  return git::text_of(*git_tree_entry_id(found));
}

Result<std::string> ObjectReader::read(const std::string& blob, std::size_t limit) const {
  const auto oid = git::parse_oid(blob);
  if (!oid) return std::unexpected(oid.error());
  return git::read_blob(impl_->git.get(), *oid, limit);
}

}  // namespace signalbox
