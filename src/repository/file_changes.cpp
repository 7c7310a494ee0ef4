#include "repository/file_changes.h"

#include "base/text.h"
#include "repository/implementation.h"
#include "repository/tree_change.h"

namespace signalbox {

struct FileChanges::Impl {
  const Repository& repository;
  git_repository* git;
  std::string tip;
  TreeChange change;
  git::Tree root;  // of the tip, read by the first change
  Figures figures;

  // The blob at `path` of the tip; nothing when no file is there.
  Result<std::optional<git_oid>> blob_at(const std::string& path) {
    if (!root) {
      auto tree = git::tree_at(git, tip, {});
      if (!tree) return std::unexpected(tree.error());
      root = *std::move(tree);
    }
    if (!root) return std::nullopt;
    git_tree_entry* handle = nullptr;
    const int code = git_tree_entry_bypath(&handle, root.get(), path.c_str());
    const git::TreeEntry entry(handle);
    if (code == GIT_ENOTFOUND) return std::nullopt;
    if (code < 0) return std::unexpected(git::error(code, "cannot read '" + path + "'"));
    const git_filemode_t mode = git_tree_entry_filemode(handle);
    if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE) return std::nullopt;
    return *git_tree_entry_id(handle);
  }
};

FileChanges::FileChanges(const Repository& repository, std::string tip)
    : impl_(new Impl{.repository = repository,
                     .git = repository.impl_->git.get(),
                     .tip = tip,
                     .change = {repository.impl_->git.get(), *repository.impl_->objects, tip},
                     .root = {},
                     .figures = {}}) {}

FileChanges::~FileChanges() = default;

const FileChanges::Figures& FileChanges::figures() const {
  return impl_->figures;
}

Status FileChanges::put(const std::string& path, const std::string& bytes) {
  const auto there = impl_->blob_at(path);
  if (!there) return std::unexpected(there.error());
  git_oid oid;
  if (const int code = git_odb_hash(&oid, bytes.data(), bytes.size(), GIT_OBJECT_BLOB); code < 0) {
    return std::unexpected(git::error(code, "cannot take the digest of '" + path + "'"));
  }
  if (*there && git_oid_equal(&**there, &oid) != 0) return {};
  const auto room = *there ? Result<bool>(true) : impl_->repository.has_room_for(impl_->tip, path);
  if (!room) return std::unexpected(room.error());
  // A link is a blob to git's trees, and has room; what it leads to is a person's.
  const bool is_link = !*there && *room && impl_->repository.has_file(impl_->tip, path) == true;
  if (!*room || is_link) {
    return fail(ErrorKind::InvalidInput,
                "the branch has something else in the place of '" + printable(path) + "'",
                "take it out there (git rm, commit, push)");
  }
  const auto blob = impl_->change.write_blob(bytes);
  if (!blob) return std::unexpected(blob.error());
  impl_->change.put(path, *blob);
  ++impl_->figures.written;
  impl_->figures.bytes += bytes.size();
  return {};
}

Status FileChanges::remove(const std::string& path) {
  const auto there = impl_->blob_at(path);
  if (!there) return std::unexpected(there.error());
  if (!*there) return {};
  impl_->change.remove(path);
  ++impl_->figures.removed;
  return {};
}

Result<std::string> FileChanges::commit(const std::string& message, UtcTime time) {
  return impl_->change.commit(message, time);
}

}  // namespace signalbox
