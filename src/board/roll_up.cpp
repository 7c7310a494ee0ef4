#include "board/roll_up.h"

#include <algorithm>

#include "event/array_task.h"

namespace signalbox {

RollUp roll_up(std::span<const Event> tasks) {
  RollUp sum;
  for (const Event& event : tasks) {
    ++sum.states[event.status];
    if (is_terminal(event.status)) ++sum.ended;
    const auto task = array_task_of(event);
    if (!task) continue;
    sum.array = task->array;
    sum.total = std::max(sum.total, static_cast<std::size_t>(task->count));
  }
  sum.total = std::max(sum.total, tasks.size());
  sum.unheard = sum.total - tasks.size();
  return sum;
}

std::string RollUp::status() const {
  if (ended == total) {
    for (const char* bad : {"failed", "timeout", "cancelled"}) {
      if (states.contains(bad)) return bad;
    }
    return "completed";
  }
  if (states.contains("running") || ended > 0) return "running";
  return states.begin()->first;
}

std::string text_of(const RollUp& tasks) {
  std::string text;
  for (const auto& [state, count] : tasks.states) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + state;
  }
  if (tasks.unheard > 0) text += ", " + std::to_string(tasks.unheard) + " not heard of";
  return text + ", of " + std::to_string(tasks.total);
}

}  // namespace signalbox
