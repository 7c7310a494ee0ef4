#include "event/array_task.h"

namespace signalbox {

std::optional<ArrayTask> array_task_of(const Event& event) {
  const auto slurm = event.extra.find("slurm");
  if (slurm == event.extra.end() || !slurm->is_object()) return std::nullopt;
  const auto number = [&](const char* name) -> std::optional<std::int64_t> {
    const auto found = slurm->find(name);
    if (found == slurm->end() || !found->is_number_integer()) return std::nullopt;
    const auto value = found->get<std::int64_t>();
    return value >= 0 ? std::optional(value) : std::nullopt;
  };
  const auto array = number("array_job_id");
  const auto task = number("array_task_id");
  if (!array || !task) return std::nullopt;
  return ArrayTask{.array = *array, .task = *task, .count = number("array_task_count").value_or(0)};
}

}  // namespace signalbox
