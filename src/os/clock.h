// Time behind a seam, so that a test can move it.
#pragma once

#include <chrono>

#include "base/time.h"

namespace signalbox::os {

class Clock {
 public:
  using Duration = std::chrono::milliseconds;
  virtual ~Clock() = default;
  [[nodiscard]] virtual UtcTime wall() = 0;        // for showing; may jump
  [[nodiscard]] virtual Duration monotonic() = 0;  // for waiting; never goes back
  virtual void sleep(Duration time) = 0;
};

[[nodiscard]] Clock& real_clock();

}  // namespace signalbox::os
