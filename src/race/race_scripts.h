// The shell scripts that play people, the remote's hook and the predecessor in a race, carried in
// the program: src/race/scripts/ and bench/baseline/.
#pragma once

#include <span>

#include "scripts/scripts.h"

namespace signalbox {

// Sorted by name within their directories.
[[nodiscard]] std::span<const Script> race_scripts();

}  // namespace signalbox
