#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "os/file_system.h"
#include "os/inheritance.h"
#include "os/signals.h"

namespace signalbox::os {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Moment = SteadyClock::time_point;
using namespace std::chrono_literals;

constexpr auto grace_after_terminate = 2s;
constexpr auto grace_after_kill = 1s;  // a process in a dead file system cannot be killed
constexpr auto drain_after_exit = 100ms;
constexpr auto exit_poll_interval = 10ms;  // only for kernels without pidfd_open (before 5.3)

constexpr int first_free_descriptor = STDERR_FILENO + 1;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

std::unexpected<Error> failed(int number, const std::string& what) {
  return std::unexpected(system_error(number, what));
}

// A caller may have closed its standard streams; a pipe must not become one of them by accident.
Result<Descriptor> above_standard_streams(int number) {
  const int error_number = errno;
  if (number < 0) return failed(error_number, "cannot open a pipe or /dev/null");
  Descriptor descriptor(number);
  if (number >= first_free_descriptor) return descriptor;
  const int moved = ::fcntl(number, F_DUPFD_CLOEXEC, first_free_descriptor);
  if (moved < 0) return failed(errno, "cannot open a pipe or /dev/null");
  return Descriptor(moved);
}

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed(errno, "cannot make a pipe");
  auto read_end = above_standard_streams(ends[0]);
  auto write_end = above_standard_streams(ends[1]);
  if (!read_end) return std::unexpected(read_end.error());
  if (!write_end) return std::unexpected(write_end.error());
  return Pipe{std::move(*read_end), std::move(*write_end)};
}

Result<Descriptor> open_null() {
  return above_standard_streams(::open("/dev/null", O_RDWR | O_CLOEXEC));
}

// A file that holds `text` and has no name, to be read from its start.
Result<Descriptor> make_input(const std::string& text) {
  if (text.empty()) return open_null();
  auto input = above_standard_streams(::memfd_create("input", MFD_CLOEXEC));
  if (!input) return input;
  // Into memory: a signal cannot cut it short, and the reader begins at the start.
  const auto length = static_cast<ssize_t>(text.size());
  if (::pwrite(input->number(), text.data(), text.size(), 0) != length) {
    return failed(errno, "cannot prepare the input of a program");
  }
  return input;
}

// Everything the new process needs, made before the fork: between fork and exec nothing may be
// allocated, because another thread may have held the allocator's lock.
struct Launch {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* directory = nullptr;
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
  int failure_pipe = -1;  // closed by a successful exec; otherwise it carries a LaunchFailure
  pid_t die_with = 0;     // the parent whose death ends the process; 0: nobody's
};

enum class Step : int { Fork, Directory, Execute };

struct LaunchFailure {
  Step step;
  int error_number;
};

void restore_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  constexpr int last_standard_signal = 31;
  for (int number = 1; number <= last_standard_signal; ++number) {
    // SIGKILL and SIGSTOP cannot be set; the others cannot fail.
    (void)::sigaction(number, &standard, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void give_up(int pipe, Step step, int error_number) {
  const LaunchFailure failure{step, error_number};
  // When even this fails the parent sees an exit status of 127.
  (void)!::write(pipe, &failure, sizeof failure);
  ::_exit(127);
}

// Runs in the child; only async-signal-safe calls.
[[noreturn]] void become(const Launch& launch) {
  (void)::setsid();  // fails only for a group leader, which a fresh child is not
  if (launch.die_with != 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != launch.die_with) ::_exit(127);
  }
  ::dup2(launch.standard_input, STDIN_FILENO);
  ::dup2(launch.standard_output, STDOUT_FILENO);
  ::dup2(launch.standard_error, STDERR_FILENO);
  int failure_pipe = launch.failure_pipe;
  if (failure_pipe != first_free_descriptor) {
    failure_pipe = ::dup3(failure_pipe, first_free_descriptor, O_CLOEXEC);
  }
  close_descriptors(static_cast<unsigned>(first_free_descriptor + 1), ~0U);
  if (launch.directory != nullptr && ::chdir(launch.directory) != 0) {
    give_up(failure_pipe, Step::Directory, errno);
  }
  restore_signals();
  ::execvpe(launch.arguments[0], launch.arguments.data(), launch.environment.data());
  give_up(failure_pipe, Step::Execute, errno);
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> changed_environment(
    const std::map<std::string, std::optional<std::string>>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) result.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (value) result.push_back(name + "=" + *value);
  }
  return result;
}

// A NUL would cut an argument short without anybody noticing.
Status check_arguments(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().empty()) {
    return fail(ErrorKind::InvalidInput, "no program to run");
  }
  for (const std::string& argument : arguments) {
    if (argument.find('\0') != std::string::npos) {
      return fail(ErrorKind::InvalidInput,
                  "an argument of '" + arguments.front() + "' contains a NUL");
    }
  }
  return {};
}

