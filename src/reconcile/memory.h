// What this host's earlier looks left behind, in <own directory>/reconcile-<host>.json: when SLURM
// was asked, and how it knew the jobs that are looked at. One file a host: hosts of a clone may be
// of several clusters. Losing it costs a question more and a verdict of "lost" later.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "os/file_system.h"

namespace signalbox {

struct ReconcileMemory {
  std::optional<UtcTime> asked;  // also when no answer came
  std::string last_error;        // of that time; empty when all went well

  struct Sight {
    std::string state;                     // SLURM's word when it last knew the job; may be empty
    std::optional<UtcTime> missing_since;  // nothing while it knows it
  };
  std::map<std::string, Sight> jobs;  // by cluster and job id: "alps/1234"
};

[[nodiscard]] ReconcileMemory read_memory(os::FileSystem& fs, const std::string& own_directory);
[[nodiscard]] Status write_memory(os::FileSystem& fs, const std::string& own_directory,
                                  const ReconcileMemory& memory);

}  // namespace signalbox
