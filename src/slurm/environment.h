// What SLURM tells a process of the allocation it runs in: sbatch(1), "OUTPUT ENVIRONMENT
// VARIABLES". Every variable is hostile: what is not of its form counts as not there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"

namespace signalbox {

struct SlurmAllocation {
  std::uint64_t job_id = 0;
  std::optional<std::uint64_t> array_job_id;
  std::optional<std::uint64_t> array_task_id;
  std::optional<std::uint64_t> array_task_count;
  std::optional<std::uint64_t> user_id;
  std::uint64_t restart_count = 0;  // how often it was requeued
  std::string cluster;              // empty: not known, also of the following
  std::string partition;
  std::string node;
  std::optional<UtcTime> begin;  // of the allocation
  std::optional<UtcTime> end;    // at its time limit
};

using Variables = std::function<std::optional<std::string>(const char* name)>;

// Nothing outside of SLURM.
[[nodiscard]] std::optional<SlurmAllocation> allocation_of(const Variables& variables);

// As SLURM's administrators may name one, and fit for the name of a file; not empty.
[[nodiscard]] bool is_cluster_name(std::string_view text);

// The same from one environment to the next; another one for a requeued job, and for each task of
// an array: "slurm-cluster-1234_7-r1".
[[nodiscard]] std::string run_id_of(const SlurmAllocation& allocation);

// The object "slurm" of an event, with SLURM's own names; time_limit in seconds, and end_time, when
// it is reached.
[[nodiscard]] Json fields_of(const SlurmAllocation& allocation);

// Back from there, as hostile as the environment; without its begin. Nothing without a job id.
[[nodiscard]] std::optional<SlurmAllocation> allocation_from(const Json& fields);

// What `sbatch --parsable` prints: "1234" or "1234;cluster". InvalidInput for anything else.
[[nodiscard]] Result<SlurmAllocation> parse_submitted(std::string_view text);

}  // namespace signalbox
