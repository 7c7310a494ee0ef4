#include "repository/repository.h"

#include "base/text.h"
#include "repository/implementation.h"

namespace signalbox {
namespace {

constexpr std::size_t longest_config_value = 4096;

}  // namespace

namespace git {

std::string operation_in_progress(git_repository* repository) {
  switch (git_repository_state(repository)) {
    case GIT_REPOSITORY_STATE_NONE:
      return {};
    case GIT_REPOSITORY_STATE_MERGE:
      return "a merge is in progress";
    case GIT_REPOSITORY_STATE_REVERT:
    case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
      return "a revert is in progress";
    case GIT_REPOSITORY_STATE_CHERRYPICK:
    case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
      return "a cherry-pick is in progress";
    case GIT_REPOSITORY_STATE_BISECT:
      return "a bisect is in progress";
    default:
      return "a rebase or an am is in progress";
  }
}

}  // namespace git

Repository::Repository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Result<Repository> Repository::open(const Clone& clone) {
  auto opened = git::open(clone.common_directory);
  if (!opened) return std::unexpected(opened.error());
  const auto objects = git::GatheredObjects::add_to(opened->get());
  if (!objects) return std::unexpected(objects.error());
  return Repository(std::make_unique<Impl>(Impl{*std::move(opened), *objects}));
}

Result<std::string> Repository::commit_at(const std::string& ref) const {
  git_oid oid;
  const int code = git_reference_name_to_id(&oid, impl_->git.get(), ref.c_str());
  if (code == GIT_ENOTFOUND) return std::string();
  if (code < 0) return std::unexpected(git::error(code, "cannot read the ref '" + ref + "'"));
  return git::text_of(oid);
}

bool Repository::has_commit(const std::string& commit) const {
  return git::lookup_commit(impl_->git.get(), commit).has_value();
}

std::optional<std::string> Repository::config(const std::string& key) const {
  git_config* handle = nullptr;
  if (git_repository_config_snapshot(&handle, impl_->git.get()) < 0) return std::nullopt;
  const git::Config owner(handle);
  const char* value = nullptr;
  if (git_config_get_string(&value, handle, key.c_str()) < 0 || value == nullptr) {
    return std::nullopt;
  }
  const std::string text(trimmed(value));
  if (text.empty() || text.size() > longest_config_value) return std::nullopt;
  return text;
}

std::vector<std::string> Repository::remotes() const {
  git_strarray names{};
  if (git_remote_list(&names, impl_->git.get()) < 0) return {};
  std::vector<std::string> list(names.strings, names.strings + names.count);
  git_strarray_dispose(&names);
  return list;
}

std::optional<std::string> Repository::remote_default_branch(const std::string& remote) const {
  const std::string prefix = "refs/remotes/" + remote + "/";
  git_reference* handle = nullptr;
  if (git_reference_lookup(&handle, impl_->git.get(), (prefix + "HEAD").c_str()) < 0) {
    return std::nullopt;
  }
  const git::Reference owner(handle);
  const char* target = git_reference_symbolic_target(handle);
  if (target == nullptr || !std::string_view(target).starts_with(prefix)) return std::nullopt;
  return std::string(target).substr(prefix.size());
}

bool Repository::is_checked_out(const std::string& branch) const {
  git_reference* handle = nullptr;
  if (git_reference_lookup(&handle, impl_->git.get(), ("refs/heads/" + branch).c_str()) < 0) {
    return false;
  }
  const git::Reference owner(handle);
  return git_branch_is_checked_out(handle) == 1;
}

std::string Repository::operation_in_progress() const {
  return git::operation_in_progress(impl_->git.get());
}

}  // namespace signalbox
