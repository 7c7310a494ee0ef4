#include "repository/create.h"

#include "repository/git.h"

namespace signalbox {
namespace {

std::string default_branch() {
  git_config* handle = nullptr;
  if (git_config_open_default(&handle) < 0) return "main";
  const git::Config config(handle);
  git_buf value{};
  std::string name = "main";
  if (git_config_get_string_buf(&value, handle, "init.defaultbranch") >= 0 && value.size > 0) {
    name.assign(value.ptr, value.size);
  }
  git_buf_dispose(&value);
  return name;
}

Status make_git_directory(const std::string& path, std::uint32_t form) {
  git::start();
  git_repository_init_options options;
  git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_MKPATH | form;
  const std::string branch = default_branch();
  options.initial_head = branch.c_str();
  git_repository* made = nullptr;
  const int code = git_repository_init_ext(&made, path.c_str(), &options);
  const git::Repository owner(made);
  if (code < 0) {
    return std::unexpected(git::error(code, "cannot make a repository at '" + path + "'"));
  }
  return {};
}

std::vector<std::string> files_below(os::FileSystem& fs, const std::string& directory) {
  std::vector<std::string> files;
  for (const std::string& name : fs.list(directory).value_or(std::vector<std::string>{})) {
    const std::string path = directory + "/" + name;
    if (os::is_directory(fs, path)) {
      for (std::string& file : files_below(fs, path)) files.push_back(std::move(file));
    } else {
      files.push_back(path);
    }
  }
  return files;
}

}  // namespace

Status create_repository(os::FileSystem& fs, const std::string& path, RepositoryForm form) {
  if (form == RepositoryForm::Bare) return make_git_directory(path, GIT_REPOSITORY_INIT_BARE);
  if (auto made = os::make_directories(fs, path); !made) return made;
  const std::string hidden = os::temporary_name(path);
  if (auto made = make_git_directory(hidden, 0); !made) return made;
  // A repository with an empty HEAD is none, and one that a later init could not tell from a wreck.
  auto done = fs.sync_files(files_below(fs, hidden));
  if (done) done = fs.rename(hidden + "/.git", path + "/.git");
  (void)fs.remove_directory(hidden);  // what is left of it when this fails is empty, and ignored
  return done;
}

Status set_config(const Clone& clone, const std::string& key, const std::string& value) {
  const auto repository = git::open(clone.common_directory);
  if (!repository) return std::unexpected(repository.error());
  git_config* handle = nullptr;
  int code = git_repository_config(&handle, repository->get());
  const git::Config config(handle);
  if (code >= 0) code = git_config_set_string(handle, key.c_str(), value.c_str());
  if (code < 0) return std::unexpected(git::error(code, "cannot set '" + key + "'"));
  return {};
}

}  // namespace signalbox