// Whoever started us with SIGCHLD ignored would make the kernel throw exit statuses away.
void keep_exit_statuses() {
  struct sigaction current{};
  if (::sigaction(SIGCHLD, nullptr, &current) != 0 || current.sa_handler != SIG_IGN) return;
  current.sa_handler = SIG_DFL;
  (void)::sigaction(SIGCHLD, &current, nullptr);
}

// Waits for the exec. The write end must be closed here already.
Status launched(const Descriptor& failure_pipe, const std::string& program,
                const std::string& directory) {
  LaunchFailure failure{};
  ssize_t got = 0;
  do {
    got = ::read(failure_pipe.number(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof failure)) return {};
  const int number = failure.error_number;
  switch (failure.step) {
    case Step::Fork:
      return failed(number, "cannot start a process for '" + program + "'");
    case Step::Directory:
      return failed(number,
                    "cannot enter the directory '" + directory + "' to run '" + program + "'");
    case Step::Execute:
      break;
  }
  // A directory in $PATH that may not be searched makes EACCES of a program that is nowhere.
  const bool searched = program.find('/') == std::string::npos;
  if (number == ENOENT || (number == EACCES && searched)) {
    return fail(ErrorKind::NotFound, "the program '" + program + "' was not found in $PATH",
                "install it or add its directory to PATH");
  }
  return failed(number, "cannot run '" + program + "'");
}

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// A started process group. Ended with SIGKILL when it is dropped unfinished.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {
    watch_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ == 0) return;
    signal_group(SIGKILL);
    reap(pid_);
  }

  [[nodiscard]] int watch() const { return watch_.number(); }
  void signal_group(int number) const { (void)::kill(-pid_, number); }

  // Without reaping: as long as the leader is a zombie its number names this group and no other.
  [[nodiscard]] bool has_exited() const {
    siginfo_t information{};
    const int result =
        ::waitid(P_PID, static_cast<id_t>(pid_), &information, WEXITED | WNOHANG | WNOWAIT);
    return (result == 0 && information.si_pid == pid_) || (result < 0 && errno == ECHILD);
  }

  [[nodiscard]] int collect_status() {
    int status = 0;
    const pid_t pid = std::exchange(pid_, 0);
    while (::waitpid(pid, &status, 0) < 0) {
      if (errno != EINTR) return 127;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // For a process that survives SIGKILL: it stays to whoever adopts it.
  void abandon() { pid_ = 0; }

 private:
  pid_t pid_;
  Descriptor watch_;
};

// One stream of the child. Past the limit it is read and dropped, so that the child never blocks.
struct Stream {
  Descriptor pipe;
  std::string text;
  std::size_t limit;

  void read_some() {
    std::array<char, 64 * 1024> buffer;
    const ssize_t got = ::read(pipe.number(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      pipe.close();
      return;
    }
    text.append(buffer.data(), std::min(static_cast<std::size_t>(got), limit - text.size()));
  }
};

int milliseconds_until(Moment moment) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - SteadyClock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds>(left, 0ms, 24h).count());
}

// Reads both streams until the child is gone, ending it when its time is up:
//   running --timeout--> SIGTERM --2 s--> SIGKILL --1 s--> abandoned
class Supervision {
 public:
  Supervision(Child& child, Stream output, Stream errors, std::chrono::milliseconds timeout)
      : child_(child),
        output_(std::move(output)),
        errors_(std::move(errors)),
        deadline_(SteadyClock::now() + std::clamp<std::chrono::milliseconds>(timeout, 0ms, 24h)) {}

  [[nodiscard]] ProcessResult finish() {
    while (!is_over()) {
      wait_for_news();
      notice_exit();
      if (SteadyClock::now() >= deadline_) escalate();
    }
    if (timed_out_) child_.signal_group(SIGKILL);
    ProcessResult result{.timed_out = timed_out_};
    if (exited_) {
      result.exit_status = child_.collect_status();
    } else {
      child_.abandon();
      result.exit_status = 128 + SIGKILL;
    }
    result.output = std::move(output_.text);
    result.errors = std::move(errors_.text);
    return result;
  }

 private:
  enum class Stage { Running, Terminated, Killed, Over };

  [[nodiscard]] bool is_over() const {
    if (stage_ == Stage::Over) return true;
    return exited_ && !output_.pipe.is_open() && !errors_.pipe.is_open();
  }

  void wait_for_news() {
    std::array<pollfd, 3> watched{pollfd{output_.pipe.number(), POLLIN, 0},
                                  pollfd{errors_.pipe.number(), POLLIN, 0},
                                  pollfd{exited_ ? -1 : child_.watch(), POLLIN, 0}};
    int patience = milliseconds_until(deadline_);
    if (!exited_ && child_.watch() < 0) {
      patience = std::min(patience, static_cast<int>(exit_poll_interval.count()));
    }
    if (::poll(watched.data(), watched.size(), patience) <= 0) return;
    if (watched[0].revents != 0) output_.read_some();
    if (watched[1].revents != 0) errors_.read_some();
  }

