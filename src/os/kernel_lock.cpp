#include "os/kernel_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace signalbox::os {
namespace {

enum class Outcome { Held, Taken, Unsupported };

Outcome lock_open_file_description(int descriptor) {
  struct flock whole_file{};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole_file) == 0) return Outcome::Held;
  return errno == EAGAIN || errno == EACCES ? Outcome::Taken : Outcome::Unsupported;
}

Outcome lock_with_flock(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Outcome::Held;
  return errno == EWOULDBLOCK ? Outcome::Taken : Outcome::Unsupported;
}

}  // namespace

Result<std::optional<KernelLock>> KernelLock::try_acquire(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (descriptor < 0) {
    const int number = errno;
    return std::unexpected(system_error(number, "cannot open the lock file '" + path + "'"));
  }
  Outcome outcome = lock_open_file_description(descriptor);
  if (outcome == Outcome::Unsupported) outcome = lock_with_flock(descriptor);
  if (outcome == Outcome::Taken) {
    ::close(descriptor);
    return std::optional<KernelLock>();
  }
  return std::optional(KernelLock(descriptor, outcome == Outcome::Held));
}

KernelLock::KernelLock(KernelLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), excludes_(other.excludes_) {}

KernelLock& KernelLock::operator=(KernelLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(excludes_, other.excludes_);
  return *this;
}

KernelLock::~KernelLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace signalbox::os
