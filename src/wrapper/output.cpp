#include "wrapper/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "os/inheritance.h"

namespace signalbox {
namespace {

constexpr int first_free_descriptor = STDERR_FILENO + 1;
constexpr std::size_t chunk = 256UL << 10U;

// What the copier keeps for the process that watches.
struct Ring {
  std::atomic<std::uint64_t> total{0};
  std::array<char, output_kept> bytes;

  void note(const char* from, std::size_t length) {
    const std::size_t skipped = length > bytes.size() ? length - bytes.size() : 0;
    std::uint64_t at = total.load(std::memory_order_relaxed) + skipped;
    for (std::size_t done = skipped; done < length;) {
      const std::size_t to = at % bytes.size();
      const std::size_t part = std::min(length - done, bytes.size() - to);
      std::memcpy(bytes.data() + to, from + done, part);
      done += part;
      at += part;
    }
    total.store(at, std::memory_order_release);
  }

  // While the copier writes, the oldest bytes of this may be newer ones: it is for people.
  [[nodiscard]] std::string latest() const {
    const std::uint64_t end = total.load(std::memory_order_acquire);
    const std::size_t length = std::min<std::uint64_t>(end, bytes.size());
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) text[i] = bytes[(end - length + i) % bytes.size()];
    return text;
  }
};

int above_standard_streams(int descriptor) {
  if (descriptor < 0 || descriptor >= first_free_descriptor) return descriptor;
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, first_free_descriptor);
  ::close(descriptor);
  return high;
}

// Writers that share a pipe rely on it that a write of at most PIPE_BUF bytes stays whole: what is
// longer goes in pieces of whole lines.
std::size_t first_piece(const char* bytes, std::size_t length) {
  if (length <= PIPE_BUF) return length;
  const std::string_view piece(bytes, PIPE_BUF);
  const auto newline = piece.rfind('\n');
  return newline == std::string_view::npos ? PIPE_BUF : newline + 1;
}

// Of a stream that its reader has made non-blocking.
void wait_for_room(int to) {
  pollfd entry{.fd = to, .events = POLLOUT, .revents = 0};
  (void)::poll(&entry, 1, -1);
}

