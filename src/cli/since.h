// What `--since` takes, in every command that has it.
#pragma once

#include <string>

#include "base/error.h"
#include "base/time.h"

namespace signalbox::cli {

// A point in time (base/time.h), or a span back from `now`: "90s", "30m", "12h", "7d". InvalidInput
// names the option.
[[nodiscard]] Result<UtcTime> parse_since(const std::string& text, UtcTime now);

}  // namespace signalbox::cli
