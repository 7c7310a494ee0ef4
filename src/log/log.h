// The log of what publishers did: one file of NDJSON a host, never appended to by two hosts, in
// <own directory>/log/:
//
//   <host>.ndjson                     the newest entries, each one write
//   <host>@<time>-<random>.ndjson     earlier ones, from when it was full; three are kept,
//                                     and nothing of a host that was silent for 90 days
//   <host>.lock                       kernel lock, for who turns the page
//
//   Log log(fs, clock, clone.own_directory() + "/log");
//   log.write(LogLevel::Info, "lock_acquired", "🔒 Acquired lock (sync)");
//
// An entry is in the file when write() returns; nothing is fsynced. Any number of processes of a
// host may write at once, also while one of them turns the page: a full file is renamed to a name
// that nobody else has, so that no line and no older file is lost, also where kernel locks exclude
// nobody. log/reader.h reads the files of all hosts, log/rendering.h shows them as the guide's log.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "log/entry.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

class Log {
 public:
  static constexpr std::uint64_t file_bytes = 1UL << 20U;  // a file that is larger is full
  static constexpr std::size_t files_kept = 3;             // of each host, besides the newest

  // `directory` is made by the first entry. The SLURM job is that of this process.
  Log(os::FileSystem& fs, os::Clock& clock, std::string directory);

  // Never fails: what it tells about must not end because the log cannot be written.
  void write(LogLevel level, std::string_view event, std::string_view text,
             std::string_view job = {});

  // Takes in an entry as it is, but for the host and the process, which are ours from then on.
  [[nodiscard]] Status take_in(LogEntry entry);

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string path() const;  // of this host's newest entries

 private:
  Status append(const LogEntry& entry);
  void turn_the_page_when_full();
  void delete_old_files();

  os::FileSystem& fs_;
  os::Clock& clock_;
  std::string directory_;
  std::string host_;
  std::string slurm_;
};

}  // namespace signalbox
