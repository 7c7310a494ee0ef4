// How often a crontab runs a sync, and what is late by it. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "doctor/check.h"

namespace signalbox {

// The guide's schedule: expected where nothing says another one.
inline constexpr std::chrono::seconds usual_sync_period{900};

// The longest pause between two runs of a crontab line within a day; nothing for a line that does
// not run every day, or is none.
[[nodiscard]] std::optional<std::chrono::seconds> period_of(std::string_view cron_line);

// An age against a period: a warning from twice as old, broken from four times.
[[nodiscard]] Verdict lateness(std::chrono::milliseconds age, std::chrono::seconds period);

}  // namespace signalbox
