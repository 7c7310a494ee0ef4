#include "verify/remote.h"

#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "os/host.h"
#include "os/signals.h"
#include "repository/create.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

constexpr std::chrono::minutes fetch_timeout{30};  // of a whole branch, once

// A directory of our own, gone with all it holds when destroyed.
class TemporaryDirectory {
 public:
  static Result<std::shared_ptr<TemporaryDirectory>> make() {
    std::string pattern = os::environment("TMPDIR").value_or("/tmp") + "/signalbox-verify-XXXXXX";
    const os::DeferredSignals until_it_is_noted;
    if (::mkdtemp(pattern.data()) == nullptr) {
      return std::unexpected(system_error(errno, "cannot make the directory '" + pattern + "'"));
    }
    os::delete_directory_on_signal(pattern);
    return std::make_shared<TemporaryDirectory>(pattern);
  }
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;  // what cannot be removed is in the way of nobody
    std::filesystem::remove_all(path_, ignored);
    os::delete_directory_on_signal({});
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// "https://...", "host:path". Not "ext::...": git would run what that names.
bool is_url(const std::string& text) {
  const auto colon = text.find(':');
  return !text.starts_with('-') && colon != std::string::npos && colon > 0 &&
         text.find('/') > colon && text.find("::") != colon && printable(text, text.size()) == text;
}

Result<RemoteBranch> open_directory(os::FileSystem& fs, const std::string& path,
                                    const std::string& branch) {
  auto repository = find_clone(fs, path);
  if (!repository) return std::unexpected(repository.error());
  std::string name = branch.empty() ? head_branch(fs, *repository).value_or("main") : branch;
  if (auto good = check_ref_name(name, "branch"); !good) return std::unexpected(good.error());
  return RemoteBranch{.repository = *repository,
                      .ref = "refs/heads/" + name,
                      .branch = name,
                      .itself = *repository};
}

Result<RemoteBranch> fetch(const Clone& into, const std::string& remote,
                           const std::string& branch) {
  if (auto good = check_ref_name(branch, "branch"); !good) return std::unexpected(good.error());
  RemoteBranch found{.repository = into,
                     .ref = "refs/signalbox/verify/" + remote + "/" + branch,
                     .branch = branch};
  const auto transport = make_git_remote({.git_directory = into.common_directory,
                                          .remote = remote,
                                          .branch = branch,
                                          .known_tip_ref = found.ref,
                                          .timeout = fetch_timeout});
  if (const auto tip = transport->fetch(); !tip) return std::unexpected(tip.error());
  return found;
}

}  // namespace

Result<RemoteBranch> open_remote(os::FileSystem& fs, const std::string& remote,
                                 const std::string& branch) {
  if (os::is_directory(fs, absolute_path(remote))) {
    return open_directory(fs, absolute_path(remote), branch);
  }
  if (!is_url(remote)) {
    return fail(ErrorKind::InvalidInput,
                "'" + printable(remote) + "' is neither a directory nor a URL");
  }
  const auto directory = TemporaryDirectory::make();
  if (!directory) return std::unexpected(directory.error());
  const std::string& path = (*directory)->path();
  if (auto made = create_repository(fs, path); !made) return std::unexpected(made.error());
  const auto clone = find_clone(fs, path);
  if (!clone) return std::unexpected(clone.error());
  if (auto set = set_config(*clone, "remote.origin.url", remote); !set) {
    return std::unexpected(set.error());
  }
  auto found = fetch(*clone, "origin", branch.empty() ? "main" : branch);
  if (found) found->temporary = *directory;
  return found;
}

Result<RemoteBranch> open_remote_of(os::FileSystem& fs, const Clone& clone, const Target& target,
                                    const std::string& url) {
  if (target.remote.empty()) return open_directory(fs, clone.common_directory, target.branch);
  if (url.starts_with('/') && os::is_directory(fs, url)) {
    return open_directory(fs, url, target.branch);
  }
  return fetch(clone, target.remote, target.branch);
}

}  // namespace signalbox
