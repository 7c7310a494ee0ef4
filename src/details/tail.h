// The collected end of a log: the file data/details/<project>/<host>/<file>.log, a header and lines
// (docs/formats/details.md). Pure, and the same source gives the same bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "event/job_name.h"
#include "secrets/masker.h"

namespace signalbox {

inline constexpr std::string_view details_directory = "data/details";
inline constexpr std::size_t log_read_limit = 256UL << 10U;  // bytes of a log's end that are read
inline constexpr std::size_t log_line_limit = 4096;          // bytes of a line that are kept
inline constexpr std::size_t most_log_lines = 10'000;

struct LogTail {
  std::string project, host, source;
  std::string job;         // empty: not known
  UtcTime written;         // when the log was last written
  std::uint64_t size = 0;  // bytes of the whole log
  std::size_t lines = 0;
  std::string text;  // every line ends with a newline
};

// From the end of a log (`bytes`; `whole` when it is all of it) the last lines that a person would
// have seen: control sequences gone, of what a progress bar drew the last state, secrets masked,
// long lines cut. A line or a key that begins before `bytes` is left out or masked. Corrupt for
// what is no text.
[[nodiscard]] Result<std::string> readable_tail(std::string_view bytes, bool whole,
                                                std::size_t lines, const Masker& masker);

[[nodiscard]] std::string format_tail(const LogTail& tail);
// Corrupt when the header is none of ours.
[[nodiscard]] Result<LogTail> parse_tail(std::string_view bytes);

// "data/details/<project>/<host>/<file>.log"; what a name may not hold becomes '_'.
[[nodiscard]] std::string tail_path(const JobName& project, const std::string& host,
                                    const std::string& file_name);

// Whether a log is a job's: its project has the job's name, or its file's name holds that as a word
// of its own ("weather" in "slurm-weather-12.out").
[[nodiscard]] bool belongs_to(const std::string& job, const std::string& project,
                              const std::string& file_name);

}  // namespace signalbox
