#include "wrapper/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <utility>

#include "base/text.h"
#include "os/host.h"
#include "os/inheritance.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr int first_free_descriptor = STDERR_FILENO + 1;
constexpr int exit_status_of_signal = 128;  // as shells show it
// Between a signal that asks a command to end and its end, and twice what schedulers wait for it.
constexpr std::chrono::minutes signal_counts_for{1};

sigset_t all_signals() {
  sigset_t all;
  (void)::sigfillset(&all);
  return all;
}

// The state letter of /proc/PID/stat; a stop that waitpid() tells of may be over by now.
bool is_stopped(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= text.size() ||
         text[name_end + 2] == 'T' || text[name_end + 2] == 't';
}

// Returns why not.
int execute(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  os::restore_inheritance();
  ::execvp(arguments[0], arguments.data());
  return errno;
}

[[noreturn]] void become(const std::vector<std::string>& words, const Output* output,
                         int failure_pipe) {
  if (output != nullptr) output->give_to_command();
  const int error = execute(words);
  (void)!::write(failure_pipe, &error, sizeof error);  // else the caller sees an exit status of 127
  ::_exit(127);
}

Error not_executed(int reason, const std::vector<std::string>& words) {
  return system_error(reason, "cannot execute '" + words.front() + "'");
}

// Both ends above the standard streams, of which a caller may have closed some.
bool make_failure_pipe(std::array<int, 2>& ends) {
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  for (int& end : ends) {
    const int high = ::fcntl(end, F_DUPFD_CLOEXEC, first_free_descriptor);
    ::close(std::exchange(end, high));
  }
  return ends[0] >= 0 && ends[1] >= 0;
}

// Whether the process does nothing when the signal comes; the kernel's word for it.
bool ignores(pid_t process, int signal_number) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("SigIgn:")) continue;
    const std::string_view digits = trimmed(std::string_view(line).substr(7));
    std::uint64_t mask = 0;
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
    return (mask >> static_cast<unsigned>(signal_number - 1) & 1U) != 0;
  }
  return false;
}

int open_terminal() {
  return ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);  // -1: there is none
}

// Whether this process leads the group that the terminal listens to: a shell's job in front.
bool leads_the_foreground() {
  if (::getpgrp() != os::process_id()) return false;
  const int terminal = open_terminal();
  if (terminal < 0) return false;
  const bool leads = ::tcgetpgrp(terminal) == ::getpgrp();
  ::close(terminal);
  return leads;
}

// Soon after the command began, and ever less often: that is when they do it.
milliseconds next_look_at_group(std::chrono::steady_clock::time_point began) {
  constexpr milliseconds soonest{10};
  constexpr milliseconds latest{1000};
  const auto age = std::chrono::steady_clock::now() - began;
  return std::clamp(std::chrono::ceil<milliseconds>(age), soonest, latest);
}

}  // namespace

