// How a race is shown: while it goes on, and what came of it.
#pragma once

#include <string>

#include "base/json.h"
#include "os/clock.h"
#include "race/race.h"

namespace signalbox::cli {

// On stderr: on a terminal one line, drawn again and again; elsewhere a line every ten seconds.
class RaceNews {
 public:
  explicit RaceNews(os::Clock& clock) : clock_(clock), shown_(clock.monotonic()) {}
  void show(const RaceProgress& progress);
  void end();  // the line is gone

 private:
  os::Clock& clock_;
  os::Clock::Duration shown_;
  bool visible_ = false;
};

[[nodiscard]] std::string race_as_text(const RaceRequest& request, const RaceResult& result);
[[nodiscard]] Json race_as_json(const RaceRequest& request, const RaceResult& result);

// Who does what, and the faults of the first minute or of the duration.
[[nodiscard]] std::string plan_as_text(const RaceRequest& request);
[[nodiscard]] Json plan_as_json(const RaceRequest& request);

}  // namespace signalbox::cli
