// signalbox.toml at the top of the repository: shared by everyone who clones it, and therefore
// read with suspicion: no value in it may name a program or a path.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace signalbox {

inline constexpr const char* settings_file = "signalbox.toml";
inline constexpr std::size_t settings_limit = 64UL << 10U;  // bytes

struct Settings {
  std::string branch;  // empty: not set
  std::string remote;
  int pushes_per_minute = 6;                   // 1 to 600
  std::chrono::seconds push_timeout{60};       // 1 to 3600; one fetch or push
  std::chrono::seconds publish_deadline{120};  // 1 to 3600; all tries of one publish
  int thin_after_days = 30;                    // 0 (never) to 36500; see docs/manual/retention.md
  // 0 to 168; 0: this repository does not hold the clones' health (publish/health.h)
  std::chrono::hours health_interval{6};
  std::chrono::hours silent_after{24};  // 1 to 8760; a running job that says nothing is silent
  bool slurm_reconcile = true;
  std::chrono::seconds slurm_interval{300};  // 60 to 86400; between two questions to SLURM
  std::chrono::seconds slurm_timeout{10};    // 1 to 300; of each command
  std::vector<std::string> secret_patterns;  // beyond the built-in ones (secrets/masker.h)
};

// Unknown keys are ignored (a newer version may know them). InvalidInput names the line and key.
[[nodiscard]] Result<Settings> parse_settings(std::string_view toml);

// The `repository` of a user's own config.toml (which may name a path: it is the user's); empty
// when not set.
[[nodiscard]] Result<std::string> parse_user_config(std::string_view toml);

// The commented file that `signalbox init` writes.
[[nodiscard]] std::string settings_template();

}  // namespace signalbox
