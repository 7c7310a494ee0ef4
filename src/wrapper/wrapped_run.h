// `signalbox run`: a command, and reports of how it goes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "wrapper/progress.h"
#include "wrapper/reports.h"

namespace signalbox {

struct WrappedRun {
  ReportTarget target;
  std::vector<std::string> words;  // of the command
  std::string run_id;
  Json config = Json::object();
  std::optional<ProgressPattern> progress;  // looked for in stdout and stderr
  std::chrono::seconds heartbeat{600};
  std::size_t error_lines = 20;            // of the end of stderr, told when the command fails
  int warning_signal = 0;                  // the scheduler's, before the time limit; 0: none
  std::optional<UtcTime> time_limit_ends;  // as far as the scheduler said
};

// Runs the command and ends this process as it ends; returns only when the command cannot be
// executed: 127 when it is not there, else 126, as `env` does. What goes wrong with reports is said
// on stderr, once, at the end.
[[nodiscard]] int run_wrapped(os::FileSystem& fs, os::Clock& clock, const WrappedRun& run);

// The number of "TERM", "SIGTERM" or "15"; nothing for what is no signal.
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

}  // namespace signalbox
