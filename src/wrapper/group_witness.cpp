#include "wrapper/group_witness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "os/inheritance.h"

namespace signalbox {
namespace {

constexpr int answer_within = 100;  // ms; it may have been stopped
// One after another, a sender that goes through all processes of a job reaches it a little later.
constexpr timespec grace{.tv_sec = 0, .tv_nsec = 10'000'000};
constexpr int first_free_descriptor = STDERR_FILENO + 1;

[[noreturn]] void stand_by(int socket) {
  // Nothing of the caller's stays open in here.
  if (socket != first_free_descriptor) {
    (void)::dup2(socket, first_free_descriptor);
    socket = first_free_descriptor;
  }
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) (void)::close(stream);
  os::close_descriptors(static_cast<unsigned>(socket) + 1, ~0U);
  for (;;) {
    int number = 0;
    const ssize_t got = ::recv(socket, &number, sizeof number, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(sizeof number)) ::_exit(0);
    sigset_t asked;
    (void)::sigemptyset(&asked);
    (void)::sigaddset(&asked, number);
    const int seen = ::sigtimedwait(&asked, nullptr, &grace) == number ? 1 : 0;
    if (::send(socket, &seen, sizeof seen, MSG_NOSIGNAL) < 0) ::_exit(0);
  }
}

}  // namespace

GroupWitness::GroupWitness() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  for (int& end : ends) {  // a caller may have closed its standard streams
    const int high = ::fcntl(end, F_DUPFD_CLOEXEC, first_free_descriptor + 1);
    if (high < 0) continue;
    ::close(end);
    end = high;
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::close(ends[0]);
    stand_by(ends[1]);
  }
  ::close(ends[1]);
  socket_ = ends[0];
}

GroupWitness::~GroupWitness() {
  if (socket_ >= 0) ::close(socket_);
  if (process_ <= 0) return;
  (void)::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool GroupWitness::saw(int signal_number) const {
  if (process_ <= 0 || ::send(socket_, &signal_number, sizeof signal_number, MSG_NOSIGNAL) < 0) {
    return false;
  }
  pollfd entry{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&entry, 1, answer_within) != 1) return false;
  int seen = 0;
  return ::recv(socket_, &seen, sizeof seen, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof seen) &&
         seen == 1;
}

}  // namespace signalbox
