#include "repository/tree_change.h"

#include "repository/implementation.h"

namespace signalbox {

TreeChange::TreeChange(git_repository* repository, git::GatheredObjects& objects,
                       std::string parent)
    : git_(repository), objects_(objects), parent_(std::move(parent)) {
  objects_.begin();
}

Result<git_oid> TreeChange::write_blob(const std::string& bytes) {
  return git::GatheredObjects::add_blob(git_, bytes);
}

void TreeChange::put(std::string path, const git_oid& blob) {
  paths_.push_back(std::move(path));
  updates_.push_back({GIT_TREE_UPDATE_UPSERT, blob, GIT_FILEMODE_BLOB, nullptr});
}

void TreeChange::remove(std::string path) {
  paths_.push_back(std::move(path));
  updates_.push_back({GIT_TREE_UPDATE_REMOVE, {}, GIT_FILEMODE_BLOB, nullptr});
}

Result<git_oid> TreeChange::write_tree() {
  const auto base = git::tree_at(git_, parent_, {});
  if (!base) return std::unexpected(base.error());
  git_oid oid;
  for (std::size_t i = 0; i < updates_.size(); ++i) updates_[i].path = paths_[i].c_str();
  if (const int code =
          git_tree_create_updated(&oid, git_, base->get(), updates_.size(), updates_.data());
      code < 0) {
    return std::unexpected(git::error(code, "cannot write the tree of a commit"));
  }
  return oid;
}

Result<git::Signature> TreeChange::signature(UtcTime time) {
  git_config* handle = nullptr;
  std::string name = "Signalbox";
  std::string email = "signalbox@localhost";
  if (git_repository_config_snapshot(&handle, git_) >= 0) {
    const git::Config config(handle);
    const char* value = nullptr;
    if (git_config_get_string(&value, handle, "user.name") >= 0 && *value != '\0') name = value;
    if (git_config_get_string(&value, handle, "user.email") >= 0 && *value != '\0') email = value;
  }
  git_signature* made = nullptr;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch();
  int code = git_signature_new(&made, name.c_str(), email.c_str(), seconds.count(), 0);
  if (code < 0) {
    code = git_signature_new(&made, "Signalbox", "signalbox@localhost", seconds.count(), 0);
  }
  if (code < 0) return std::unexpected(git::error(code, "cannot make a signature"));
  return git::Signature(made);
}

Result<std::string> TreeChange::commit(const std::string& message, UtcTime time) {
  const auto tree_oid = write_tree();
  if (!tree_oid) return std::unexpected(tree_oid.error());
  const auto author = signature(time);
  if (!author) return std::unexpected(author.error());
  const auto tree = git::lookup_tree(git_, *tree_oid);
  if (!tree) return std::unexpected(tree.error());
  std::vector<const git_commit*> parents;
  git::Commit parent;
  if (!parent_.empty()) {
    auto found = git::lookup_commit(git_, parent_);
    if (!found) return std::unexpected(found.error());
    parent = *std::move(found);
    parents.push_back(parent.get());
  }
  git_oid oid;
  if (const int code =
          git_commit_create(&oid, git_, nullptr, author->get(), author->get(), nullptr,
                            message.c_str(), tree->get(), parents.size(), parents.data());
      code < 0) {
    return std::unexpected(git::error(code, "cannot write a commit"));
  }
  if (auto done = objects_.write(git_); !done) return std::unexpected(done.error());
  return git::text_of(oid);
}

}  // namespace signalbox
