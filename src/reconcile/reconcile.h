// Jobs that say they run or wait, checked against who must know: SLURM, or the kernel of this host.
//
//   views that are not ended (and tasks of arrays) -> one `squeue` for all of them
//     -> what it does not list: `sacct` -> what neither knows twice, and `scontrol show job` not
//        either: lost
//     -> jobs of `signalbox run` on this host whose process is gone: vanished
//   -> verdicts, appended to the clone's spool as events (reconcile/verdicts.h)
//
// Whatever SLURM does, nothing else is held up: it is asked within a time-out, and in the interval
// of the settings once by all hosts of the clone together. Jobs of other clusters, jobs of which
// nobody said the cluster and that another host recorded, and jobs of other users that SLURM may
// hide from us are left alone. No lock is held.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "event/event.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

struct Reconciliation {
  std::size_t looked_at = 0;               // jobs and tasks of arrays that say they run or wait
  std::size_t of_slurm = 0;                // of these, jobs of SLURM
  std::vector<Event> verdicts;             // durable in the spool, unless it was a dry run
  std::string complaint;                   // why SLURM did not answer; empty when all went well
  std::optional<UtcTime> not_asked_until;  // it was asked so recently that it was not asked now
};

// `dry_run`: no verdict is recorded; that SLURM was asked is, because its controller is shared.
[[nodiscard]] Result<Reconciliation> reconcile(os::FileSystem& fs, os::Clock& clock,
                                               const Clone& clone, bool dry_run);

// For a person: a line a verdict, and why SLURM gave no answer; empty when there is nothing to say.
[[nodiscard]] std::string text_of(const Reconciliation& done);

}  // namespace signalbox
