// A command that runs as if its caller had started it: same session, process group, terminal and
// standard streams, and its end is this process's end.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "wrapper/group_witness.h"
#include "wrapper/output.h"

namespace signalbox {

struct CommandEnd {
  int status = 0;  // as waitpid() gives it
  rusage use{};    // of the command and all descendants that it waited for
};

class RunningCommand {
 public:
  // Blocks all signals that can be blocked, for good: to be called once a process, with no other
  // thread running. `words[0]` is looked up in $PATH. `output` may be null.
  // Where no process or descriptor is left to watch it with, the command is executed in the place
  // of this process: it must run all the same, though without reports.
  // NotFound, PermissionDenied or another reason why the command cannot be executed.
  [[nodiscard]] static Result<RunningCommand> start(const std::vector<std::string>& words,
                                                    Output* output);

  [[nodiscard]] pid_t process() const { return process_; }

  // Until the command has ended. A signal to this process alone is passed on; one to the whole
  // group the command has already, unless it made a group of its own (timeout(1), a shell): then
  // that gets it. When the command stops, this process stops, so that a shell sees its job as
  // without. `look` is called at once and then after the time that it answers.
  [[nodiscard]] CommandEnd wait(const std::function<std::chrono::milliseconds()>& look);

  // The signals that reached this process in the last minute, and whether one ever did; less those
  // that the command itself sent or ignored.
  [[nodiscard]] std::set<int> latest_signals() const;
  [[nodiscard]] bool has_had(int signal_number) const { return signals_.contains(signal_number); }

 private:
  using Steady = std::chrono::steady_clock;
  explicit RunningCommand(std::unique_ptr<GroupWitness> witness) : witness_(std::move(witness)) {}
  bool has_ended(CommandEnd& end);
  void take_signals(int descriptor);
  void pass_on(int signal_number) const;
  [[nodiscard]] bool leads_a_group_of_its_own() const;
  [[nodiscard]] bool give_terminal_to_command() const;
  void take_terminal_back() const;
  void stop_as_the_command(int signal_number) const;

  std::unique_ptr<GroupWitness> witness_;
  pid_t process_ = -1;
  std::map<int, Steady::time_point> signals_;
};

// Ends this process as the command ended: with its exit status, or by the same signal.
[[noreturn]] void end_as(const CommandEnd& end);

}  // namespace signalbox
