#include "race/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "os/host.h"

namespace signalbox {
namespace {

// The kernel says of its files that they are empty, so they are not read through the FileSystem.
std::string read_proc(const std::string& path) {
  std::array<char, 4096> bytes;
  const int descriptor = ::open(("/proc/" + path).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};  // gone meanwhile
  const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
  ::close(descriptor);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

// The state and the parent, behind the program's name, which may hold anything but is in brackets.
struct Stat {
  char state = 'X';
  pid_t parent = 0;
};

Stat read_stat(const std::string& pid) {
  const std::string text = read_proc(pid + "/stat");
  const auto bracket = text.rfind(')');
  if (bracket == std::string::npos || bracket + 4 >= text.size()) return {};
  return {.state = text[bracket + 2], .parent = std::atoi(text.c_str() + bracket + 4)};
}

std::vector<std::string> read_arguments(pid_t pid) {
  const std::string text = read_proc(std::to_string(pid) + "/cmdline");
  std::vector<std::string> arguments;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\0'), rest.size());
    arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return arguments;
}

void restore_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ, SIGCHLD}) {
    (void)::signal(number, SIG_DFL);
  }
}

[[noreturn]] void become(const Processes::Program& program) {
  restore_signals();
  const int input = ::open("/dev/null", O_RDONLY);
  const int output =
      ::open(program.output.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0666);
  if (input < 0 || output < 0 || ::chdir(program.directory.c_str()) != 0) ::_exit(127);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (program.file_size > 0) {
    const rlimit limit{.rlim_cur = program.file_size, .rlim_max = program.file_size};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(127);
  }
  std::vector<std::string> owned = program.arguments;
  std::vector<char*> arguments;
  arguments.reserve(owned.size() + 1);
  for (std::string& argument : owned) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

void adopt_orphans() {
  (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);  // fails on no kernel since 3.4
}

std::vector<Process> descendants(os::FileSystem& fs) {
  const auto names = fs.list("/proc");
  if (!names) return {};
  std::multimap<pid_t, pid_t> children;
  for (const std::string& name : *names) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const Stat stat = read_stat(name);
    if (stat.state != 'Z' && stat.state != 'X') children.emplace(stat.parent, std::stoi(name));
  }
  std::vector<Process> found;
  std::vector<pid_t> parents{os::process_id()};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) {
      found.push_back(
          {.pid = child->second, .parent = parent, .arguments = read_arguments(child->second)});
      parents.push_back(child->second);
    }
  }
  return found;
}

void end_descendants(os::FileSystem& fs) {
  using namespace std::chrono_literals;
  const auto end = std::chrono::steady_clock::now() + 10s;
  do {
    const auto left = descendants(fs);
    for (const Process& process : left) (void)::kill(process.pid, SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (left.empty()) return;
    std::this_thread::sleep_for(5ms);
  } while (std::chrono::steady_clock::now() < end);
}

Result<pid_t> Processes::start(const std::function<int()>& task) {
  const pid_t parent = os::process_id();
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(system_error(errno, "cannot start a process"));
  if (pid > 0) return pid;
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::_exit(task());
}

Result<pid_t> Processes::start(const Program& program) {
  return start([&program]() -> int { become(program); });
}

std::vector<Processes::Ended> Processes::reap() {
  std::vector<Ended> all;
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    all.push_back(
        {.pid = pid, .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)});
  }
  return all;
}

std::uint64_t Processes::largest_memory() {
  rusage usage{};
  if (::getrusage(RUSAGE_CHILDREN, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace signalbox
