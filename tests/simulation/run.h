// One plan from beginning to verdict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/plan.h"

namespace signalbox::simulation {

struct RunResult {
  std::string violation;  // "" when all held
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0, acknowledged = 0, commits = 0;
  std::uint64_t simulated_seconds = 0;
  std::vector<std::string> happened;  // faults

  [[nodiscard]] bool ok() const { return violation.empty(); }
};

// In `root`, a directory that is made, and removed when it went well. To be called once a process.
[[nodiscard]] RunResult run_plan(const Plan& plan, const std::string& root, bool prints_trace);

}  // namespace signalbox::simulation
