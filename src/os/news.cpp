#include "os/news.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "os/volume.h"

namespace signalbox::os {

News::News(std::vector<std::string> directories)
    : directories_(std::move(directories)),
      covered_(directories_.size(), false),
      descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  watch_all();
}

News::~News() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// Again before each wait: one that was missing may be there, or was replaced by another.
void News::watch_all() {
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    covered_[i] = descriptor_ >= 0 && is_of_one_machine(directories_[i]) &&
                  ::inotify_add_watch(descriptor_, directories_[i].c_str(),
                                      IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) >= 0;
  }
}

bool News::drain() const {
  std::array<char, 4096> events;
  bool any = false;
  while (descriptor_ >= 0 && ::read(descriptor_, events.data(), events.size()) > 0) any = true;
  return any;
}

bool News::wait(std::chrono::milliseconds timeout, std::chrono::milliseconds look_every) {
  watch_all();
  const bool all_covered = std::ranges::all_of(covered_, [](bool covered) { return covered; });
  const auto patience = all_covered ? timeout : std::min(timeout, look_every);
  if (descriptor_ < 0) {
    std::this_thread::sleep_for(patience);
  } else {
    pollfd waited{.fd = descriptor_, .events = POLLIN, .revents = 0};
    (void)::poll(&waited, 1, static_cast<int>(patience.count()));  // interrupted: look now
  }
  told_ = drain();
  return told_ || patience < timeout;
}

}  // namespace signalbox::os
