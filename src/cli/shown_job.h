// A job as `status` shows it: its row of the board, and what follows from it.
#pragma once

#include <optional>
#include <vector>

#include "board/estimate.h"
#include "board/roll_up.h"
#include "publish/board_reader.h"

namespace signalbox::cli {

struct ShownJob {
  BoardRow row;
  std::string status;                // of an array, that of all its tasks together
  std::optional<RollUp> tasks;       // of an array of SLURM
  std::optional<Estimate> estimate;  // of a running job
  bool silent = false;               // it runs, and has said nothing for doctor.silent_hours
};

// `with_estimates` costs a look at the history of each running job.
[[nodiscard]] Result<std::vector<ShownJob>> read_shown_jobs(os::FileSystem& fs, const Clone& clone,
                                                            Session& session,
                                                            const std::optional<JobName>& job,
                                                            bool with_estimates, UtcTime now);

}  // namespace signalbox::cli
