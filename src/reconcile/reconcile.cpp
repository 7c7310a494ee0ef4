#include "reconcile/reconcile.h"

#include <algorithm>
#include <map>
#include <set>
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

// Of those that are about to be called lost, in one look; the others wait for the next.
constexpr int most_asked_alone = 100;

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

// A command of `signalbox run` on this host that is gone, and so is the run that would report it.
bool is_gone(const Candidate& candidate, const std::string& host) {
  const Json& extra = candidate.shown.extra;
  const auto process = extra.find("process");
  if (candidate.shown.host != host || process == extra.end()) return false;
  const auto wrapper = extra.find("wrapper");
  return os::life_of_process(*process) == os::ProcessLife::Ended &&
         (wrapper == extra.end() || os::life_of_process(*wrapper) == os::ProcessLife::Ended);
}

std::string key_of(const std::string& cluster, std::uint64_t job_id) {
  return cluster + "/" + std::to_string(job_id);
}

// One look at all jobs of SLURM.
class SlurmLook {
 public:
  SlurmLook(os::Clock& clock, const Settings& settings, std::string cluster,
            ReconcileMemory& memory)
      : clock_(clock),
        settings_(settings),
        memory_(memory),
        queue_(settings.slurm_timeout),
        cluster_(std::move(cluster)) {}

  // After an error the verdicts that were found before it stand.
  Status judge(const std::vector<const Candidate*>& candidates) {
    const auto listed = queue_.jobs();
    if (!listed) return std::unexpected(listed.error());
    for (const SlurmJob& job : *listed) {  // of a federation it lists others' as well
      if (job.cluster.empty() || job.cluster == cluster_) known_.emplace(job.id, &job);
    }
    std::vector<const Candidate*> missing;
    for (const Candidate* candidate : candidates) {
      const SlurmAllocation& allocation = *candidate->allocation;
      // Numbers of jobs are a cluster's own. Who named none submitted it from this host, or else
      // nobody here can tell whose job has that number.
      const bool is_here = allocation.cluster.empty() ? candidate->shown.host == host_
                                                      : allocation.cluster == cluster_;
      if (!is_here) continue;
      const auto job = known_.find(allocation.job_id);
      if (job == known_.end()) {
        missing.push_back(candidate);
      } else {
        take(*candidate, *job->second);
      }
    }
    auto judged = judge_missing(missing);
    memory_.jobs = std::move(sights_);
    return judged;
  }
  [[nodiscard]] const std::vector<Event>& verdicts() const { return verdicts_; }

 private:
  void take(const Candidate& candidate, const SlurmJob& job) {
    sights_[key_of(cluster_, job.id)] = {.state = job.state, .missing_since = {}, .heard = {}};
    std::ranges::move(verdict_of(candidate, job, judge_here(clock_)),
                      std::back_inserter(verdicts_));
  }

  // What the controller does not list. An error, and no judgement, when accounting does not answer:
  // it may know how they ended.
  Status judge_missing(const std::vector<const Candidate*>& missing) {
    if (missing.empty()) return {};
    std::vector<std::uint64_t> ids;
    ids.reserve(missing.size());
    for (const Candidate* candidate : missing) ids.push_back(candidate->allocation->job_id);
    const auto accounted = queue_.accounted(ids);
    const bool has_accounting = accounted || (accounted.error().kind != ErrorKind::NotFound &&
                                              accounted.error().kind != ErrorKind::Unsupported);
    if (!accounted && has_accounting) {
      for (const Candidate* candidate : missing) keep_sight(*candidate);
      return std::unexpected(accounted.error());
    }
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
      } else if (auto noted = note_missing(*candidate); !noted) {
        return noted;
      }
    }
    return {};
  }

  [[nodiscard]] ReconcileMemory::Sight sight_before(const Candidate& candidate) const {
    const auto before = memory_.jobs.find(key_of(cluster_, candidate.allocation->job_id));
    return before == memory_.jobs.end() ? ReconcileMemory::Sight{} : before->second;
  }

  void keep_sight(const Candidate& candidate) {
    const std::string key = key_of(cluster_, candidate.allocation->job_id);
    if (memory_.jobs.contains(key)) sights_[key] = sight_before(candidate);
  }

  // Lost when it was missing before, an interval ago, and silent since: a controller that has just
  // started may not know its jobs yet. And when the controller, asked for this job, knows none of
  // that number.
  Status note_missing(const Candidate& candidate) {
    const SlurmAllocation& allocation = *candidate.allocation;
    ReconcileMemory::Sight sight = sight_before(candidate);
    const UtcTime now = clock_.wall();
    if (sight.heard != candidate.shown.id.text()) sight.missing_since.reset();
    sight.missing_since = std::min(sight.missing_since.value_or(now), now);
    sight.heard = candidate.shown.id.text();
    const bool may_be_hidden =
        os::effective_user() != 0 && allocation.user_id != os::effective_user();
    if (!may_be_hidden && !allocation.cluster.empty() && asked_alone_ < most_asked_alone &&
        now - *sight.missing_since >= settings_.slurm_interval) {
      ++asked_alone_;
      const auto job = queue_.job(allocation.job_id);
      if (!job) {
        keep_sight(candidate);
        return std::unexpected(job.error());
      }
      if (*job) {
        take(candidate, **job);
        return {};
      }
      verdicts_.push_back(lost_verdict(candidate, sight.state, judge_here(clock_)));
    }
    sights_[key_of(cluster_, allocation.job_id)] = std::move(sight);
    return {};
  }

  os::Clock& clock_;
  const Settings& settings_;
  ReconcileMemory& memory_;
  SlurmQueue queue_;
  const std::string cluster_;
  const std::string host_ = os::host_name();
  int asked_alone_ = 0;
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

