#include "reconcile/reconcile.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "event/array_task.h"
#include "os/entropy.h"
#include "os/process_identity.h"
#include "os/volume.h"
#include "publish/board_reader.h"
#include "reconcile/memory.h"
#include "reconcile/verdicts.h"
#include "slurm/queue.h"

namespace signalbox {
namespace {

Result<std::vector<Candidate>> read_candidates(os::FileSystem& fs, const Clone& clone,
                                               Session& session) {
  const auto rows = read_board(fs, clone, session, {});
  if (!rows) return std::unexpected(rows.error());
  std::vector<Candidate> candidates;
  const auto add = [&](const Event& event) {
    if (auto candidate = candidate_of(event)) candidates.push_back(*std::move(candidate));
  };
  for (const BoardRow& row : *rows) {
    const auto task = array_task_of(row.event);
    if (!task) {
      add(row.event);
      continue;
    }
    const auto tasks = read_tasks(fs, clone, session, row.event.job, task->array);
    if (!tasks) return std::unexpected(tasks.error());
    std::ranges::for_each(*tasks, add);
  }
  return candidates;
}

Judge judge_here(os::Clock& clock) {
  return {.now = clock.wall(), .host = os::host_name(), .random = os::random_bits()};
}

bool has_vanished(const Candidate& candidate, const std::string& host) {
  const auto process = candidate.shown.extra.find("process");
  return candidate.shown.host == host && process != candidate.shown.extra.end() &&
         os::life_of_process(*process) == os::ProcessLife::Ended;
}

std::string key_of(const std::string& cluster, std::uint64_t job_id) {
  return cluster + "/" + std::to_string(job_id);
}

// One look at all jobs of SLURM.
class SlurmLook {
 public:
  SlurmLook(os::Clock& clock, const Settings& settings, ReconcileMemory& memory)
      : clock_(clock), settings_(settings), memory_(memory), queue_(settings.slurm_timeout) {}

  Result<std::vector<Event>> judge(const std::vector<const Candidate*>& candidates) {
    const auto listed = queue_.jobs();
    if (!listed) return std::unexpected(listed.error());
    const auto cluster = listed->empty() || listed->front().cluster.empty()
                             ? queue_.cluster()
                             : Result<std::string>(listed->front().cluster);
    if (!cluster) return std::unexpected(cluster.error());
    cluster_ = *cluster;
    for (const SlurmJob& job : *listed) known_.emplace(job.id, &job);
    std::vector<const Candidate*> missing;
    for (const Candidate* candidate : candidates) {
      const SlurmAllocation& allocation = *candidate->allocation;
      if (!allocation.cluster.empty() && allocation.cluster != cluster_) continue;
      const auto job = known_.find(allocation.job_id);
      if (job == known_.end()) {
        missing.push_back(candidate);
      } else {
        take(*candidate, *job->second);
      }
    }
    judge_missing(missing);
    forget_the_rest();
    return std::move(verdicts_);
  }

 private:
  void take(const Candidate& candidate, const SlurmJob& job) {
    sights_[key_of(cluster_, job.id)] = {.state = job.state, .missing_since = {}};
    std::ranges::move(verdict_of(candidate, job, judge_here(clock_)),
                      std::back_inserter(verdicts_));
  }

  void judge_missing(const std::vector<const Candidate*>& missing) {
    if (missing.empty()) return;
    std::vector<std::uint64_t> ids;
    ids.reserve(missing.size());
    for (const Candidate* candidate : missing) ids.push_back(candidate->allocation->job_id);
    // Sites without accounting have no answer; then the controller's memory is all there is.
    const auto accounted = queue_.accounted(ids);
    std::unordered_map<std::uint64_t, const SlurmJob*> ended;
    if (accounted) {
      for (const SlurmJob& job : *accounted) {
        // A job that accounting calls running while no controller knows it never told its end.
        if (is_terminal(status_of_state(job.state))) ended[job.id] = &job;
      }
    }
    for (const Candidate* candidate : missing) {
      const auto job = ended.find(candidate->allocation->job_id);
      if (job != ended.end()) {
        take(*candidate, *job->second);
      } else {
        note_missing(*candidate);
      }
    }
  }

