#include "alerts/job_alerts.h"

#include <algorithm>

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr std::size_t runs_to_know_a_job = 5;
constexpr seconds shortest_limit{600};
constexpr std::size_t most_before = 50;
// Started by cron at a minute, a job may say that it started a moment before that minute.
constexpr seconds clock_skew{60};

std::string at(UtcTime time) {
  return format_seconds(time);
}

// What the rules have in common for one job.
class Rules {
 public:
  Rules(const Event& shown, std::span<const Run> runs, const Expectations& expectations)
      : shown_(shown), runs_(runs), expectations_(expectations) {}

  JobAlerts alerts() {
    ended_badly(nullptr);
    if (!runs_.empty()) {
      expected();
      while_running();
    }
    for (std::size_t i = 0; i < runs_.size(); ++i) past(i);
    std::ranges::sort(result_.now, comes_before);
    std::ranges::sort(result_.before,
                      [](const Alert& a, const Alert& b) { return comes_before(b, a); });
    if (result_.before.size() > most_before) result_.before.resize(most_before);
    return std::move(result_);
  }

 private:
  Alert alert(const char* rule, Severity severity, UtcTime time, std::string text,
              std::string advice) const {
    return {.job = shown_.job.text(),
            .host = shown_.host,
            .rule = rule,
            .severity = severity,
            .at = time,
            .until = std::nullopt,
            .text = std::move(text),
            .advice = std::move(advice),
            .muted_by = {}};
  }
  void fires(Alert alert) { result_.now.push_back(std::move(alert)); }
  void was(Alert alert, UtcTime until) {
    alert.until = std::max(until, alert.at);
    result_.before.push_back(std::move(alert));
  }

  // Of the job as it is shown, or of a run that others followed.
  void ended_badly(const Run* past_run) {
    const Run* run = past_run != nullptr ? past_run : runs_.empty() ? nullptr : runs_.data();
    const std::string& status = past_run != nullptr ? past_run->status : shown_.status;
    if (status != "failed" && status != "timeout") return;
    const UtcTime since = run != nullptr && run->status == status ? run->since() : shown_.time;
    const bool lost = run != nullptr && run->status == status && run->lost;
    const std::string message = run != nullptr ? run->message : std::string();
    Alert found = lost ? alert("lost", Severity::High, since, "its end is not known",
                               "look at the log and the node, then start the job again")
                  : status == "timeout"
                      ? alert("timeout", Severity::High, since, "was ended at its time limit",
                              "ask for more time, or find out what made it slow")
                      : alert("failed", Severity::High, since, "failed",
                              "look at the log, mend the cause, then start the job again");
    if (!message.empty()) found.text += ": " + message;
    if (past_run == nullptr) return fires(std::move(found));
    was(std::move(found), (past_run - 1)->start);
  }

  void expected() {
    const auto start = expected_start(runs_.front(), expectations_);
    if (!start) return;
    fires(alert("late", Severity::Low, *start, "was to start at " + at(*start), "wait a moment"));
    fires(overdue(*start));
  }
  Alert overdue(UtcTime start) const {
    return alert(
        "overdue", Severity::High, start + expectations_.grace,
        "was to start at " + at(start) + " and has not within " + text_of(expectations_.grace),
        "see whether its crontab, scheduler and host are well");
  }

