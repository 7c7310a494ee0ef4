#include "alerts/job_alerts.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const UtcTime dawn = *parse_time("2025-08-17T06:00:00Z");

signalbox::Run run(UtcTime start, const std::string& status, seconds duration = seconds{600}) {
  signalbox::Run run{.id = format_seconds(start), .status = status, .start = start};
  run.heard = start + duration;
  run.changes = {{start, "running"}};
  if (is_terminal(status)) {
    run.end = start + duration;
    run.duration = duration.count();
    run.changes.push_back({*run.end, status});
  }
  return run;
}

Event view_of(const signalbox::Run& run) {
  return {.job = *JobName::parse("weather"), .status = run.status, .time = run.heard, .host = "n1"};
}

JobAlerts alerts(const std::vector<signalbox::Run>& runs, const Expectations& expectations = {}) {
  return job_alerts(view_of(runs.front()), runs, expectations);
}

std::string text_of(const std::vector<Alert>& alerts) {
  std::string text;
  for (const Alert& alert : alerts) {
    text += (text.empty() ? "" : ", ") + alert.rule + " " + format_minutes(alert.at).substr(5);
    if (alert.until) text += " to " + format_minutes(*alert.until).substr(5);
  }
  return text;
}

TEST(JobAlerts, a_job_that_is_well_has_none) {
  const auto found = alerts({run(dawn, "completed")});
  EXPECT_EQ(text_of(found.now), "");
  EXPECT_EQ(text_of(found.before), "");
}

TEST(JobAlerts, a_bad_end_fires_from_the_end_on) {
  const auto failed = alerts({run(dawn, "failed")}).now;
  EXPECT_EQ(text_of(failed), "failed 08-17 06:10Z");
  EXPECT_EQ(failed[0].severity, Severity::High);
  EXPECT_EQ(text_of(alerts({run(dawn, "timeout")}).now), "timeout 08-17 06:10Z");
  auto lost = run(dawn, "failed");
  lost.lost = true;
  EXPECT_EQ(text_of(alerts({lost}).now), "lost 08-17 06:10Z");
  EXPECT_EQ(text_of(alerts({run(dawn, "cancelled")}).now), "");
}

TEST(JobAlerts, a_bad_end_is_over_when_the_next_run_starts) {
  const auto found = alerts({run(dawn + hours{1}, "completed"), run(dawn, "failed")});
  EXPECT_EQ(text_of(found.now), "");
  EXPECT_EQ(text_of(found.before), "failed 08-17 06:10Z to 08-17 07:00Z");
}

TEST(JobAlerts, a_job_is_late_and_then_overdue_by_its_schedule) {
  Expectations daily{.schedule = *CronExpression::parse("0 6 * * *"), .grace = minutes{20}};
  EXPECT_EQ(text_of(alerts({run(dawn, "completed")}, daily).now),
            "late 08-18 06:00Z, overdue 08-18 06:20Z");
  const auto late = alerts({run(dawn + hours{25}, "completed"), run(dawn, "completed")}, daily);
  EXPECT_EQ(text_of(late.before), "overdue 08-18 06:20Z to 08-18 07:00Z");
}

TEST(JobAlerts, a_job_that_started_a_moment_early_has_started) {
  const Expectations daily{.schedule = *CronExpression::parse("0 6 * * *")};
  EXPECT_EQ(text_of(alerts({run(dawn - seconds{2}, "completed")}, daily).now),
            "late 08-18 06:00Z, overdue 08-18 06:30Z");
}

TEST(JobAlerts, a_job_may_say_itself_when_it_starts_next) {
  auto last = run(dawn, "completed");
  last.next_scheduled_run = "2025-08-17T12:00:00Z";
  EXPECT_EQ(text_of(alerts({last}).now), "late 08-17 12:00Z, overdue 08-17 12:30Z");
  last.next_scheduled_run = "2025-08-16T12:00:00Z";  // it has started since
  EXPECT_EQ(text_of(alerts({last}).now), "");
  last.next_scheduled_run = "tomorrow";
  EXPECT_EQ(text_of(alerts({last}).now), "");
}

TEST(JobAlerts, a_running_job_becomes_long_running_and_silent) {
  EXPECT_EQ(text_of(alerts({run(dawn, "running")}).now),
            "long-running 08-17 08:00Z, silent 08-18 06:10Z");
}

TEST(JobAlerts, the_limit_comes_from_five_completed_runs) {
  std::vector<signalbox::Run> runs{run(dawn, "running")};
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(long_running_limit(std::span(runs).subspan(1), {}), hours{2});
    runs.push_back(run(dawn - hours{i}, "completed", minutes{20}));
  }
  EXPECT_EQ(long_running_limit(std::span(runs).subspan(1), {}), hours{1});
  EXPECT_EQ(long_running_limit(std::span(runs).subspan(1), {.long_running = minutes{5}}),
            minutes{5});
  for (auto& each : runs) each.duration = 10;
  EXPECT_EQ(long_running_limit(std::span(runs).subspan(1), {}), minutes{10});  // the floor
}

TEST(JobAlerts, past_runs_were_long_running_silent_and_over_thresholds) {
  auto past = run(dawn, "completed", hours{30});
  past.silence = signalbox::Run::Silence{dawn, dawn + hours{25}};
  past.cpu = signalbox::Run::Peak{99, dawn + hours{1}};
  const auto found = alerts({past}, {.cpu_percent = 90});
  EXPECT_EQ(text_of(found.now), "");
  EXPECT_EQ(text_of(found.before),
            "silent 08-18 06:00Z to 08-18 07:00Z, long-running 08-17 08:00Z to 08-18 12:00Z, "
            "cpu 08-17 07:00Z to 08-18 12:00Z");
}

TEST(JobAlerts, a_threshold_is_about_the_last_report) {
  const auto running = run(dawn, "running");
  Event shown = view_of(running);
  shown.memory_usage = 2000;
  const std::vector<signalbox::Run> runs{running};
  const auto found = job_alerts(shown, runs, {.memory_mb = 1000});
  EXPECT_EQ(text_of(found.now).substr(0, 19), "memory 08-17 06:10Z");
  EXPECT_EQ(found.now[0].text, "memory at 2000 MB, above 1000 MB");
  shown.memory_usage = 1000;
  EXPECT_EQ(job_alerts(shown, runs, {.memory_mb = 1000}).now.size(), 2);
}

}  // namespace
}  // namespace signalbox
