// A job as SLURM itself knows it, from the output of its commands. Pure.
//
// Text is asked for first: it is there in every release, takes 150 bytes a job where JSON takes
// 3,800, and the fields are ours to choose. JSON, whose layout differs from release to release
// ("data_parser" versions), is for sites whose commands give nothing else; all that is known of
// its layouts is in json.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace signalbox {

struct SlurmJob {
  std::uint64_t id = 0;  // of a task of an array: its own, as $SLURM_JOB_ID has it
  std::string state;     // SLURM's word for it: "OUT_OF_MEMORY"
  std::string reason;    // empty: none was given
  std::string nodes;
  std::string cluster;
  std::optional<UtcTime> end;    // nothing while it runs and its end is not known
  std::optional<int> exit_code;  // of a process that exited
  std::optional<int> signal;     // that ended it
};

// Above these SLURM has words of its own: 125 for the end by the kernel's memory limit.
inline constexpr int last_signal = 64;

// What squeue --Format and sacct --format are asked for.
inline constexpr std::string_view squeue_fields =
    "JobID:|,State:|,Reason:|,NodeList:|,Cluster:|,EndTime:|,exit_code:|";
inline constexpr std::string_view sacct_fields =
    "JobIDRaw,State,Reason,NodeList,Cluster,End,ExitCode";

// Lines that are not of this form are passed by. Corrupt when there are lines, and none is.
[[nodiscard]] Result<std::vector<SlurmJob>> parse_squeue(std::string_view text);
[[nodiscard]] Result<std::vector<SlurmJob>> parse_sacct(std::string_view text);

// `scontrol --oneliner show job ID`; without a cluster.
[[nodiscard]] Result<SlurmJob> parse_scontrol_job(std::string_view text);

// `squeue --json` and `sacct --json`, of any release since 21.08. Corrupt when it is none.
[[nodiscard]] Result<std::vector<SlurmJob>> parse_slurm_json(std::string_view text);

// The status of a job in this state: pending, running, completed, failed, cancelled, timeout;
// empty for a word that no release is known to use.
[[nodiscard]] std::string status_of_state(std::string_view state);

}  // namespace signalbox
