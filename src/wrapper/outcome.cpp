#include "wrapper/outcome.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

namespace signalbox {
namespace {

constexpr std::array asking_to_end{SIGTERM, SIGINT, SIGHUP, SIGQUIT};

std::string name_of_signal(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

bool was_asked_to_end(const EndingRun& run) {
  if (WIFSIGNALED(run.wait_status)) {
    return std::ranges::find(asking_to_end, WTERMSIG(run.wait_status)) != asking_to_end.end();
  }
  constexpr int exit_status_of_signal = 128;
  return std::ranges::any_of(asking_to_end, [&](int each) {
    return run.signals.contains(each) ||
           WEXITSTATUS(run.wait_status) == exit_status_of_signal + each;
  });
}

}  // namespace

Outcome outcome_of(const EndingRun& run) {
  const bool is_killed = WIFSIGNALED(run.wait_status);
  if (!is_killed && WEXITSTATUS(run.wait_status) == 0) return {"completed", {}};
  std::string message = is_killed ? "killed by " + name_of_signal(WTERMSIG(run.wait_status))
                                  : "exit code " + std::to_string(WEXITSTATUS(run.wait_status));
  const bool is_kill = is_killed && WTERMSIG(run.wait_status) == SIGKILL;
  if (run.was_warned || (run.time_is_over && (was_asked_to_end(run) || is_kill))) {
    return {"timeout", message + " at the time limit"};
  }
  if (was_asked_to_end(run)) return {"cancelled", message};
  return {"failed", message};
}

}  // namespace signalbox
