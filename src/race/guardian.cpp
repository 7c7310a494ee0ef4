#include "race/guardian.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "os/host.h"
#include "os/signals.h"
#include "race/processes.h"

namespace signalbox {
namespace {

constexpr std::array interrupts = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// For the handler.
std::atomic<pid_t> guarded = 0;
std::atomic<int> interrupted_by = 0;

pid_t guardian = 0;  // of this process

void pass_on(int number) {
  interrupted_by = number;
  if (guarded != 0) (void)::kill(guarded, number);
}

void set_handlers(void (*handler)(int)) {
  for (const int number : interrupts) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = handler;
    (void)::sigaction(number, &action, nullptr);
  }
}

}  // namespace

Guarded run_guarded_task(os::FileSystem& fs, const std::function<int()>& task,
                         const std::function<void()>& tidy) {
  adopt_orphans();
  const pid_t self = os::process_id();
  pid_t child = 0;
  {
    const os::DeferredSignals until_it_is_known;
    child = ::fork();
    if (child > 0) {
      guarded = child;
      set_handlers(pass_on);
    }
  }
  if (child == 0) {
    guardian = self;
    ::_exit(task());
  }
  Guarded end{.exit_code = 1};
  int status = 0;
  if (child > 0) {
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    guarded = 0;
    if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  }
  if (interrupted_by != 0) end.signal = interrupted_by;
  end_descendants(fs);
  tidy();
  return end;
}

bool has_lost_its_guardian() {
  return guardian != 0 && ::getppid() != guardian;
}

}  // namespace signalbox
