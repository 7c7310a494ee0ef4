// Which task of an array job of SLURM an event is of, by its "slurm" object.
#pragma once

#include <cstdint>
#include <optional>

#include "event/event.h"

namespace signalbox {

struct ArrayTask {
  std::int64_t array = 0;  // "array_job_id"
  std::int64_t task = 0;   // "array_task_id"
  std::int64_t count = 0;  // "array_task_count"; 0: not told
};

[[nodiscard]] std::optional<ArrayTask> array_task_of(const Event& event);

}  // namespace signalbox
