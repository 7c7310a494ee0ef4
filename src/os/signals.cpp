#include "os/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace signalbox::os {
namespace {

constexpr std::array interrupts = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// For the handler, which may call nothing that allocates.
std::array<char, 4096> lock_path{};
std::array<char, 1024> lock_owner{};

void delete_lock_and_end(int number) {
  const int descriptor = ::open(lock_path.data(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor >= 0) {
    std::array<char, lock_owner.size()> bytes{};
    const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
    ::close(descriptor);
    const std::string_view owner(lock_owner.data());
    if (got > 0 &&
        std::string_view(bytes.data(), static_cast<std::size_t>(got)).starts_with(owner)) {
      ::unlink(lock_path.data());
    }
  }
  // SA_RESETHAND put the default back: the process ends as its starter expects.
  ::raise(number);
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
  std::ranges::copy(path, lock_path.begin());
  std::ranges::copy(owner, lock_owner.begin());
  for (const int number : interrupts) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = delete_lock_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    (void)::sigaction(number, &action, nullptr);
  }
}

}  // namespace signalbox::os
