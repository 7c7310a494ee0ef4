#include "wrapper/process_tree.h"

#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "os/file_system.h"

namespace signalbox {
namespace {

constexpr std::size_t proc_file_limit = 1UL << 20U;
constexpr int most_processes = 10'000;

// The fields of /proc/PID/stat behind the command's name, which may hold anything (proc(5)).
enum Field { UserTime = 11, SystemTime, ChildrenUserTime, ChildrenSystemTime, Resident = 21 };

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto space = text.find_first_of(" \n");
    if (space != 0) words.push_back(text.substr(0, space));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return words;
}

std::uint64_t number_of(std::string_view word) {
  std::uint64_t value = 0;
  (void)std::from_chars(word.data(), word.data() + word.size(), value);  // else 0
  return value;
}

bool add_process(os::FileSystem& fs, const std::string& directory, TreeUse& use) {
  const auto text = fs.read(directory + "/stat", proc_file_limit);
  if (!text) return false;
  const auto name_end = text->rfind(')');
  if (name_end == std::string::npos) return false;
  const auto words = words_of(std::string_view(*text).substr(name_end + 1));
  if (words.size() <= Resident) return false;
  const std::uint64_t ticks = number_of(words[UserTime]) + number_of(words[SystemTime]) +
                              number_of(words[ChildrenUserTime]) +
                              number_of(words[ChildrenSystemTime]);
  use.cpu_seconds += static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  use.memory += number_of(words[Resident]) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ++use.processes;
  return true;
}

void add_children(os::FileSystem& fs, const std::string& directory, std::vector<pid_t>& found) {
  const auto threads = fs.list(directory + "/task");
  if (!threads) return;
  for (const std::string& thread : *threads) {
    const auto children = fs.read(directory + "/task/" + thread + "/children", proc_file_limit);
    if (!children) continue;
    for (const std::string_view word : words_of(*children)) {
      found.push_back(static_cast<pid_t>(number_of(word)));
    }
  }
}

}  // namespace

TreeUse use_of_tree(os::FileSystem& fs, pid_t root) {
  TreeUse use;
  std::vector<pid_t> waiting{root};
  while (!waiting.empty() && use.processes < most_processes) {
    const std::string directory = "/proc/" + std::to_string(waiting.back());
    waiting.pop_back();
    if (add_process(fs, directory, use)) add_children(fs, directory, waiting);
  }
  return use;
}

}  // namespace signalbox
