// One entry of the log, in its two forms: a line of NDJSON, which is the truth, and a line of
// logs/dashboard_sync.log, which is what the predecessor's users read:
//
//   [2025-08-17 06:00:00] [SLURM:77] 🔒 Acquired lock (sync) [node1 4711]
//
// in local time, as the predecessor's scripts wrote it; [SLURM:N/A] outside of a SLURM job. The
// host and the process at the end tell our lines from those that an old script appended. Pure, but
// for the time zone of this process.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace signalbox {

enum class LogLevel { Info, Warning, Error };

struct LogEntry {
  UtcTime time;
  LogLevel level = LogLevel::Info;
  std::string host;  // as file_word() gives it
  int pid = 0;
  std::string slurm;  // the job id; empty outside of a SLURM job
  std::string event;  // what happened, a word of docs/formats/log.md
  std::string job;    // the job it is about; empty when it is about none
  std::string text;   // one line for a person

  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

// What an entry's text may have; the rest is cut. A line stays a few kilobytes: one write.
inline constexpr std::size_t log_text_limit = 2000;

// The event of a line that an old script appended to logs/dashboard_sync.log.
inline constexpr std::string_view foreign_event = "other_program";

[[nodiscard]] std::string format_log_level(LogLevel level);  // "info", "warning", "error"
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view text);

// {"time":...} without a newline; every control character of its texts replaced.
[[nodiscard]] std::string format_log_entry(const LogEntry& entry);

// Also of a line that begins with what is left of an entry whose writer had no room on the disk:
// the whole one behind it counts. Nothing for anything else.
[[nodiscard]] std::optional<LogEntry> parse_log_entry(std::string_view line);

[[nodiscard]] std::string render_log_entry(const LogEntry& entry);
[[nodiscard]] bool is_rendered(std::string_view line);  // by us
// A line of an old script, "[time] [SLURM:id] text" or any other; `fallback` where it has no time.
[[nodiscard]] LogEntry parse_foreign_line(std::string_view line, UtcTime fallback);

// `text` in letters, digits, '-', '_' and '.', for a file name or between brackets: other
// characters become '_'; never hidden, never empty.
[[nodiscard]] std::string file_word(std::string_view text);

}  // namespace signalbox
