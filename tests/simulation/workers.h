// Runs of plans, each in a process of its own: what a run leaks or breaks goes with it.
#pragma once

#include <functional>
#include <string>

#include "simulation/plan.h"
#include "simulation/run.h"

namespace signalbox::simulation {

struct Job {
  std::uint64_t seed = 0;
  Reduction reduction;
};

// At the same time at most `jobs` of them. `next` gives the next plan to run, or nothing; `done`
// is called as they end, in any order.
struct Workers {
  int jobs = 1;
  bool prints_trace = false;
  bool keeps_files = false;
  std::function<bool(Job& job)> next;
  std::function<void(const Job& job, const RunResult& result)> done;
};
void run_all(const Workers& workers);

[[nodiscard]] RunResult run_one(const Job& job, bool prints_trace, bool keeps_files);

}  // namespace signalbox::simulation
