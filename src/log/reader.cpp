#include "log/reader.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace signalbox {
namespace {

// A page is full at 1 MiB; this is more than any that a writer of ours leaves behind.
constexpr std::size_t longest_read = 4UL << 20U;

}  // namespace

struct LogReader::File {
  std::string path;
  os::FileStatus status;
};

LogReader::LogReader(os::FileSystem& fs, std::string directory, Positions read)
    : fs_(fs), directory_(std::move(directory)), read_(std::move(read)) {}

// The one that was written last comes first.
Result<std::vector<LogReader::File>> LogReader::files() {
  std::vector<File> found;
  const auto names = fs_.list(directory_);
  if (!names) {
    if (names.error().kind == ErrorKind::NotFound) return found;
    return std::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    if (!name.ends_with(".ndjson")) continue;
    const auto status = fs_.status(directory_ + "/" + name);
    if (status && status->type == os::FileType::Regular) {
      found.push_back({directory_ + "/" + name, *status});
    }
  }
  std::ranges::sort(found, [](const File& a, const File& b) {
    return std::tie(b.status.modified, a.path) < std::tie(a.status.modified, b.path);
  });
  there_.clear();
  for (const File& file : found) there_.push_back(file.status.inode);
  return found;
}

LogReader::Positions LogReader::positions() const {
  Positions found;
  for (const std::uint64_t inode : there_) {
    if (const auto bytes = read_.find(inode); bytes != read_.end()) found.insert(*bytes);
  }
  return found;
}

// A file that vanishes or cannot be read has no entries: the others still have.
void LogReader::read_on(const File& file, std::uint64_t from, std::vector<LogEntry>& entries) {
  const auto bytes = fs_.read_from(file.path, from, longest_read);
  if (!bytes) return;
  const auto end = bytes->rfind('\n');
  if (end == std::string::npos) return;
  for (const std::string_view line : lines_of(std::string_view(*bytes).substr(0, end))) {
    if (auto entry = parse_log_entry(line)) entries.push_back(*std::move(entry));
  }
  read_[file.status.inode] = from + end + 1;
}

Result<std::vector<LogEntry>> LogReader::next() {
  const auto found = files();
  if (!found) return std::unexpected(found.error());
  std::vector<LogEntry> entries;
  for (const File& file : *found) {
    std::uint64_t& from = read_[file.status.inode];
    if (file.status.size < from) from = 0;  // another file, with the inode of one that is gone
    if (file.status.size > from) read_on(file, from, entries);
  }
  sort_by_time(entries);
  return entries;
}

Result<std::vector<LogEntry>> LogReader::tail(const LogTail& tail) {
  const auto found = files();
  if (!found) return std::unexpected(found.error());
  std::vector<LogEntry> entries;
  bool is_enough = false;
  for (const File& file : *found) {
    if (entries.size() >= tail.entries) {
      // Older as a whole than all that is wanted.
      const auto oldest = entries.end() - static_cast<std::ptrdiff_t>(tail.entries);
      is_enough = is_enough || file.status.modified < oldest->time;
    }
    read_[file.status.inode] = file.status.size;
    if (is_enough) continue;
    read_on(file, file.status.size - std::min(tail.bytes, file.status.size), entries);
    sort_by_time(entries);
  }
  return entries;
}

void sort_by_time(std::vector<LogEntry>& entries) {
  // A multimap keeps what is equal in the order in which it came.
  std::multimap<UtcTime, LogEntry> ordered;
  for (LogEntry& entry : entries) ordered.emplace(entry.time, std::move(entry));
  entries.clear();
  for (auto& [time, entry] : ordered) entries.push_back(std::move(entry));
}

}  // namespace signalbox
