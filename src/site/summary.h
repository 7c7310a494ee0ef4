// What the overview shows of a job. Pure.
#pragma once

#include <optional>
#include <span>

#include "base/json.h"
#include "board/roll_up.h"
#include "board/runs.h"

namespace signalbox::site {

inline constexpr std::size_t recent_runs = 20;

struct Summary {
  std::string status;  // of an array that of all its tasks
  int attention = 0;   // 0 to 9, the greater the sooner a person should look
  Json json;           // docs/formats/site.md
};

// `runs`: the last ones, newest first. `tasks`: when the job is an array.
[[nodiscard]] Summary summary_of(const Event& shown, std::span<const Run> runs,
                                 const std::optional<RollUp>& tasks);

}  // namespace signalbox::site
