// signalbox.toml at the top of the repository: shared by everyone who clones it, and therefore
// read with suspicion: no value in it may name a program or a path.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "event/job_name.h"
#include "schedule/cron_expression.h"

namespace signalbox {

inline constexpr const char* settings_file = "signalbox.toml";
inline constexpr std::size_t settings_limit = 64UL << 10U;  // bytes

// [jobs.<name>]: what is expected of a job.
struct JobSettings {
  std::optional<CronExpression> schedule;  // when it starts
  std::string timezone;              // of the schedule; empty: UTC. A name, which need not exist
  int timezone_line = 0;             // of signalbox.toml, for a message about it
  std::chrono::seconds grace{1800};  // so long it may be late
  std::optional<std::chrono::seconds> long_running;  // a run of more is too long
};

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
  std::chrono::seconds long_running{7200};   // 60 to 31536000; of a job whose runs are not known
  std::optional<double> cpu_percent, memory_mb;  // above it an alert fires; nothing: never
  std::map<JobName, JobSettings> jobs;
  std::string site_title;     // empty: the repository's name
  std::string site_branch;    // where publishers also commit the site; empty: nowhere
  std::string site_base_url;  // where that is shown; empty: not said
  std::string digest;         // of the text they were read from; empty without one
};

// Unknown keys are ignored (a newer version may know them). InvalidInput names the line and key.
[[nodiscard]] Result<Settings> parse_settings(std::string_view toml);

// The `repository` of a user's own config.toml (which may name a path: it is the user's); empty
// when not set.
[[nodiscard]] Result<std::string> parse_user_config(std::string_view toml);

// The commented file that `signalbox init` writes.
[[nodiscard]] std::string settings_template();

}  // namespace signalbox
