// A run as JSON: as the pages show it (docs/formats/site.md), and whole, to be kept in the index.
#pragma once

#include "base/json.h"
#include "board/runs.h"

namespace signalbox::site {

[[nodiscard]] Json shown_run(const Run& run);

[[nodiscard]] std::string format_run(const Run& run);
// Corrupt for what format_run() did not write.
[[nodiscard]] Result<Run> parse_run(std::string_view record);

}  // namespace signalbox::site
