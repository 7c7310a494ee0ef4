// What earlier looks at a cluster left behind in a clone's own directory, shared by all of its
// hosts:
//
//   cluster-<host>             the cluster that SLURM's commands on a host speak of
//   reconcile-<cluster>.json   when its controller was asked, and how it knew the jobs
//   question-<cluster>-<n>     the n-th question: whoever creates the file asks it
//
// Losing any of it costs a question more, and a verdict of "lost" later.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "os/file_system.h"

namespace signalbox {

// "alps", or nothing before it was noted here. Whoever runs in an allocation knows it from there.
[[nodiscard]] std::string known_cluster(os::FileSystem& fs, const std::string& own_directory);
[[nodiscard]] Status note_cluster(os::FileSystem& fs, const std::string& own_directory,
                                  const std::string& cluster);

struct ReconcileMemory {
  std::optional<UtcTime> asked;  // also when no answer came
  std::string last_error;        // of that time; empty when all went well

  struct Sight {
    std::string state;                     // SLURM's word when it last knew the job; may be empty
    std::optional<UtcTime> missing_since;  // nothing while it knows it
    std::string heard;                     // the job's own last report then, its id
  };
  std::map<std::string, Sight> jobs;  // by cluster and job id: "alps/1234"
};

// `cluster`: empty for a host that does not know its own; it keeps a memory by itself then.
[[nodiscard]] ReconcileMemory read_memory(os::FileSystem& fs, const std::string& own_directory,
                                          const std::string& cluster);
[[nodiscard]] Status write_memory(os::FileSystem& fs, const std::string& own_directory,
                                  const std::string& cluster, const ReconcileMemory& memory);

// Nothing when the caller is the one to ask now; else until when nobody is. Of any number of hosts
// and processes that come at once one asks, without a lock: files of one name are created once.
// `interval`: between two questions, by this host's clock and the file system's.
[[nodiscard]] Result<std::optional<UtcTime>> claim_question(os::FileSystem& fs,
                                                            const std::string& own_directory,
                                                            const std::string& cluster,
                                                            std::chrono::seconds interval,
                                                            UtcTime now);

}  // namespace signalbox
