// When a run is expected to end. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "event/event.h"

namespace signalbox {

// The median duration of the last ten completed runs among `ends`, newest first; nothing before
// there are three: an estimate from less misleads.
[[nodiscard]] std::optional<std::chrono::seconds> usual_duration(std::span<const Event> ends);

struct Estimate {
  UtcTime end;
  enum class From { Progress, PastRuns, TimeLimit } from = From::TimeLimit;
};

// Of a running job that says when it started: by its progress from 5 % on, else by the usual
// duration while that is not over yet; never later than its time limit. Nothing when none of them
// is known, or what they say is over.
[[nodiscard]] std::optional<Estimate> estimated_end(const Event& running,
                                                    std::optional<std::chrono::seconds> usual,
                                                    UtcTime now);

}  // namespace signalbox