bool write_all(int to, const char* bytes, std::size_t length) {
  while (length > 0) {
    const ssize_t written = ::write(to, bytes, first_piece(bytes, length));
    if (written > 0) {
      bytes += written;
      length -= static_cast<std::size_t>(written);
      continue;
    }
    if (errno == EAGAIN) {
      wait_for_room(to);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

class CopyLoop {
 public:
  CopyLoop(int from, int to, int control, Ring& ring)
      : from_(from), to_(to), control_(control), ring_(ring) {}

  void run() {
    for (;;) {
      std::array<pollfd, 2> entries{{{from_, POLLIN, 0}, {control_, POLLIN, 0}}};
      if (::poll(entries.data(), entries.size(), -1) < 0) continue;
      if (entries[0].revents != 0 && !pass_on()) return;
      if (entries[1].revents != 0 && !answer()) return;
    }
  }

 private:
  // False at the end, or when nobody reads any more: then the command must see that too.
  bool pass_on() {
    int waiting = 0;
    (void)::ioctl(from_, FIONREAD, &waiting);
    if (is_pipe_ && waiting > PIPE_BUF) return pass_on_pages();
    // No more than that: what comes meanwhile might be cut.
    const auto most = waiting > 0 ? static_cast<std::size_t>(waiting) : buffer_.size();
    const ssize_t got = ::read(from_, buffer_.data(), std::min(most, buffer_.size()));
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    ring_.note(buffer_.data(), static_cast<std::size_t>(got));
    return write_all(to_, buffer_.data(), static_cast<std::size_t>(got));
  }

  // From pipe to pipe the kernel moves much at once, and each write as it is, so that none of at
  // most PIPE_BUF bytes is torn; what has gone on is then read here. Not for little: where write()
  // fills up a page this takes a new one, of which a pipe has few.
  bool pass_on_pages() {
    const ssize_t gone = ::tee(from_, to_, chunk, 0);
    if (gone > 0) return note(static_cast<std::size_t>(gone));
    if (gone == 0) return false;
    if (errno == EAGAIN) wait_for_room(to_);
    if (errno == EINVAL) is_pipe_ = false;
    return errno == EAGAIN || errno == EINVAL || errno == EINTR;
  }

  bool note(std::size_t gone) {
    while (gone > 0) {
      const ssize_t got = ::read(from_, buffer_.data(), std::min(gone, buffer_.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      ring_.note(buffer_.data(), static_cast<std::size_t>(got));
      gone -= static_cast<std::size_t>(got);
    }
    return true;
  }

  // "Has all gone on that was there?"
  bool answer() {
    char question = 0;
    if (::recv(control_, &question, 1, 0) <= 0) {
      control_ = -1;  // whoever watched is gone; the command, or what it left behind, is not
      return true;
    }
    pollfd entry{.fd = from_, .events = POLLIN, .revents = 0};
    while (::poll(&entry, 1, 0) == 1) {
      if (!pass_on()) return false;
    }
    (void)::send(control_, &question, 1, MSG_NOSIGNAL);  // gone meanwhile: as above
    return true;
  }

  int from_;
  int to_;
  int control_;
  Ring& ring_;
  bool is_pipe_ = true;  // until the kernel says that it is none
  std::array<char, chunk> buffer_;
};

}  // namespace

struct Output::Copier {
  int write_end = -1;
  int control = -1;
  pid_t process = -1;
  Ring* ring = nullptr;

  Copier() = default;
  Copier(const Copier&) = delete;
  Copier& operator=(const Copier&) = delete;
  ~Copier() {
    if (write_end >= 0) ::close(write_end);
    if (control >= 0) ::close(control);
    if (ring != nullptr) ::munmap(ring, sizeof *ring);
  }

  Status start(int stream) {
    std::array<int, 2> data{-1, -1};
    std::array<int, 2> controls{-1, -1};
    void* shared =
        ::mmap(nullptr, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || ::pipe2(data.data(), O_CLOEXEC) != 0 ||
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, controls.data()) != 0) {
      return std::unexpected(system_error(errno, "cannot make a pipe"));
    }
    ring = new (shared) Ring;
    for (int& each : data) each = above_standard_streams(each);
    for (int& each : controls) each = above_standard_streams(each);
    write_end = data[1];
    control = controls[0];
    process = ::fork();
    if (process == 0) copy(data[0], stream, controls[1]);
    const int error = errno;
    ::close(data[0]);
    ::close(controls[1]);
    if (process < 0) return std::unexpected(system_error(error, "cannot start a process"));
    return {};
  }

  // Keeps the stream, the pipe and the line to its parent; nothing else of the caller's.
  [[noreturn]] void copy(int from, int stream, int its_control) const {
    sigset_t all;
    (void)::sigfillset(&all);
    (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
    const int to = ::fcntl(stream, F_DUPFD_CLOEXEC, first_free_descriptor);
    for (int each = STDIN_FILENO; each <= STDERR_FILENO; ++each) (void)::close(each);
    std::array<int, 3> kept{from, to, its_control};
    std::ranges::sort(kept);
    unsigned next = first_free_descriptor;
    for (const int each : kept) {
      const auto number = static_cast<unsigned>(each);
      if (number > next) os::close_descriptors(next, number - 1);
      next = number + 1;
    }
    os::close_descriptors(next, ~0U);
    static CopyLoop loop(from, to, its_control, *ring);
    loop.run();
    ::_exit(0);
  }

  void drain() const {
    char question = '?';
    if (::send(control, &question, 1, MSG_NOSIGNAL) != 1) return;
    while (::recv(control, &question, 1, 0) < 0 && errno == EINTR) {
    }
    (void)::waitpid(process, nullptr, WNOHANG);
  }
};

Result<std::unique_ptr<Output>> Output::watch(WantedOutput wanted) {
  std::unique_ptr<Output> output(new Output);
  for (const auto& [stream, is_wanted] :
       {std::pair{STDERR_FILENO, wanted.errors}, std::pair{STDOUT_FILENO, wanted.output}}) {
    if (!is_wanted) continue;
    if (auto opened = output->open(stream); !opened) return std::unexpected(opened.error());
  }
  return output;
}

Output::~Output() {
  for (const Stream& stream : streams_) {
    if (stream.file >= 0) ::close(stream.file);
  }
}

Status Output::open(int stream) {
  struct stat found{};
  if (::fstat(stream, &found) != 0 || of(stream).copier) return {};  // closed, or passes already
  if (S_ISREG(found.st_mode)) {
    const std::string path = "/proc/self/fd/" + std::to_string(stream);
    of(stream).file = above_standard_streams(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const int flags = ::fcntl(stream, F_GETFL);
    const bool appends = flags >= 0 && (flags & O_APPEND) != 0;
    of(stream).begin = appends ? found.st_size : std::max<off_t>(::lseek(stream, 0, SEEK_CUR), 0);
    return {};
  }
  if (!S_ISFIFO(found.st_mode) && !S_ISSOCK(found.st_mode)) return {};
  auto copier = std::make_shared<Copier>();
  if (auto started = copier->start(stream); !started) return started;
  of(stream).copier = copier;
  const int other = stream == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO;
  struct stat beside{};
  if (::fstat(other, &beside) == 0 && beside.st_dev == found.st_dev &&
      beside.st_ino == found.st_ino) {
    of(other).copier = copier;
  }
  return {};
}

void Output::give_to_command() const {
  for (int stream = STDOUT_FILENO; stream <= STDERR_FILENO; ++stream) {
    const auto& copier = streams_[static_cast<std::size_t>(stream) - 1].copier;
    if (copier) (void)::dup2(copier->write_end, stream);
  }
}

void Output::let_go() {
  for (const Stream& stream : streams_) {
    if (stream.copier && stream.copier->write_end >= 0) {
      ::close(std::exchange(stream.copier->write_end, -1));
    }
  }
}

std::string Output::latest(int stream) const {
  const Stream& found = streams_.at(static_cast<std::size_t>(stream) - 1);
  if (found.copier) return found.copier->ring->latest();
  struct stat now{};
  if (found.file < 0 || ::fstat(found.file, &now) != 0 || now.st_size <= found.begin) return {};
  const auto length =
      std::min<std::size_t>(static_cast<std::size_t>(now.st_size - found.begin), output_kept);
  std::string text(length, '\0');
  const ssize_t got =
      ::pread(found.file, text.data(), length, now.st_size - static_cast<off_t>(length));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

void Output::drain() {
  const Copier* drained = nullptr;
  for (const Stream& stream : streams_) {
    if (!stream.copier || stream.copier.get() == drained) continue;
    stream.copier->drain();
    drained = stream.copier.get();
  }
}

}  // namespace signalbox
