// The fold: which event is a job's view. Pure and order-free: any order, duplication or grouping
// of the same set of events chooses the same one (invariant 3).
//
//   view(job) = the greatest id among the job's events that are not shadowed
//
// An event is shadowed when it is no end and belongs to a named run that has a terminal
// event in the set: the end of a run that a caller or a scheduler named beats a late "running",
// whatever the clocks said. A run that nobody named has no such rule: "running" after its end
// begins a new run, and is a run of its own. A verdict of somebody else that a run is over
// (ends_its_run()) shadows nothing: whatever the job says after the report that was judged is
// newer.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "event/event.h"

namespace signalbox {

// The view of one job from a set of its events; nothing from an empty set.
[[nodiscard]] std::optional<Event> fold(std::span<const Event> events);

// All jobs of a mixed set.
[[nodiscard]] std::map<JobName, Event> fold_by_job(std::span<const Event> events);

}  // namespace signalbox
