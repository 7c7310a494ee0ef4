#include "intake/ahead.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr std::size_t file_limit = 4UL << 20U;
// Reports of the next moments are above what is not ahead by then.
constexpr std::chrono::minutes kept_behind{1};

std::string path_of(const std::string& own_directory) {
  return own_directory + "/ahead";
}

std::map<JobName, EventId> read_all(os::FileSystem& fs, const std::string& own_directory) {
  std::map<JobName, EventId> ahead;
  const auto bytes = fs.read(path_of(own_directory), file_limit);
  if (!bytes) return ahead;
  for (const std::string_view line : lines_of(*bytes)) {
    const auto id = EventId::parse(line.substr(0, EventId::length));
    if (!id || line.size() <= EventId::length + 1) continue;
    const auto job = JobName::parse(line.substr(EventId::length + 1));
    if (job) ahead[*job] = *id;
  }
  return ahead;
}

}  // namespace

EventId newest_ahead(os::FileSystem& fs, const std::string& own_directory, const JobName& job) {
  const auto ahead = read_all(fs, own_directory);
  const auto found = ahead.find(job);
  return found == ahead.end() ? EventId{} : found->second;
}

Status note_ahead(os::FileSystem& fs, const std::string& own_directory,
                  const std::map<JobName, EventId>& seen, UtcTime now) {
  const auto before = read_all(fs, own_directory);
  auto ahead = before;
  for (const auto& [job, id] : seen) ahead[job] = std::max(ahead[job], id);
  std::erase_if(ahead,
                [&](const auto& entry) { return entry.second.parts().time < now - kept_behind; });
  if (ahead == before) return {};
  if (ahead.empty()) return fs.unlink(path_of(own_directory));
  std::string text;
  for (const auto& [job, id] : ahead) text += id.text() + " " + job.text() + "\n";
  return os::replace_file(fs, path_of(own_directory), text);
}

}  // namespace signalbox