  // A daemon that the child left behind may hold the pipes open for ever: what the child itself
  // wrote is there by now, so a moment is enough. A child that was told to end is different: its
  // group has the whole grace to end with it.
  void notice_exit() {
    if (exited_ || !child_.has_exited()) return;
    exited_ = true;
    if (stage_ == Stage::Running) {
      deadline_ = std::min(deadline_, SteadyClock::now() + drain_after_exit);
    }
  }

  void escalate() {
    switch (stage_) {
      case Stage::Running:
        if (exited_) {
          stage_ = Stage::Over;
          return;
        }
        timed_out_ = true;
        child_.signal_group(SIGTERM);
        stage_ = Stage::Terminated;
        deadline_ = SteadyClock::now() + grace_after_terminate;
        return;
      case Stage::Terminated:
        child_.signal_group(SIGKILL);
        stage_ = Stage::Killed;
        deadline_ = SteadyClock::now() + grace_after_kill;
        return;
      case Stage::Killed:
      case Stage::Over:
        stage_ = Stage::Over;
        return;
    }
  }

  Child& child_;
  Stream output_;
  Stream errors_;
  Moment deadline_;
  Stage stage_ = Stage::Running;
  bool exited_ = false;
  bool timed_out_ = false;
};

}  // namespace

Result<ProcessResult> run(const Command& command) {
  if (auto usable = check_arguments(command.arguments); !usable) {
    return std::unexpected(usable.error());
  }
  auto input = make_input(command.input);
  auto output = make_pipe();
  auto errors = make_pipe();
  auto failure = make_pipe();
  if (!input) return std::unexpected(input.error());
  for (const auto* pipe : {&output, &errors, &failure}) {
    if (!*pipe) return std::unexpected(pipe->error());
  }
  auto arguments = command.arguments;
  auto environment = changed_environment(command.environment);
  const Launch launch{.arguments = pointers_to(arguments),
                      .environment = pointers_to(environment),
                      .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
                      .standard_input = input->number(),
                      .standard_output = output->write_end.number(),
                      .standard_error = errors->write_end.number(),
                      .failure_pipe = failure->write_end.number(),
                      .die_with = command.ends_with_caller ? ::getpid() : 0};

  keep_exit_statuses();
  const pid_t pid = ::fork();
  if (pid == 0) become(launch);
  if (pid < 0) return failed(errno, "cannot start a process for '" + command.arguments[0] + "'");
  Child child(pid);
  const GroupThatEndsWithUs group(pid);
  output->write_end.close();
  errors->write_end.close();
  failure->write_end.close();
  if (auto done = launched(failure->read_end, command.arguments[0], command.directory); !done) {
    return std::unexpected(done.error());
  }
  return Supervision(child, Stream{std::move(output->read_end), {}, command.output_limit},
                     Stream{std::move(errors->read_end), {}, command.output_limit}, command.timeout)
      .finish();
}

Status start_detached(const std::vector<std::string>& arguments, const std::string& directory) {
  if (auto usable = check_arguments(arguments); !usable) return usable;
  auto null = open_null();
  if (!null) return std::unexpected(null.error());
  auto failure = make_pipe();
  if (!failure) return std::unexpected(failure.error());
  auto owned_arguments = arguments;
  const std::string working_directory = directory.empty() ? "/" : directory;
  Launch launch{.arguments = pointers_to(owned_arguments),
                .directory = working_directory.c_str(),
                .standard_input = null->number(),
                .standard_output = null->number(),
                .standard_error = null->number(),
                .failure_pipe = failure->write_end.number()};
  auto environment = changed_environment({});
  launch.environment = pointers_to(environment);

  keep_exit_statuses();
  // The process between the two forks ends at once, so that the new one belongs to init.
  const pid_t between = ::fork();
  if (between == 0) {
    const pid_t pid = ::fork();
    if (pid == 0) become(launch);
    if (pid < 0) give_up(launch.failure_pipe, Step::Fork, errno);
    ::_exit(0);
  }
  if (between < 0) return failed(errno, "cannot start a process for '" + arguments[0] + "'");
  reap(between);
  failure->write_end.close();
  return launched(failure->read_end, arguments[0], working_directory);
}

Result<std::string> own_executable() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return failed(errno, "cannot find this program's own file");
  std::string found(path.data(), static_cast<std::size_t>(length));
  // An upgrade replaces the file while we run: the new one has the name.
  constexpr std::string_view deleted = " (deleted)";
  if (found.ends_with(deleted)) found.resize(found.size() - deleted.size());
  if (!exists(real_file_system(), found)) {
    return fail(ErrorKind::NotFound, "this program's own file '" + found + "' is gone",
                "install it again");
  }
  return found;
}

}  // namespace signalbox::os
