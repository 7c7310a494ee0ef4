// feed.xml, an Atom feed (RFC 4287) of the last changes of state, and badge/<job>.svg. Pure.
#pragma once

#include <span>
#include <string>

#include "board/runs.h"
#include "site/overview.h"

namespace signalbox::site {

inline constexpr std::size_t most_entries = 100;

struct RunOfJob {
  std::string job;
  Run run;
};

// `runs`: at least those with the last changes of state.
[[nodiscard]] std::string feed_of(const Naming& naming, UtcTime generated_at,
                                  std::span<const RunOfJob> runs);

[[nodiscard]] std::string badge_of(const std::string& job, const std::string& status);

}  // namespace signalbox::site
