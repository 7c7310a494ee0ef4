#include "clone/clone.h"

#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "os/host.h"

namespace signalbox {
namespace {

constexpr std::size_t small_file = 4096;
constexpr int longest_climb = 64;  // directories from where one stands to the top of the worktree
constexpr std::string_view gitdir_prefix = "gitdir: ";

std::string resolved(const std::string& base, std::string_view path) {
  return absolute_path(path.starts_with('/') ? std::string(path) : base + "/" + std::string(path));
}

bool is_git_directory(os::FileSystem& fs, const std::string& path) {
  return os::exists(fs, path + "/HEAD") &&
         (os::is_directory(fs, path + "/objects") || os::exists(fs, path + "/commondir"));
}

// A linked worktree's git directory names the common one; any other is its own.
std::string common_directory_of(os::FileSystem& fs, const std::string& git_directory) {
  const auto text = fs.read(git_directory + "/commondir", small_file);
  return text ? resolved(git_directory, trimmed(*text)) : git_directory;
}

Clone make_clone(os::FileSystem& fs, std::string worktree, std::string git_directory) {
  std::string common = common_directory_of(fs, git_directory);
  return {std::move(worktree), std::move(git_directory), std::move(common)};
}

// The git directory that `<directory>/.git` is or names; nothing when there is no such entry.
Result<std::optional<std::string>> git_directory_of(os::FileSystem& fs,
                                                    const std::string& directory) {
  const std::string dot_git = directory + "/.git";
  const auto found = fs.status(dot_git);
  if (!found) return std::nullopt;
  if (found->type == os::FileType::Regular) {
    const auto text = fs.read(dot_git, small_file);
    if (!text) return std::unexpected(text.error());
    if (!text->starts_with(gitdir_prefix)) {
      return fail(ErrorKind::Corrupt, "'" + dot_git + "' is not a git file");
    }
    std::string target =
        resolved(directory, trimmed(std::string_view(*text).substr(gitdir_prefix.size())));
    if (!is_git_directory(fs, target)) {
      return fail(ErrorKind::Corrupt, "'" + dot_git + "' leads to '" + printable(target) +
                                          "', which is not a git directory");
    }
    return target;
  }
  if (is_git_directory(fs, dot_git)) return absolute_path(dot_git);
  return std::nullopt;
}

}  // namespace

Result<Clone> find_clone(os::FileSystem& fs, const std::string& path) {
  std::string directory = absolute_path(path);
  if (!os::is_directory(fs, directory)) {
    return fail(ErrorKind::NotFound, "there is no directory '" + printable(directory) + "'",
                "make a repository with 'signalbox init', or name another one with -C");
  }
  for (int level = 0; level < longest_climb; ++level) {
    const auto git_directory = git_directory_of(fs, directory);
    if (!git_directory) return std::unexpected(git_directory.error());
    if (*git_directory) return make_clone(fs, directory, **git_directory);
    if (is_git_directory(fs, directory)) {
      const bool has_worktree = os::base_name_of(directory) == ".git";
      return make_clone(fs, has_worktree ? os::parent_of(directory) : std::string(), directory);
    }
    const std::string parent = os::parent_of(directory);
    if (parent == directory) break;
    directory = parent;
  }
  return fail(ErrorKind::NotFound, "there is no git repository at '" + printable(path) + "'",
              "make one with 'signalbox init', or name one with -C");
}

bool is_monitor(os::FileSystem& fs, const Clone& clone) {
  return os::exists(fs, clone.own_directory()) ||
         (!clone.worktree.empty() && (os::exists(fs, clone.worktree + "/data/status") ||
                                      os::exists(fs, clone.worktree + "/signalbox.toml")));
}

std::optional<std::string> head_branch(os::FileSystem& fs, const Clone& clone) {
  constexpr std::string_view prefix = "ref: refs/heads/";
  const auto text = fs.read(clone.git_directory + "/HEAD", small_file);
  if (!text || !text->starts_with(prefix)) return std::nullopt;
  return std::string(trimmed(std::string_view(*text).substr(prefix.size())));
}

Result<std::string> user_state_directory() {
  if (const auto state = os::environment("XDG_STATE_HOME"); state && state->starts_with('/')) {
    return *state + "/signalbox";
  }
  if (const auto home = os::home_directory()) return *home + "/.local/state/signalbox";
  return fail(ErrorKind::NotFound, "neither $XDG_STATE_HOME nor $HOME is set");
}

std::string absolute_path(const std::string& path) {
  std::string full = path.starts_with('/') ? path : os::working_directory() + "/" + path;
  // realpath() takes what exists; what does not is added again behind it.
  std::string missing;
  for (;;) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(full.c_str(), nullptr), std::free);
    if (real) {
      const std::string found = real.get();
      return missing.empty() ? found : (found == "/" ? "" : found) + missing;
    }
    const std::string parent = os::parent_of(full);
    if (parent == full) return full + missing;
    const std::string name = os::base_name_of(full);
    if (name == "..") return full + missing;
    if (!name.empty() && name != ".") missing.insert(0, "/" + name);
    full = parent;
  }
}

}  // namespace signalbox
