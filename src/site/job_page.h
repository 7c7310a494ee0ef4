// What the page of a job shows besides its summary, from the job's events. Pure.
#pragma once

#include <span>

#include "base/json.h"
#include "event/event.h"

namespace signalbox::site {

inline constexpr std::size_t most_entries_shown = 100;
inline constexpr std::size_t most_samples = 500;

// Its log: of each run what it said, when it said something new. `events`: newest first.
[[nodiscard]] Json entries_of(std::span<const Event> events);

// Progress, CPU and memory over time of one run. `events`: oldest first.
[[nodiscard]] Json samples_of(const std::string& run, std::span<const Event> events);

}  // namespace signalbox::site
