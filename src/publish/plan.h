// From a tip and a batch to what has to change: a pure function of both (through the index, which
// is a function of the tip). Called again, on the new tip, after every lost race.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "event/event.h"
#include "index/history_index.h"
#include "repository/repository.h"
#include "secrets/masker.h"
#include "spool/outbox.h"

namespace signalbox {

struct Plan {
  CommitPlan commit;
  bool nothing_to_do = false;         // the tip holds every event and its views are in order
  bool urgent = false;                // ends a run
  std::map<JobName, EventId> newest;  // of the jobs that this touched or that were looked at
  std::vector<std::string> no_room;   // files that cannot be written: the tip has a directory there
};

// `clean_status_tree`: a status tree whose views were in order; only what differs from it is
// looked at. Brings the index up to the tip.
//  - events that the tip holds already are dropped (idempotence, by id)
//  - documents that other programs committed to data/status/ become events, secrets masked
//  - the view of every job with something new is folded from all its events
//  - events that an import brought give no view to a job that has none: a person retired it
//  - files of the outbox that the tip has as they are are dropped
//  - a view that somebody's merge set back is folded again; one that was deleted stays deleted
//    until its job reports again
[[nodiscard]] Result<Plan> make_plan(const Repository& repository, HistoryIndex& index,
                                     const std::string& tip, std::span<const Event> batch,
                                     std::span<const Outbox::Entry> files,
                                     const std::string& clean_status_tree, const Masker& masker,
                                     UtcTime now, const Repository::Progress& progress);

// "Update JOB status: STATUS (time)", or a count and a line a job.
[[nodiscard]] std::string commit_message(const std::map<JobName, Event>& latest, UtcTime now);

}  // namespace signalbox
