// The tasks of an array job as one job: counts per state, and the state of the whole. Derived, and
// never written: a view stays one event. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "event/event.h"

namespace signalbox {

struct RollUp {
  std::int64_t array = 0;                     // its "array_job_id"
  std::size_t total = 0;                      // tasks, those not heard of included
  std::size_t unheard = 0;                    // tasks that have not reported
  std::map<std::string, std::size_t> states;  // status -> tasks
  std::size_t ended = 0;

  // running while one runs, or while some have ended and some have not; before that what those
  // heard of say; at the end failed, timeout or cancelled when one did, else completed.
  [[nodiscard]] std::string status() const;
};

// `tasks`: one event of each task of one array; not empty.
[[nodiscard]] RollUp roll_up(std::span<const Event> tasks);

// "2 failed, 5 running, 3 not heard of, of 10"
[[nodiscard]] std::string text_of(const RollUp& tasks);

}  // namespace signalbox
