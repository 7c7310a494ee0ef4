// The shell scripts of scripts/: drop-in replacements of the predecessor's, carried in the program
// so that one file is enough to install them in a monitor repository.
#pragma once

#include <span>
#include <string_view>

namespace signalbox {

struct Script {
  std::string_view name;  // "update_job_status.sh"
  std::string_view text;  // to be written byte for byte, and made executable
};

// Sorted by name.
[[nodiscard]] std::span<const Script> scripts();

}  // namespace signalbox
