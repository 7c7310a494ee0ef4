#include "wrapper/reports.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "base/text.h"
#include "os/inheritance.h"

namespace signalbox {
namespace {

constexpr int first_free_descriptor = STDERR_FILENO + 1;
constexpr std::size_t complaint_limit = 500;

int memory_file(const char* name) {
  const int descriptor = ::memfd_create(name, MFD_CLOEXEC);
  if (descriptor < 0 || descriptor >= first_free_descriptor) return descriptor;
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, first_free_descriptor);
  ::close(descriptor);
  return high;
}

// In a child that shares our memory until it executes (vfork(2)): a heartbeat must not copy the
// page tables of its run. Only calls of the kernel, and nothing is written that we read later.
[[noreturn]] void become_report(char* const* arguments, int input, int errors) {
  (void)::setsid();  // a Ctrl-C is not for it
  (void)::dup2(input, STDIN_FILENO);
  (void)::dup2(errors, STDOUT_FILENO);
  (void)::dup2(errors, STDERR_FILENO);
  os::restore_inheritance();
  sigset_t none;
  (void)::sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

// A function of its own: no variable of the caller is at stake while two processes share it.
[[gnu::noinline]] pid_t start_report(char* const* arguments, int input, int errors) {
  const pid_t process = ::vfork();
  if (process == 0) become_report(arguments, input, errors);
  return process;
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
  process_ = ready ? start_report(arguments.data(), input, errors) : -1;
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

bool Reports::wait(std::chrono::milliseconds patience) {
  using Steady = std::chrono::steady_clock;
  const auto deadline = Steady::now() + patience;
  const int descriptor =
      process_ > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)) : -1;
  while (!idle() && Steady::now() < deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    // Kernels before 5.3 have no such descriptor.
    (void)::poll(&entry, 1, descriptor >= 0 ? static_cast<int>(left.count()) : 2);
  }
  if (descriptor >= 0) ::close(descriptor);
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
