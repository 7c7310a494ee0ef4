// What becomes of a job that says it runs or waits, by what SLURM or the host's kernel knows of it.
// Pure.
//
// A verdict is an event like any other, made so that it cannot hide what the job itself says:
//  - its id comes right after that of the event it judges, so every later report of the job is
//  newer
//    than it, whichever is published first;
//  - two hosts that judge the same event make two events that say the same.
// It carries "judged_by", the host whose sync made it; its "host" stays that of the job.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "event/event.h"
#include "slurm/environment.h"
#include "slurm/job.h"

namespace signalbox {

// A job in a state that only its own reports, or a verdict, can end.
struct Candidate {
  Event shown;
  std::optional<SlurmAllocation> allocation;  // nothing: no job of SLURM
};

// Nothing when the event is the end of its run.
[[nodiscard]] std::optional<Candidate> candidate_of(const Event& shown);

struct Judge {
  UtcTime now;
  std::string host;
  std::uint64_t random = 0;  // 64 fresh random bits
};

// What SLURM says of the candidate's job, as events; none when it says the same as the job, or the
// job ended so recently that its own last report may be on its way. A job that waits again after it
// had run was requeued: its run ends as cancelled, and the next one is pending.
[[nodiscard]] std::vector<Event> verdict_of(const Candidate& candidate, const SlurmJob& job,
                                            const Judge& judge);

// Of the next two the end is not known: they end when the job was last heard of, and say so with
// "lost".

// The run failed: neither the controller nor accounting knows the job any more.
// `last_state`: SLURM's word when it did; may be empty.
[[nodiscard]] Event lost_verdict(const Candidate& candidate, const std::string& last_state,
                                 const Judge& judge);

// The run failed: its process is gone from the host it ran on.
[[nodiscard]] Event vanished_verdict(const Candidate& candidate, const Judge& judge);

}  // namespace signalbox
