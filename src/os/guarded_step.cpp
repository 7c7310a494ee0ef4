#include "os/guarded_step.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/text.h"
#include "os/file_system.h"

namespace signalbox::os {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// "/proc/self/mountinfo": a longer one, of a machine with thousands of mounts, is taken for one
// with a network file system.
constexpr std::size_t mounts_limit = 1UL << 20U;

constexpr std::array<std::string_view, 16> network_types{
    "nfs",  "nfs4",  "cifs", "smb3",   "smbfs",     "lustre", "gpfs",    "beegfs",
    "ceph", "panfs", "afs",  "wekafs", "glusterfs", "pvfs2",  "moosefs", "9p"};

bool is_network_type(std::string_view type) {
  return type.starts_with("fuse") ? type != "fusectl"
                                  : std::ranges::find(network_types, type) != network_types.end();
}

enum class Sign { Passed, Ended, None };

// Waits for the child's next sign: a byte when it has passed, the end of the stream when it ended.
Sign next_sign(int end, milliseconds patience) {
  const auto deadline = Steady::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Steady::now());
    pollfd entry{.fd = end, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Sign::None;
    char byte = 0;
    const ssize_t got = ::read(end, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    return got > 0 ? Sign::Passed : Sign::Ended;
  }
}

int exit_code_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::optional<int> run_guarded(milliseconds patience, milliseconds afterwards,
                               const std::function<int(const Passed& passed)>& step) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return step([] {});
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return step([] {});
  }
  if (child == 0) {
    ::close(ends[0]);
    // Nobody reads when the parent was killed: then there is nobody to tell.
    const int code = step([&] { (void)::send(ends[1], "", 1, MSG_NOSIGNAL); });
    ::_exit(code);
  }
  ::close(ends[1]);
  Sign sign = next_sign(ends[0], patience);
  const bool passed = sign == Sign::Passed;
  if (passed) sign = next_sign(ends[0], afterwards);
  if (sign == Sign::Ended) {
    ::close(ends[0]);
    return exit_code_of(child);
  }
  (void)::kill(child, SIGKILL);
  // It may have passed in the last moment.
  const bool passed_late = !passed && next_sign(ends[0], milliseconds{0}) == Sign::Passed;
  ::close(ends[0]);
  if (passed || passed_late) return 0;
  return std::nullopt;
}

bool has_network_mounts() {
  const auto mounts = real_file_system().read("/proc/self/mountinfo", mounts_limit);
  if (!mounts) return mounts.error().kind == ErrorKind::TooLarge;
  return std::ranges::any_of(lines_of(*mounts), [](std::string_view line) {
    // "36 35 98:0 /root /mount/point options [tags...] - type source options": proc(5).
    constexpr std::string_view separator = " - ";
    const auto at = line.find(separator);
    if (at == std::string_view::npos) return false;
    const std::string_view rest = line.substr(at + separator.size());
    return is_network_type(rest.substr(0, rest.find(' ')));
  });
}

}  // namespace signalbox::os