// What a clone remembers of a cluster, and the right to ask its controller now.
class Turn {
 public:
  Turn(os::FileSystem& fs, os::Clock& clock, const Clone& clone, const Settings& settings)
      : fs_(fs), clock_(clock), directory_(clone.own_directory()), settings_(settings) {}

  // Until when nobody asks; nothing when it is this process's turn. `complaint`: of the last time.
  Result<std::optional<UtcTime>> take(std::string& complaint) {
    cluster_ = known_cluster(fs_, directory_);
    if (auto waits = claim(complaint); !waits || *waits || !cluster_.empty()) return waits;
    // The first look of this host: which cluster is it? Then its turn is that cluster's.
    const auto found = SlurmQueue(settings_.slurm_timeout).cluster();
    if (!found) {
      memory_.last_error = complaint = found.error().what;
      if (auto kept = keep(); !kept) return std::unexpected(kept.error());
      return clock_.wall() + settings_.slurm_interval;
    }
    cluster_ = *found;
    if (auto noted = note_cluster(fs_, directory_, cluster_); !noted) {
      return std::unexpected(noted.error());
    }
    return claim(complaint);
  }

  [[nodiscard]] const std::string& cluster() const { return cluster_; }
  ReconcileMemory& memory() { return memory_; }
  Status keep() { return write_memory(fs_, directory_, cluster_, memory_); }

 private:
  Result<std::optional<UtcTime>> claim(std::string& complaint) {
    const UtcTime now = clock_.wall();
    memory_ = read_memory(fs_, directory_, cluster_);
    if (const auto next = not_before(memory_, settings_, now)) {
      complaint = memory_.last_error;
      return next;
    }
    auto waits = claim_question(fs_, directory_, cluster_, settings_.slurm_interval, now);
    if (!waits || *waits) return waits;
    memory_.asked = now;
    // Before the question: a host that is killed over it must not be followed by all the others.
    if (auto kept = keep(); !kept) return std::unexpected(kept.error());
    return std::nullopt;
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  const std::string directory_;
  const Settings& settings_;
  std::string cluster_;
  ReconcileMemory memory_;
};

Status ask_slurm(os::FileSystem& fs, os::Clock& clock, const Clone& clone, const Settings& settings,
                 const std::vector<const Candidate*>& candidates, Reconciliation& done) {
  Turn turn(fs, clock, clone, settings);
  const auto waits = turn.take(done.complaint);
  if (!waits) return std::unexpected(waits.error());
  done.not_asked_until = *waits;
  if (*waits) return {};
  SlurmLook look(clock, settings, turn.cluster(), turn.memory());
  const auto judged = look.judge(candidates);
  turn.memory().last_error = judged ? "" : judged.error().what;
  done.complaint = turn.memory().last_error;
  std::ranges::copy(look.verdicts(), std::back_inserter(done.verdicts));
  return turn.keep();
}

// A report of the end is durable before the run that made it is gone: whoever was seen gone and
// still shows the same event has vanished.
Result<std::vector<Event>> vanished(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                    Session& session, const std::vector<Candidate>& candidates) {
  const std::string host = os::host_name();
  std::set<EventId> gone;
  for (const Candidate& candidate : candidates) {
    if (!candidate.allocation && is_gone(candidate, host)) gone.insert(candidate.shown.id);
  }
  std::vector<Event> verdicts;
  if (gone.empty()) return verdicts;
  const auto again = read_candidates(fs, clone, session);
  if (!again) return std::unexpected(again.error());
  for (const Candidate& candidate : *again) {
    if (gone.contains(candidate.shown.id)) {
      verdicts.push_back(vanished_verdict(candidate, judge_here(clock)));
    }
  }
  return verdicts;
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
  auto gone = vanished(fs, clock, clone, **session, *candidates);
  if (!gone) return std::unexpected(gone.error());
  done.verdicts = *std::move(gone);
  std::vector<const Candidate*> of_slurm;
  for (const Candidate& candidate : *candidates) {
    if (candidate.allocation) of_slurm.push_back(&candidate);
  }
  done.of_slurm = of_slurm.size();
  if (!of_slurm.empty() && settings.slurm_reconcile) {
    // What needs no SLURM is recorded all the same.
    const auto asked = ask_slurm(fs, clock, clone, settings, of_slurm, done);
    if (!asked) done.complaint = asked.error().what;
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
    text += "SLURM did not tell of " + std::to_string(done.of_slurm) +
            (done.of_slurm == 1 ? " job: " : " jobs: ") + printable(done.complaint, 300) + "\n";
  }
  return text;
}

}  // namespace signalbox
