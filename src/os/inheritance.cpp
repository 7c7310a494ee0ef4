#include "os/inheritance.h"

#include <sys/stat.h>

#include <array>
#include <csignal>

namespace signalbox::os {
namespace {

struct Disposition {
  int number;
  void (*ours)(int);
  struct sigaction inherited{};
};

// Where SIGCHLD is ignored the kernel keeps no child's exit status.
std::array dispositions{Disposition{SIGPIPE, SIG_IGN}, Disposition{SIGXFSZ, SIG_IGN},
                        Disposition{SIGCHLD, SIG_DFL}};
mode_t inherited_umask = 0;
sigset_t inherited_mask{};

}  // namespace

void adapt_process() {
  for (Disposition& each : dispositions) {
    struct sigaction ours{};
    ours.sa_handler = each.ours;
    (void)::sigaction(each.number, &ours, &each.inherited);
  }
  (void)::pthread_sigmask(SIG_SETMASK, nullptr, &inherited_mask);
  // Under a umask that takes rights from its own user, one report would leave directories that the
  // next one cannot enter.
  inherited_umask = ::umask(0);
  (void)::umask(inherited_umask & ~static_cast<mode_t>(S_IRWXU));
}

void restore_inheritance() {
  for (const Disposition& each : dispositions) {
    (void)::sigaction(each.number, &each.inherited, nullptr);
  }
  (void)::umask(inherited_umask);
  (void)::pthread_sigmask(SIG_SETMASK, &inherited_mask, nullptr);
}

}  // namespace signalbox::os
