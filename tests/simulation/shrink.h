// A failing plan made smaller: without actors, reports and faults that the failure does not need.
#pragma once

#include <functional>

#include "simulation/workers.h"

namespace signalbox::simulation {

// `job` fails. The smallest plan found that fails in the same way: a violation of the same words,
// but for the events, commits and jobs that it names.
[[nodiscard]] Job shrink(const Job& job, const std::function<void(const Job& smaller)>& tell);

// What replays it: "simulate --seed 7 --without person --faults 2,5 --reports 1".
[[nodiscard]] std::string command_of(const Job& job);

}  // namespace signalbox::simulation
