#pragma once

#include "os/clock.h"

namespace signalbox::testing {

// Time moves when somebody sleeps.
class FakeClock final : public os::Clock {
 public:
  UtcTime wall() override { return UtcTime{std::chrono::seconds{1'800'000'000}} + now_; }
  Duration monotonic() override { return now_; }
  void sleep(Duration time) override { now_ += time; }

 private:
  Duration now_{0};
};

}  // namespace signalbox::testing
