#include "wrapper/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <utility>

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

bool write_all(int to, const char* bytes, std::size_t length) {
  while (length > 0) {
    const ssize_t written = ::write(to, bytes, length);
    if (written > 0) {
      bytes += written;
      length -= static_cast<std::size_t>(written);
      continue;
    }
    if (errno == EAGAIN) {  // its reader made it so
      pollfd entry{.fd = to, .events = POLLOUT, .revents = 0};
      (void)::poll(&entry, 1, -1);
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
    static std::array<char, chunk> buffer;
    const ssize_t got = ::read(from_, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    ring_.note(buffer.data(), static_cast<std::size_t>(got));
    return write_all(to_, buffer.data(), static_cast<std::size_t>(got));
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
      if (number > next) (void)::close_range(next, number - 1, 0);
      next = number + 1;
    }
    (void)::close_range(next, ~0U, 0);
    CopyLoop(from, to, its_control, *ring).run();
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
