#include "os/clock.h"

#include <thread>

namespace signalbox::os {
namespace {

class RealClock final : public Clock {
 public:
  UtcTime wall() override { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }
  Duration monotonic() override {
    return std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
  }
  void sleep(Duration time) override { std::this_thread::sleep_for(time); }
};

}  // namespace

Clock& real_clock() {
  static RealClock clock;
  return clock;
}

}  // namespace signalbox::os