Result<RunningCommand> RunningCommand::start(const std::vector<std::string>& words,
                                             Output* output) {
  const sigset_t all = all_signals();
  (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
  RunningCommand command(std::make_unique<GroupWitness>());
  std::array<int, 2> failure{-1, -1};
  if (make_failure_pipe(failure)) command.process_ = ::fork();
  if (command.process_ == 0) become(words, output, failure[1]);
  if (command.process_ < 0) return std::unexpected(not_executed(execute(words), words));
  ::close(failure[1]);
  if (output != nullptr) output->let_go();
  int reason = 0;
  const bool failed = ::read(failure[0], &reason, sizeof reason) == sizeof reason;
  ::close(failure[0]);
  if (failed) {
    (void)::waitpid(command.process_, nullptr, 0);
    return std::unexpected(not_executed(reason, words));
  }
  return command;
}

CommandEnd RunningCommand::wait(const std::function<milliseconds()>& look) {
  const sigset_t all = all_signals();
  const int descriptor = ::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  CommandEnd end;
  const auto began = Steady::now();
  const bool at_terminal = leads_the_foreground();
  // At once, also when the command is over by now: that it ran is told in any case.
  auto next_look = Steady::now() + look();
  for (;;) {
    if (has_ended(end)) break;
    if (Steady::now() >= next_look) next_look = Steady::now() + look();
    const auto patience =
        std::max(std::chrono::ceil<milliseconds>(next_look - Steady::now()), milliseconds{0});
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    const auto longest = at_terminal ? next_look_at_group(began) : milliseconds{1'000'000};
    (void)::poll(&entry, 1, static_cast<int>(std::min(patience, longest).count()));
    take_signals(descriptor);
    // Nobody tells when a command makes a group of its own; until it has the terminal it cannot
    // read.
    if (at_terminal && give_terminal_to_command()) (void)::kill(-process_, SIGCONT);
  }
  if (descriptor >= 0) ::close(descriptor);
  take_terminal_back();
  return end;
}

std::set<int> RunningCommand::latest_signals() const {
  std::set<int> recent;
  for (const auto& [number, came] : signals_) {
    if (Steady::now() - came <= signal_counts_for) recent.insert(number);
  }
  return recent;
}

bool RunningCommand::has_ended(CommandEnd& end) {
  int status = 0;
  while (::wait4(process_, &status, WNOHANG | WUNTRACED, &end.use) == process_) {
    if (!WIFSTOPPED(status)) {
      end.status = status;
      return true;
    }
    const int number = WSTOPSIG(status);
    if ((number == SIGTTIN || number == SIGTTOU) && give_terminal_to_command()) {
      (void)::kill(-process_, SIGCONT);
    } else if (is_stopped(process_)) {
      stop_as_the_command(number);
    }
  }
  return false;
}

void RunningCommand::take_signals(int descriptor) {
  signalfd_siginfo found{};
  while (::read(descriptor, &found, sizeof found) == sizeof found) {
    const int number = static_cast<int>(found.ssi_signo);
    if (number == SIGCHLD) continue;
    const bool is_its_own = static_cast<pid_t>(found.ssi_pid) == process_;
    if (!is_its_own && !ignores(process_, number)) signals_[number] = Steady::now();
    pass_on(number);
  }
}

void RunningCommand::pass_on(int signal_number) const {
  const bool went_to_the_group = witness_->saw(signal_number);
  if (went_to_the_group && leads_a_group_of_its_own()) {
    if (signal_number == SIGCONT) (void)give_terminal_to_command();
    (void)::kill(-process_, signal_number);
  } else if (!went_to_the_group || ::getpgid(process_) != ::getpgrp()) {
    (void)::kill(process_, signal_number);  // it may have ended
  }
}

bool RunningCommand::leads_a_group_of_its_own() const {
  return ::getpgid(process_) == process_ && process_ != ::getpgrp();
}

// A command that makes a group of its own would still be in the terminal's foreground, had its
// shell started it as the leader of its job.
bool RunningCommand::give_terminal_to_command() const {
  if (!leads_a_group_of_its_own() || ::getpgrp() != os::process_id()) return false;
  const int terminal = open_terminal();
  if (terminal < 0) return false;
  const bool given = ::tcgetpgrp(terminal) == ::getpgrp() && ::tcsetpgrp(terminal, process_) == 0;
  ::close(terminal);
  return given;
}

void RunningCommand::take_terminal_back() const {
  if (::getpgrp() != os::process_id()) return;
  const int terminal = open_terminal();
  if (terminal < 0) return;
  if (::tcgetpgrp(terminal) == process_) (void)::tcsetpgrp(terminal, ::getpgrp());
  ::close(terminal);
}

void RunningCommand::stop_as_the_command(int signal_number) const {
  sigset_t one;
  (void)::sigemptyset(&one);
  (void)::sigaddset(&one, signal_number);
  (void)::raise(signal_number);
  (void)::sigprocmask(SIG_UNBLOCK, &one, nullptr);  // here it stops, until it is continued
  (void)::sigprocmask(SIG_BLOCK, &one, nullptr);
}

void end_as(const CommandEnd& end) {
  if (!WIFSIGNALED(end.status)) ::_exit(WEXITSTATUS(end.status));
  const int number = WTERMSIG(end.status);
  // The command has dumped its core, if any.
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::signal(number, SIG_DFL);
  sigset_t one;
  (void)::sigemptyset(&one);
  (void)::sigaddset(&one, number);
  (void)::raise(number);
  (void)::sigprocmask(SIG_UNBLOCK, &one, nullptr);
  ::_exit(exit_status_of_signal + number);
}

}  // namespace signalbox
