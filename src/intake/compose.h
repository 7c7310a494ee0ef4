// From what a caller says to a complete event. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "event/event.h"

namespace signalbox {

struct Reporter {
  EventId newest;  // the job's newest event as far as is known besides its view; may be empty
  UtcTime now;
  std::string host;
  std::uint64_t random = 0;  // 64 fresh random bits
  // Of a batch system, when it runs in one: what is known of the allocation (the object "slurm" of
  // the event), and the name of a run in it.
  Json allocation = Json::object();
  std::string allocation_run;
};

// `said` holds what the caller gave: job, status and any of the optional fields; its id, time and
// host are filled in here. `current` is the job's view as the reporter sees it.
//
// The run: the one the caller named; else the current one while it goes on, and is of the same
// allocation when there is one; else a new one, named by the allocation ("slurm-1234", and then
// "slurm-1234#2"), or by the new event's id. Carried over from the current view: always
// next_scheduled_run, config and unknown fields; within the same run also start_time, progress,
// cpu_usage, memory_usage, metrics and the log entries. A run without a start_time began `duration`
// ago; a duration not given is the time since the start; an end without a progress of its own
// completes at 100.
[[nodiscard]] Event compose(Event said, const std::optional<Event>& current,
                            const Reporter& reporter);

}  // namespace signalbox
