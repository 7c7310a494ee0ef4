#include "os/guarded_step.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "os/file_system.h"
#include "os/inheritance.h"

namespace signalbox::os {
namespace {

using std::chrono::milliseconds;
using Step = std::function<int(const Passed& passed)>;
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

constexpr int sign_descriptor = STDERR_FILENO + 1;  // of the child

// What goes through the socket: the sign that the step has passed, or its exit code.
constexpr int has_passed = -1;

enum class Sign { Passed, ExitCode, Died, None };

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(int end) {
    if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
  }
};

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// The parent's side of a child.
class Watch {
 public:
  Watch(Pipe& signs, Pipe& output, Pipe& errors)
      : signs_(signs), output_(output), errors_(errors) {}

  // Waits for the child's next sign, and says what the child says meanwhile.
  Sign next(milliseconds patience) {
    const auto deadline = Steady::now() + patience;
    for (;;) {
      const auto left =
          std::max(std::chrono::ceil<milliseconds>(deadline - Steady::now()), milliseconds{0});
      const bool any = look(left);
      if (sign_is_there_) return read_sign();
      if (!any && errno != EINTR) return Sign::None;
      if (left.count() == 0) return Sign::None;
    }
  }

  // What is left in the pipes, without waiting: as much as a pipe holds.
  void drain() { (void)look(milliseconds{0}); }

  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  bool look(milliseconds patience) {
    std::array<pollfd, 3> entries{
        {{signs_.ends[0], POLLIN, 0}, {output_.ends[0], POLLIN, 0}, {errors_.ends[0], POLLIN, 0}}};
    errno = 0;
    const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(patience.count()));
    sign_is_there_ = ready > 0 && entries[0].revents != 0;
    if (ready <= 0) return false;
    if (entries[1].revents != 0) relay(output_, STDOUT_FILENO);
    if (entries[2].revents != 0) relay(errors_, STDERR_FILENO);
    return true;
  }

  static void relay(Pipe& from, int to) {
    std::array<char, pipe_size> buffer;
    const ssize_t got = ::read(from.ends[0], buffer.data(), buffer.size());
    if (got > 0) write_all(to, {buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0) from.close(0);
  }

  Sign read_sign() {
    int message = 0;
    const ssize_t got = ::recv(signs_.ends[0], &message, sizeof message, MSG_DONTWAIT);
    if (got != static_cast<ssize_t>(sizeof message)) return Sign::Died;
    if (message == has_passed) return Sign::Passed;
    exit_code_ = message;
    return Sign::ExitCode;
  }

  static constexpr std::size_t pipe_size = 64UL << 10U;
  Pipe& signs_;
  Pipe& output_;
  Pipe& errors_;
  bool sign_is_there_ = false;
  int exit_code_ = 0;
};

// Nothing of the caller's stays open in a child: one that is left behind would keep the caller's
// readers waiting, and its locks held.
void leave_the_callers_files(int signs, int output, int errors) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::dup3(signs, sign_descriptor, O_CLOEXEC);
  close_descriptors(sign_descriptor + 1, ~0U);
}

[[noreturn]] void be_the_child(int signs, int output, int errors, const Step& step) {
  leave_the_callers_files(signs, output, errors);
  // Nobody reads when the parent was killed: then there is nobody to tell.
  const auto tell = [](int message) {
    (void)::send(sign_descriptor, &message, sizeof message, MSG_NOSIGNAL);
  };
  const int code = step([&] { tell(has_passed); });
  tell(code);
  ::_exit(code);
}

// No end may be one of the standard streams, which a caller may have closed.
bool opened(Pipe& pipe, bool is_socket) {
  const int made = is_socket ? ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pipe.ends)
                             : ::pipe2(pipe.ends, O_CLOEXEC);
  if (made != 0) return false;
  for (int& end : pipe.ends) {
    const int high = ::fcntl(end, F_DUPFD_CLOEXEC, sign_descriptor + 1);
    if (high < 0) return false;
    ::close(std::exchange(end, high));
  }
  return true;
}

GuardedEnd done_here(const Step& step) {
  GuardedEnd end;
  end.exit_code = step([&end] { end.has_passed = true; });
  return end;
}

}  // namespace

GuardedEnd run_guarded(milliseconds patience, milliseconds afterwards, const Step& step) {
  Pipe signs;
  Pipe output;
  Pipe errors;
  if (!opened(signs, true) || !opened(output, false) || !opened(errors, false)) {
    return done_here(step);
  }
  const pid_t child = ::fork();
  if (child < 0) return done_here(step);
  if (child == 0) be_the_child(signs.ends[1], output.ends[1], errors.ends[1], step);
  for (Pipe* pipe : {&signs, &output, &errors}) pipe->close(1);
  Watch watch(signs, output, errors);
  GuardedEnd end;
  Sign sign = watch.next(patience);
  if (sign == Sign::Passed) {
    end.has_passed = true;
    sign = watch.next(afterwards);
  }
  if (sign == Sign::None) {
    (void)::kill(child, SIGKILL);
    sign = watch.next(milliseconds{0});  // it may have passed or ended in the last moment
    end.has_passed = end.has_passed || sign == Sign::Passed;
  }
  watch.drain();
  if (sign == Sign::ExitCode) end.exit_code = watch.exit_code();
  // One that ends by itself has no file open that could hold its end up.
  const bool ends = sign == Sign::ExitCode || sign == Sign::Died;
  while (::waitpid(child, nullptr, ends ? 0 : WNOHANG) < 0 && errno == EINTR) {
  }
  return end;
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
