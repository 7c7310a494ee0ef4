// What the end of a command means. Pure.
#pragma once

#include <set>
#include <string>

namespace signalbox {

struct EndingRun {
  int wait_status = 0;        // as waitpid() gives it
  std::set<int> signals;      // that reached the command or its wrapper shortly before
  bool was_warned = false;    // by the scheduler's signal before a time limit
  bool time_is_over = false;  // the scheduler's limit is reached
};

struct Outcome {
  std::string status;   // completed, failed, cancelled, timeout
  std::string message;  // "exit code 3", "killed by SIGTERM"
};

// Exit status 0: completed. Else timeout, when the time limit is reached or the warning signal
// came; cancelled, when it ended by or after a signal that asks a process to end (SIGTERM, SIGINT,
// SIGHUP, SIGQUIT), or as a shell does whose command ended by one (128 and its number); failed.
[[nodiscard]] Outcome outcome_of(const EndingRun& run);

}  // namespace signalbox
