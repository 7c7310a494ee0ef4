// Asking SLURM about jobs. Each call runs one of its commands, found in $PATH, to its end, within a
// time-out; nothing is started in the background, nothing cached.
//
// Errors of all calls: NotFound when the command is not there, TimedOut, Unreachable when it says
// no (a controller or an accounting that is down), Unsupported when the site keeps no accounting,
// Corrupt when nothing in its output can be read.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "slurm/job.h"

namespace signalbox {

class SlurmQueue {
 public:
  explicit SlurmQueue(std::chrono::seconds timeout) : timeout_(timeout) {}

  // All jobs that the controller knows, of all users it shows us, those that ended within its
  // MinJobAge (5 minutes by default) as well.
  [[nodiscard]] Result<std::vector<SlurmJob>> jobs() const;

  // What accounting knows of these jobs, of each its last run.
  [[nodiscard]] Result<std::vector<SlurmJob>> accounted(std::span<const std::uint64_t> ids) const;

  // One job, as the controller knows it; nothing when it says that there is no such job.
  [[nodiscard]] Result<std::optional<SlurmJob>> job(std::uint64_t id) const;

  // The name of the cluster whose controller answers.
  [[nodiscard]] Result<std::string> cluster() const;

 private:
  [[nodiscard]] Result<std::string> ask(std::vector<std::string> words) const;

  std::chrono::seconds timeout_;
};

}  // namespace signalbox
