// Reads the log of all hosts (log/log.h) as one, by time.
//
//   LogReader reader(fs, directory);
//   reader.next();       all entries there are, the oldest first
//   reader.next();       what was written since: `signalbox log --follow`
//
// `positions()`, kept and given to another reader, lets that one go on where this one ended.
//
// Files are told apart by their inode, so that a file which is full and renamed meanwhile is read
// on where it was left. A line without its newline is still being written and waits for the next
// call; one that is no entry is skipped. Takes no lock, changes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "log/entry.h"
#include "os/file_system.h"

namespace signalbox {

// The newest `entries` or so; files that hold none of them are not opened, and of the others no
// more than `bytes` of the end is read.
struct LogTail {
  std::size_t entries;
  std::uint64_t bytes;
};

class LogReader {
 public:
  using Positions = std::map<std::uint64_t, std::uint64_t>;  // inode: bytes that are read

  LogReader(os::FileSystem& fs, std::string directory, Positions read = {});

  // Empty while there is no log.
  [[nodiscard]] Result<std::vector<LogEntry>> next();
  // Instead of a first next().
  [[nodiscard]] Result<std::vector<LogEntry>> tail(const LogTail& tail);

  // Of the files there were at the last call.
  [[nodiscard]] Positions positions() const;

 private:
  struct File;
  Result<std::vector<File>> files();
  void read_on(const File& file, std::uint64_t from, std::vector<LogEntry>& entries);

  os::FileSystem& fs_;
  std::string directory_;
  Positions read_;
  std::vector<std::uint64_t> there_;  // inodes, at the last call
};

// By time, in the order of the files where that is the same.
void sort_by_time(std::vector<LogEntry>& entries);

}  // namespace signalbox
