#include "os/inheritance.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

void close_descriptors(unsigned first, unsigned last) {
  if (first > last || ::close_range(first, last, 0) == 0) return;
  // A limit of a million is not worth a million calls: ours are close-on-exec.
  constexpr rlim_t highest_to_close = 4096;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = highest_to_close;
  const auto end = static_cast<unsigned>(std::min(limit.rlim_cur, highest_to_close));
  for (unsigned number = first; number < end && number <= last; ++number) {
    (void)::close(static_cast<int>(number));
  }
}

}  // namespace signalbox::os
