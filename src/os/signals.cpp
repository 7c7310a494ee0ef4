#include "os/signals.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <string_view>

namespace signalbox::os {
namespace {

constexpr std::array interrupts = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// For the handler, which may call nothing that allocates. Empty: nothing to delete.
std::array<char, 4096> lock_path{};
std::array<char, 1024> lock_owner{};
std::array<char, 4096> directory_path{};
std::atomic<pid_t> running_group = 0;

void delete_lock() {
  const int descriptor = ::open(lock_path.data(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return;
  std::array<char, lock_owner.size()> bytes{};
  const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
  ::close(descriptor);
  const std::string_view owner(lock_owner.data());
  if (got > 0 && std::string_view(bytes.data(), static_cast<std::size_t>(got)).starts_with(owner)) {
    ::unlink(lock_path.data());
  }
}

// Whoever still writes there would make the directory anew. Killed at once, all of the group; those
// that are not our children are gone a moment later.
void end_running_group() {
  constexpr int moments = 200;
  const pid_t group = running_group;
  if (group == 0) return;
  (void)::kill(-group, SIGKILL);
  (void)::waitpid(group, nullptr, 0);
  for (int moment = 0; moment < moments && ::kill(-group, 0) == 0; ++moment) {
    const timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
    (void)::nanosleep(&pause, nullptr);
  }
}

void delete_directory() {
  end_running_group();
  const pid_t remover = ::_Fork();  // unlike fork(), safe here
  if (remover == 0) {
    const char* const arguments[] = {"rm", "-rf", "--", directory_path.data(), nullptr};
    // execv() does not write to them.
    (void)::execv("/bin/rm", const_cast<char* const*>(arguments));
    ::_exit(127);
  }
  if (remover > 0) (void)::waitpid(remover, nullptr, 0);
}

void delete_and_end(int number) {
  if (lock_path.front() != '\0') delete_lock();
  if (directory_path.front() != '\0') delete_directory();
  // SA_RESETHAND put the default back: the process ends as its starter expects.
  ::raise(number);
}

void delete_on_interrupt() {
  for (const int number : interrupts) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = delete_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    // The second of two interrupts waits for the first: what it begins is short.
    for (const int other : interrupts) sigaddset(&action.sa_mask, other);
    (void)::sigaction(number, &action, nullptr);
  }
}

}  // namespace

DeferredSignals::DeferredSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : interrupts) sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

DeferredSignals::~DeferredSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void delete_own_lock_on_signal(const std::string& path, const std::string& owner) {
  if (path.size() >= lock_path.size() || owner.empty() || owner.size() >= lock_owner.size()) return;
  std::ranges::copy(owner, lock_owner.begin());
  std::ranges::copy(path, lock_path.begin());
  delete_on_interrupt();
}

void delete_directory_on_signal(const std::string& path) {
  if (path.size() >= directory_path.size()) return;
  const DeferredSignals whole;
  directory_path.fill('\0');
  std::ranges::copy(path, directory_path.begin());
  delete_on_interrupt();
}

GroupThatEndsWithUs::GroupThatEndsWithUs(int leader) {
  running_group = leader;
}

GroupThatEndsWithUs::~GroupThatEndsWithUs() {
  running_group = 0;
}

}  // namespace signalbox::os
