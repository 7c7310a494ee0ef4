#include "wrapper/reports.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr int first_free_descriptor = STDERR_FILENO + 1;
constexpr std::size_t complaint_limit = 500;
constexpr std::chrono::seconds patience_when_asked_to_end{2};

sigset_t signals_that_ask_to_end() {
  sigset_t set;
  (void)::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) (void)::sigaddset(&set, number);
  return set;
}

int memory_file(const char* name) {
  const int descriptor = ::memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0 || descriptor >= first_free_descriptor) return descriptor;
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, first_free_descriptor);
  ::close(descriptor);
  return high;
}

// Executes this program anew. By posix_spawn, whose child shares our memory until then: a heartbeat
// must not copy the page tables of its run. -1 when there is no process.
pid_t start_report(const std::vector<char*>& arguments, int input, int errors) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none;
  sigset_t plain;  // which the run ignores
  (void)::posix_spawn_file_actions_init(&files);
  (void)::posix_spawnattr_init(&attributes);
  (void)::sigemptyset(&none);
  (void)::sigemptyset(&plain);
  (void)::sigaddset(&plain, SIGPIPE);
  (void)::sigaddset(&plain, SIGXFSZ);
  int failed = ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  failed |= ::posix_spawn_file_actions_adddup2(&files, errors, STDOUT_FILENO);
  failed |= ::posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
  // A session of its own: a Ctrl-C is not for it.
  constexpr auto how =
      static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  failed |= ::posix_spawnattr_setflags(&attributes, how);
  failed |= ::posix_spawnattr_setsigmask(&attributes, &none);
  failed |= ::posix_spawnattr_setsigdefault(&attributes, &plain);
  pid_t process = -1;
  if (failed == 0) {
    failed =
        ::posix_spawn(&process, "/proc/self/exe", &files, &attributes, arguments.data(), environ);
  }
  (void)::posix_spawnattr_destroy(&attributes);
  (void)::posix_spawn_file_actions_destroy(&files);
  return failed == 0 ? process : -1;
}

}  // namespace

Reports::~Reports() {
  if (errors_ >= 0) ::close(errors_);
}

bool Reports::send(const Json& document) {
  if (!idle()) return false;
  const std::string text = to_line(document);
  const int input = memory_file("report");
  const int errors = memory_file("errors");
  const auto length = static_cast<ssize_t>(text.size());
  const bool ready =
      input >= 0 && errors >= 0 && ::pwrite(input, text.data(), text.size(), 0) == length;
  std::vector<std::string> words{"signalbox", "report", "--strict", "--quiet", "--json", "-"};
  if (!target_.repository.empty()) words.push_back("--repository=" + target_.repository);
  if (!target_.publish) words.emplace_back("--no-publish");
  words.push_back(target_.job);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = ready ? start_report(arguments, input, errors) : -1;
  if (process_ < 0) complaint_ = "no process could be started for a report";
  if (input >= 0) ::close(input);
  if (errors_ >= 0) ::close(errors_);
  errors_ = errors;
  return true;
}

bool Reports::idle() {
  if (process_ <= 0) return true;
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) == 0) return false;
  note_end(status);
  return true;
}

bool Reports::wait_until(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  using Steady = std::chrono::steady_clock;
  const int ending = process_ > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)) : -1;
  const sigset_t asking = signals_that_ask_to_end();
  const int asked = ::signalfd(-1, &asking, SFD_CLOEXEC | SFD_NONBLOCK);
  while (!idle() && Steady::now() < deadline) {
    const auto left = ceil<milliseconds>(deadline - Steady::now());
    std::array<pollfd, 2> entries{{{ending, POLLIN, 0}, {asked, POLLIN, 0}}};
    // Kernels before 5.3 have no such descriptor of a process.
    (void)::poll(entries.data(), entries.size(), ending >= 0 ? static_cast<int>(left.count()) : 2);
    signalfd_siginfo found{};
    if (::read(asked, &found, sizeof found) == sizeof found) {
      deadline = std::min(deadline, Steady::now() + patience_when_asked_to_end);
    }
  }
  for (const int each : {ending, asked}) {
    if (each >= 0) ::close(each);
  }
  return idle();
}

void Reports::note_end(int status) {
  process_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::array<char, complaint_limit> said{};
  const ssize_t got = ::pread(errors_, said.data(), said.size(), 0);
  const std::string_view text(said.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto lines = lines_of(text);
  complaint_ = lines.empty() ? "a report ended by signal or with no word"
                             : printable(trimmed(lines.front()), complaint_limit);
}

}  // namespace signalbox