  // Lost when it was missing before, an interval ago: a controller that has just started may not
  // know its jobs yet.
  void note_missing(const Candidate& candidate) {
    const SlurmAllocation& allocation = *candidate.allocation;
    const std::string key = key_of(cluster_, allocation.job_id);
    ReconcileMemory::Sight sight;
    if (const auto before = memory_.jobs.find(key); before != memory_.jobs.end()) {
      sight = before->second;
    }
    const UtcTime now = clock_.wall();
    sight.missing_since = std::min(sight.missing_since.value_or(now), now);
    const bool may_be_hidden =
        os::effective_user() != 0 && allocation.user_id != os::effective_user();
    if (!may_be_hidden && !allocation.cluster.empty() &&
        now - *sight.missing_since >= settings_.slurm_interval) {
      verdicts_.push_back(lost_verdict(candidate, sight.state, judge_here(clock_)));
    }
    sights_[key] = std::move(sight);
  }

  void forget_the_rest() { memory_.jobs = std::move(sights_); }

  os::Clock& clock_;
  const Settings& settings_;
  ReconcileMemory& memory_;
  SlurmQueue queue_;
  std::string cluster_;
  std::unordered_map<std::uint64_t, const SlurmJob*> known_;
  std::map<std::string, ReconcileMemory::Sight> sights_;
  std::vector<Event> verdicts_;
};

// When SLURM was asked so recently that it is not asked now, until when. A time to come was written
// by a clock that was ahead, and does not count.
std::optional<UtcTime> not_before(const ReconcileMemory& memory, const Settings& settings,
                                  UtcTime now) {
  if (!memory.asked || *memory.asked > now) return std::nullopt;
  const UtcTime next = *memory.asked + settings.slurm_interval;
  return next > now ? std::optional(next) : std::nullopt;
}

Status ask_slurm(os::FileSystem& fs, os::Clock& clock, const Clone& clone, const Settings& settings,
                 const std::vector<const Candidate*>& candidates, bool dry_run,
                 Reconciliation& done) {
  ReconcileMemory memory = read_memory(fs, clone.own_directory());
  const UtcTime now = clock.wall();
  done.not_asked_until = not_before(memory, settings, now);
  if (done.not_asked_until) {
    done.complaint = memory.last_error;
    return {};
  }
  memory.asked = now;
  // Before the question: a host that is killed over it must not be followed by all the others.
  if (!dry_run) {
    if (auto written = write_memory(fs, clone.own_directory(), memory); !written) return written;
  }
  auto verdicts = SlurmLook(clock, settings, memory).judge(candidates);
  memory.last_error = verdicts ? "" : verdicts.error().what;
  done.complaint = memory.last_error;
  if (verdicts) std::ranges::move(*verdicts, std::back_inserter(done.verdicts));
  return dry_run ? Status{} : write_memory(fs, clone.own_directory(), memory);
}

}  // namespace

Result<Reconciliation> reconcile(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                 bool dry_run) {
  const auto session = Session::open(fs, clock, clone);
  if (!session) return std::unexpected(session.error());
  const Settings& settings = (*session)->settings();
  const auto candidates = read_candidates(fs, clone, **session);
  if (!candidates) return std::unexpected(candidates.error());
  Reconciliation done{.looked_at = candidates->size()};
  const std::string host = os::host_name();
  std::vector<const Candidate*> of_slurm;
  for (const Candidate& candidate : *candidates) {
    if (candidate.allocation) {
      of_slurm.push_back(&candidate);
    } else if (has_vanished(candidate, host)) {
      done.verdicts.push_back(vanished_verdict(candidate, judge_here(clock)));
    }
  }
  done.of_slurm = of_slurm.size();
  if (!of_slurm.empty() && settings.slurm_reconcile) {
    const auto asked = ask_slurm(fs, clock, clone, settings, of_slurm, dry_run, done);
    if (!asked) return std::unexpected(asked.error());
  }
  if (dry_run) return done;
  Spool spool(fs, clone.spool_directory());
  for (const Event& verdict : done.verdicts) {
    if (auto appended = spool.append(verdict); !appended) return std::unexpected(appended.error());
  }
  return done;
}

std::string text_of(const Reconciliation& done) {
  std::string text;
  for (const Event& verdict : done.verdicts) {
    text += verdict.job.text() + " is " + verdict.status + ": " +
            printable(verdict.message.value_or(""), 300) + "\n";
  }
  if (!done.complaint.empty()) {
    text += "SLURM was not asked about " + std::to_string(done.of_slurm) +
            (done.of_slurm == 1 ? " job: " : " jobs: ") + printable(done.complaint, 300) + "\n";
  }
  return text;
}

}  // namespace signalbox
