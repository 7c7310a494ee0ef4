#include "os/kernel_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/file_system.h"
#include "os/volume.h"

namespace signalbox::os {
namespace {

enum class Outcome { Held, Taken, Unsupported };

struct flock write_lock() {
  struct flock whole_file{};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  return whole_file;
}

Outcome lock_open_file_description(int descriptor) {
  struct flock whole_file = write_lock();
  if (::fcntl(descriptor, F_OFD_SETLK, &whole_file) == 0) return Outcome::Held;
  return errno == EAGAIN || errno == EACCES ? Outcome::Taken : Outcome::Unsupported;
}

Outcome lock_with_flock(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Outcome::Held;
  return errno == EWOULDBLOCK ? Outcome::Taken : Outcome::Unsupported;
}

// A directory, a symbolic link, a socket or a file that belongs to somebody else.
bool is_no_file_of_ours(int error_number) {
  return error_number == EISDIR || error_number == ELOOP || error_number == EACCES ||
         error_number == EPERM || error_number == ENXIO;
}

}  // namespace

Result<std::optional<KernelLock>> KernelLock::try_acquire(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (descriptor < 0) {
    const int number = errno;
    if (is_no_file_of_ours(number)) return std::optional(KernelLock(-1, Reach::Nobody));
    return std::unexpected(system_error(number, "cannot open the lock file '" + path + "'"));
  }
  Outcome outcome = lock_open_file_description(descriptor);
  if (outcome == Outcome::Unsupported) outcome = lock_with_flock(descriptor);
  if (outcome == Outcome::Taken) {
    ::close(descriptor);
    return std::optional<KernelLock>();
  }
  const Reach held = is_of_one_machine(parent_of(path)) ? Reach::Everybody : Reach::Others;
  return std::optional(KernelLock(descriptor, outcome == Outcome::Held ? held : Reach::Nobody));
}

KernelLock::State KernelLock::state(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return errno == ENOENT ? State::Free : State::Unknown;
  struct flock whole_file = write_lock();
  const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &whole_file) == 0;
  ::close(descriptor);
  if (!asked) return State::Unknown;
  return whole_file.l_type == F_UNLCK ? State::Free : State::Held;
}

void KernelLock::sign(std::string_view text) const {
  struct stat found{};
  if (descriptor_ < 0 || ::fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) return;
  const ssize_t written = ::pwrite(descriptor_, text.data(), text.size(), 0);
  if (written >= 0) (void)!::ftruncate(descriptor_, written);
}

KernelLock::KernelLock(KernelLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), reach_(other.reach_) {}

KernelLock& KernelLock::operator=(KernelLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(reach_, other.reach_);
  return *this;
}

KernelLock::~KernelLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace signalbox::os
