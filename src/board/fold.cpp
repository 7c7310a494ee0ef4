#include "board/fold.h"

#include <set>
#include <vector>

namespace signalbox {

std::optional<Event> fold(std::span<const Event> events) {
  std::set<std::string_view> ended_runs;
  for (const Event& event : events) {
    if (ends_its_run(event) && is_named_run(event.run_id)) ended_runs.insert(event.run_id);
  }
  const Event* newest = nullptr;
  for (const Event& event : events) {
    const bool shadowed = !ends_its_run(event) && ended_runs.contains(event.run_id);
    if (!shadowed && (newest == nullptr || newest->id < event.id)) newest = &event;
  }
  return newest == nullptr ? std::nullopt : std::optional(*newest);
}

std::map<JobName, Event> fold_by_job(std::span<const Event> events) {
  std::map<JobName, std::vector<Event>> by_job;
  for (const Event& event : events) by_job[event.job].push_back(event);
  std::map<JobName, Event> views;
  for (const auto& [job, of_job] : by_job) {
    if (auto view = fold(of_job)) views.emplace(job, *std::move(view));
  }
  return views;
}

}  // namespace signalbox
