#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace signalbox::os {
namespace {

using std::chrono::milliseconds;
using Deadline = std::chrono::steady_clock::time_point;

constexpr milliseconds time_to_end{2000};  // between SIGTERM and SIGKILL
constexpr milliseconds longest_poll{1000};

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  void reset() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }
  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool is_open() const { return value_ >= 0; }

 private:
  int value_;
};

struct Pipe {
  Descriptor read_end, write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::unexpected(system_error(errno, "cannot make a pipe"));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> changed_environment(
    const std::map<std::string, std::optional<std::string>>& changes) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!changes.contains(std::string(text.substr(0, text.find('=')))))
      variables.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (value) variables.push_back(name + "=" + *value);
  }
  return variables;
}

// posix_spawn's actions and attributes, freed on every way out.
struct SpawnSetup {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    // A session of its own: no terminal to prompt on, and one group to end. The caller's ignored
    // and blocked signals are not the child's business.
    sigset_t none;
    sigset_t restored;
    sigemptyset(&none);
    sigemptyset(&restored);
    sigaddset(&restored, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &restored);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  void open_null(int descriptor, int flags) {
    ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", flags, 0);
  }
  void change_directory(const std::string& directory) {
    if (!directory.empty()) {
      ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    }
  }
};

Result<pid_t> spawn(const SpawnSetup& setup, std::vector<std::string> arguments,
                    std::vector<std::string> environment) {
  pid_t child = 0;
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const int failed =
      ::posix_spawnp(&child, argv[0], &setup.actions, &setup.attributes, argv.data(), envp.data());
  if (failed != 0) {
    return std::unexpected(system_error(failed, "cannot run '" + arguments.front() + "'"));
  }
  return child;
}

// Keeps what fits, drains what does not: a program must not block on a full pipe.
void take_output(Descriptor& from, std::string& into, std::size_t limit) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) {
    const std::size_t room = limit - std::min(limit, into.size());
    into.append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
    from.reset();
  }
}

// A program that ran: reaped when this ends, its group killed if it is still there.
class RunningProcess {
 public:
  explicit RunningProcess(pid_t pid) : pid_(pid) {}
  RunningProcess(const RunningProcess&) = delete;
  RunningProcess& operator=(const RunningProcess&) = delete;
  ~RunningProcess() {
    if (!reaped_) {
      signal_group(SIGKILL);
      (void)wait(0);
    }
  }
  void signal_group(int signal) const { ::kill(-pid_, signal); }
  // True when the program has ended.
  bool wait(int options) {
    int status = 0;
    pid_t got = 0;
    do {
      got = ::waitpid(pid_, &status, options);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return false;
    reaped_ = true;
    exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }
  [[nodiscard]] int exit_status() const { return exit_status_; }

 private:
  pid_t pid_;
  bool reaped_ = false;
  int exit_status_ = 1;
};

milliseconds left_until(Deadline deadline) {
  return std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
}

// Reads both streams until the program has ended and they are closed, or until the deadline. A
// descendant may keep the pipes open after the program's end: then what is there is taken.
bool communicate(RunningProcess& process, Descriptor& output, Descriptor& errors,
                 ProcessResult& result, std::size_t limit, Deadline deadline) {
  constexpr milliseconds grace{100};
  bool ended = false;
  for (;;) {
    if (!ended && process.wait(WNOHANG)) {
      ended = true;
      deadline = std::min(deadline, std::chrono::steady_clock::now() + grace);
    }
    if (ended && !output.is_open() && !errors.is_open()) return true;
    const milliseconds left = left_until(deadline);
    if (left <= milliseconds{0}) return ended;
    std::array<pollfd, 2> polled{pollfd{output.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0}};
    // With both streams closed only the end is left to wait for; it comes at once.
    const bool listening = output.is_open() || errors.is_open();
    const milliseconds pause =
        listening ? std::min(left, ended ? grace : longest_poll) : milliseconds{1};
    if (::poll(polled.data(), polled.size(), static_cast<int>(pause.count())) <= 0) continue;
    if (polled[0].revents != 0) take_output(output, result.output, limit);
    if (polled[1].revents != 0) take_output(errors, result.errors, limit);
  }
}

void end_group(RunningProcess& process) {
  process.signal_group(SIGTERM);
  const Deadline deadline = std::chrono::steady_clock::now() + time_to_end;
  while (!process.wait(WNOHANG) && left_until(deadline) > milliseconds{0}) {
    ::poll(nullptr, 0, 10);
  }
  // Also after the leader's end: its helpers (ssh, git-remote-https) may still be there.
  process.signal_group(SIGKILL);
}

}  // namespace

Result<ProcessResult> run(const Command& command) {
  auto output = make_pipe();
  if (!output) return std::unexpected(output.error());
  auto errors = make_pipe();
  if (!errors) return std::unexpected(errors.error());
  SpawnSetup setup;
  setup.open_null(STDIN_FILENO, O_RDONLY);
  ::posix_spawn_file_actions_adddup2(&setup.actions, output->write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&setup.actions, errors->write_end.get(), STDERR_FILENO);
  setup.change_directory(command.directory);
  const auto child = spawn(setup, command.arguments, changed_environment(command.environment));
  if (!child) return std::unexpected(child.error());
  RunningProcess process(*child);
  output->write_end.reset();
  errors->write_end.reset();

  ProcessResult result;
  const Deadline deadline = std::chrono::steady_clock::now() + command.timeout;
  if (!communicate(process, output->read_end, errors->read_end, result, command.output_limit,
                   deadline)) {
    result.timed_out = true;
    end_group(process);
    (void)process.wait(0);
  }
  result.exit_status = process.exit_status();
  return result;
}

Status start_detached(const std::vector<std::string>& arguments, const std::string& directory) {
  SpawnSetup setup;
  setup.open_null(STDIN_FILENO, O_RDONLY);
  setup.open_null(STDOUT_FILENO, O_WRONLY);
  setup.open_null(STDERR_FILENO, O_WRONLY);
  // Descriptors that the caller's own caller left open (a pipe that a shell waits on) must not live
  // as long as the publisher.
  ::posix_spawn_file_actions_addclosefrom_np(&setup.actions, STDERR_FILENO + 1);
  setup.change_directory(directory.empty() ? "/" : directory);
  const auto child = spawn(setup, arguments, changed_environment({}));
  if (!child) return std::unexpected(child.error());
  return {};
}

Result<std::string> own_executable() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) {
    return std::unexpected(system_error(errno, "cannot find this program's own file"));
  }
  return std::string(path.data(), static_cast<std::size_t>(length));
}

}  // namespace signalbox::os
