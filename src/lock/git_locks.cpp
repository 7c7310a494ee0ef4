#include "lock/git_locks.h"

#include <algorithm>
#include <array>

namespace signalbox {
namespace {

constexpr std::size_t most_entries = 20'000;
constexpr int deepest = 16;
constexpr std::array of_scripts = {"dashboard_sync.lock", "status_update.lock"};

class Search {
 public:
  explicit Search(os::FileSystem& fs) : fs_(fs) {}

  void look_in(const std::string& directory) {
    for (const std::string& name : names_in(directory)) {
      if (name.ends_with(".lock")) found_.push_back(directory + "/" + name);
    }
  }

  void look_below(const std::string& directory, int depth = 0) {
    for (const std::string& name : names_in(directory)) {
      const std::string path = directory + "/" + name;
      const auto status = fs_.status(path);
      if (!status) continue;  // gone meanwhile
      if (status->type == os::FileType::Directory) {
        if (depth < deepest) look_below(path, depth + 1);
      } else if (name.ends_with(".lock")) {
        found_.push_back(path);
      }
    }
  }

  [[nodiscard]] std::vector<std::string> names_in(const std::string& directory) {
    const auto names = fs_.list(directory);
    if (!names || looked_at_ > most_entries) return {};
    looked_at_ += names->size();
    return *names;
  }

  [[nodiscard]] std::vector<std::string> found() && { return std::move(found_); }

 private:
  os::FileSystem& fs_;
  std::size_t looked_at_ = 0;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> git_locks(os::FileSystem& fs, const std::string& git_directory) {
  Search search(fs);
  search.look_in(git_directory);
  for (const std::string& worktree : search.names_in(git_directory + "/worktrees")) {
    search.look_in(git_directory + "/worktrees/" + worktree);
  }
  search.look_below(git_directory + "/refs");
  auto found = std::move(search).found();
  std::erase_if(found, [](const std::string& path) {
    return std::ranges::find(of_scripts, os::base_name_of(path)) != of_scripts.end();
  });
  return found;
}

}  // namespace signalbox
