#include "reconcile/verdicts.h"

#include <algorithm>

namespace signalbox {
namespace {

// The last report of a job that has just ended may still be on its way.
constexpr std::chrono::seconds own_word_first{30};

EventId id_after(const EventId& judged, const Judge& judge) {
  return EventId::next(judged.parts().time, judged, host_digest(judge.host), judge.random);
}

Event event_after(const Event& shown, const std::string& status, const std::string& message,
                  const Judge& judge) {
  Event event = shown;
  event.id = id_after(shown.id, judge);
  event.status = status;
  event.time = judge.now;
  event.message = message;
  event.extra.erase("log_entries");
  event.extra["judged_by"] = judge.host;
  // A file of another program names no run: it is the run of its own event.
  if (event.run_id.empty()) event.run_id = shown.id.text();
  return event;
}

void end_at(UtcTime end, Event& event) {
  event.end_time = format_seconds(end);
  const auto started = event.start_time ? parse_time(*event.start_time) : std::nullopt;
  if (!started) return;
  const auto elapsed = std::chrono::floor<std::chrono::seconds>(end - *started).count();
  event.duration = std::max<std::int64_t>(elapsed, 0);
}

std::string sentence_of(const SlurmJob& job) {
  std::string text = "SLURM: job " + std::to_string(job.id) + " is " + job.state;
  if (!job.reason.empty()) text += " (" + job.reason + ")";
  if (!job.nodes.empty()) text += " on " + job.nodes;
  if (job.signal) {
    text += ", ended by signal " + std::to_string(*job.signal);
  } else if (job.exit_code && *job.exit_code != 0) {
    text += ", exit code " + std::to_string(*job.exit_code);
  }
  return text;
}

Event ended_verdict(const Event& shown, const SlurmJob& job, const std::string& status,
                    const Judge& judge) {
  const bool without_a_word = status == "failed" && status_of_state(job.state) == "completed";
  Event event = event_after(
      shown, status,
      sentence_of(job) + (without_a_word ? ", and the command ended without a word" : ""), judge);
  if (status == "completed") event.progress = 100;
  if (job.exit_code) event.extra["exit_code"] = *job.exit_code;
  end_at(job.end.value_or(judge.now), event);
  return event;
}

// The run that was ended to wait anew, and the one that waits.
std::vector<Event> requeued_verdict(const Candidate& candidate, const SlurmJob& job,
                                    const Judge& judge) {
  Event ended =
      event_after(candidate.shown, "cancelled", sentence_of(job) + ": it was requeued", judge);
  end_at(judge.now, ended);
  SlurmAllocation next = *candidate.allocation;
  ++next.restart_count;
  Event waits = event_after(ended, "pending", sentence_of(job) + ": it was requeued", judge);
  waits.run_id = run_id_of(next);
  waits.start_time = waits.end_time = std::nullopt;
  waits.duration = 0;
  waits.progress = waits.cpu_usage = waits.memory_usage = std::nullopt;
  waits.metrics = Json::object();
  waits.extra.erase("process");
  waits.extra.erase("wrapper");
  waits.extra["slurm"] = fields_of(next);
  return {ended, waits};
}

}  // namespace

std::optional<Candidate> candidate_of(const Event& shown) {
  if (is_terminal(shown.status) || shown.id.empty()) return std::nullopt;
  const auto fields = shown.extra.find("slurm");
  return Candidate{
      .shown = shown,
      .allocation = fields == shown.extra.end() ? std::nullopt : allocation_from(*fields)};
}

std::vector<Event> verdict_of(const Candidate& candidate, const SlurmJob& job, const Judge& judge) {
  const Event& shown = candidate.shown;
  const std::string status = status_of_state(job.state);
  if (status.empty()) return {};
  if (is_terminal(status)) {
    const UtcTime end = job.end.value_or(judge.now);
    const bool is_fresh = judge.now - std::max(end, shown.time) < own_word_first;
    if (is_fresh) return {};
    // `signalbox run` tells how its command ended. When it did not, it was killed, whatever the
    // rest of the allocation did then.
    const bool was_killed = status == "completed" && shown.extra.contains("process");
    return {ended_verdict(shown, job, was_killed ? "failed" : status, judge)};
  }
  if (status == "pending" && shown.status != "pending") {
    // Whoever only submits a job may have called it running; only inside of it the node is known.
    const bool had_run = !candidate.allocation->node.empty();
    return had_run ? requeued_verdict(candidate, job, judge) : std::vector<Event>{};
  }
  if (status == "running" && shown.status == "pending") {
    return {event_after(shown, "running", sentence_of(job), judge)};
  }
  return {};
}

Event lost_verdict(const Candidate& candidate, const std::string& last_state, const Judge& judge) {
  std::string message =
      "SLURM knows job " + std::to_string(candidate.allocation->job_id) + " no more";
  message +=
      last_state.empty() ? ", and how it ended is not known" : "; it was last seen " + last_state;
  Event event = event_after(candidate.shown, "failed", message, judge);
  event.extra["lost"] = true;
  end_at(candidate.shown.time, event);
  return event;
}

Event vanished_verdict(const Candidate& candidate, const Judge& judge) {
  Event event = event_after(candidate.shown, "failed",
                            "vanished: its process is gone from " + candidate.shown.host +
                                ", and how it ended is not known",
                            judge);
  event.extra["lost"] = true;
  end_at(candidate.shown.time, event);
  return event;
}

}  // namespace signalbox
