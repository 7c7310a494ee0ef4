// What the end of a command means. Pure.
#pragma once

#include <set>
#include <string>

namespace signalbox {

struct EndingRun {
  int wait_status = 0;        // as waitpid() gives it
  std::set<int> signals;      // that reached the command or its wrapper before
  int warning_signal = 0;     // of a scheduler that warns before a time limit; 0: none
  bool time_is_over = false;  // the scheduler's limit is reached
};

struct Outcome {
  std::string status;   // completed, failed, cancelled, timeout
  std::string message;  // "exit code 3", "killed by SIGTERM"
};

// Exit status 0: completed. Else timeout, when the time limit is reached or the warning signal
// came; cancelled, when it ended by or after a signal that asks a process to end (SIGTERM, SIGINT,
// SIGHUP, SIGQUIT); failed.
[[nodiscard]] Outcome outcome_of(const EndingRun& run);

}  // namespace signalbox