  void while_running() {
    const Run& run = runs_.front();
    if (shown_.status != "running") return;
    if (run.status == "running") fires(long_running(run, runs_.subspan(1)));
    fires(silent(shown_.time));
    if (is_above(shown_.cpu_usage, expectations_.cpu_percent)) {
      fires(above("cpu", "CPU", *shown_.cpu_usage, *expectations_.cpu_percent, "%", shown_.time));
    }
    if (is_above(shown_.memory_usage, expectations_.memory_mb)) {
      fires(above("memory", "memory", *shown_.memory_usage, *expectations_.memory_mb, " MB",
                  shown_.time));
    }
  }
  static bool is_above(const std::optional<double>& value, const std::optional<double>& most) {
    return value && most && *value > *most;
  }
  Alert long_running(const Run& run, std::span<const Run> before) const {
    const seconds limit = long_running_limit(before, expectations_);
    return alert("long-running", Severity::Medium, run.start + limit,
                 "has been running for more than " + text_of(limit),
                 "see whether it still makes progress; end it when it hangs");
  }
  Alert silent(UtcTime heard) const {
    return alert("silent", Severity::Medium, heard + expectations_.silent_after,
                 "says it runs, and has said nothing since " + at(heard),
                 "see whether its process still lives, and whether its host still syncs");
  }
  Alert above(const char* rule, const char* what, double value, double most, const char* unit,
              UtcTime time) const {
    return alert(rule, Severity::Medium, time,
                 std::string(what) + " at " + to_line(number(value)) + unit + ", above " +
                     to_line(number(most)) + unit,
                 "see what the job does; ask for more, or raise the threshold");
  }

  // What fired for a run and is over.
  void past(std::size_t i) {
    const Run& run = runs_[i];
    const bool is_last = i == 0;
    if (!is_last) ended_badly(&run);
    const UtcTime end = run.end.value_or(run.heard);
    const bool runs_on = is_last && shown_.status == "running";
    if (!runs_on && run.end) {
      Alert found = long_running(run, runs_.subspan(i + 1));
      if (found.at < end) was(std::move(found), end);
    }
    if (run.silence && run.silence->to - run.silence->from > expectations_.silent_after) {
      was(silent(run.silence->from), run.silence->to);
    }
    if (!runs_on) {
      past_peak(run.cpu, expectations_.cpu_percent, "cpu", "CPU", "%", end);
      past_peak(run.memory, expectations_.memory_mb, "memory", "memory", " MB", end);
    }
    if (i + 1 == runs_.size()) return;
    const auto start = expected_start(runs_[i + 1], expectations_);
    if (start && run.start > *start + expectations_.grace) was(overdue(*start), run.start);
  }
  void past_peak(const std::optional<Run::Peak>& peak, const std::optional<double>& most,
                 const char* rule, const char* what, const char* unit, UtcTime end) {
    if (!peak || !most || peak->value <= *most) return;
    was(above(rule, what, peak->value, *most, unit, peak->time), end);
  }

  const Event& shown_;
  std::span<const Run> runs_;
  const Expectations& expectations_;
  JobAlerts result_;
};

}  // namespace

Expectations expectations_of(const Settings& settings, const JobName& job, const TimeZone& zone) {
  Expectations expectations{.schedule = std::nullopt,
                            .zone = zone,
                            .long_running = std::nullopt,
                            .usual_long_running = settings.long_running,
                            .silent_after = settings.silent_after,
                            .cpu_percent = settings.cpu_percent,
                            .memory_mb = settings.memory_mb};
  const auto of_job = settings.jobs.find(job);
  if (of_job == settings.jobs.end()) return expectations;
  expectations.schedule = of_job->second.schedule;
  expectations.grace = of_job->second.grace;
  expectations.long_running = of_job->second.long_running;
  return expectations;
}

seconds long_running_limit(std::span<const Run> before, const Expectations& expectations) {
  if (expectations.long_running) return *expectations.long_running;
  const auto usual = usual_duration(before);
  if (!usual || usual->runs < runs_to_know_a_job) return expectations.usual_long_running;
  constexpr std::int64_t longest = 100LL * 366 * 86400;
  return std::max(seconds{std::min(std::max(usual->median * 3, usual->p95), longest)},
                  shortest_limit);
}

std::optional<UtcTime> expected_start(const Run& last, const Expectations& expectations) {
  if (expectations.schedule) {
    return expectations.schedule->next(last.start + clock_skew, expectations.zone);
  }
  const auto said = parse_time(last.next_scheduled_run);
  return said && *said > last.start + clock_skew ? said : std::nullopt;
}

JobAlerts job_alerts(const Event& shown, std::span<const Run> runs,
                     const Expectations& expectations) {
  return Rules(shown, runs, expectations).alerts();
}

}  // namespace signalbox
