#include "wrapper/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

#include "os/inheritance.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int first_free_descriptor = STDERR_FILENO + 1;
constexpr int exit_status_of_signal = 128;  // as shells show it

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

[[noreturn]] void become(const std::vector<std::string>& words, const Output* output,
                         int failure_pipe) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (output != nullptr) output->give_to_command();
  os::restore_inheritance();
  ::execvp(arguments[0], arguments.data());
  const int error = errno;
  (void)!::write(failure_pipe, &error, sizeof error);  // else the caller sees an exit status of 127
  ::_exit(127);
}

}  // namespace

Result<RunningCommand> RunningCommand::start(const std::vector<std::string>& words,
                                             Output* output) {
  const sigset_t all = all_signals();
  (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
  RunningCommand command(std::make_unique<GroupWitness>());
  std::array<int, 2> failure{-1, -1};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) {
    return std::unexpected(system_error(errno, "cannot make a pipe"));
  }
  for (int& end : failure) {
    const int high = ::fcntl(end, F_DUPFD_CLOEXEC, first_free_descriptor);
    ::close(std::exchange(end, high));
  }
  command.process_ = ::fork();
  if (command.process_ == 0) become(words, output, failure[1]);
  const int error = errno;
  ::close(failure[1]);
  if (output != nullptr) output->let_go();
  int reason = 0;
  const bool failed =
      command.process_ > 0 && ::read(failure[0], &reason, sizeof reason) == sizeof reason;
  ::close(failure[0]);
  if (command.process_ < 0) {
    return std::unexpected(system_error(error, "cannot start a process"));
  }
  if (failed) {
    (void)::waitpid(command.process_, nullptr, 0);
    return std::unexpected(system_error(reason, "cannot execute '" + words.front() + "'"));
  }
  return command;
}

CommandEnd RunningCommand::wait(const std::function<milliseconds()>& look) {
  const sigset_t all = all_signals();
  const int descriptor = ::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  CommandEnd end;
  auto next_look = Steady::now();
  for (;;) {
    if (has_ended(end)) break;
    if (Steady::now() >= next_look) next_look = Steady::now() + look();
    const auto patience =
        std::max(std::chrono::ceil<milliseconds>(next_look - Steady::now()), milliseconds{0});
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    (void)::poll(&entry, 1, static_cast<int>(std::min(patience, milliseconds{1'000'000}).count()));
    take_signals(descriptor);
  }
  if (descriptor >= 0) ::close(descriptor);
  return end;
}

bool RunningCommand::has_ended(CommandEnd& end) {
  int status = 0;
  while (::wait4(process_, &status, WNOHANG | WUNTRACED, &end.use) == process_) {
    if (!WIFSTOPPED(status)) {
      end.status = status;
      return true;
    }
    if (is_stopped(process_)) stop_as_the_command(WSTOPSIG(status));
  }
  return false;
}

void RunningCommand::take_signals(int descriptor) {
  signalfd_siginfo found{};
  while (::read(descriptor, &found, sizeof found) == sizeof found) {
    const int number = static_cast<int>(found.ssi_signo);
    if (number == SIGCHLD) continue;
    signals_.insert(number);
    if (!witness_->saw(number)) (void)::kill(process_, number);  // it may have ended
  }
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
