// The rules over one job. Pure.
//
//   failed, timeout, lost   high    the job's status says so
//   late                    low     it was expected to start, by its schedule or next_scheduled_run
//   overdue                 high    and the grace is over
//   long-running            medium  it runs for longer than the limit, see long_running_limit()
//   silent                  medium  it says it runs, and has said nothing for so long
//   cpu, memory             medium  its last report, while it runs, is above the threshold
#pragma once

#include <span>
#include <vector>

#include "alerts/alert.h"
#include "board/runs.h"
#include "clone/settings.h"

namespace signalbox {

struct Expectations {
  std::optional<CronExpression> schedule;
  TimeZone zone;
  std::chrono::seconds grace{1800};
  std::optional<std::chrono::seconds> long_running;  // of this job
  std::chrono::seconds usual_long_running{7200};     // of a job whose runs are not known
  std::chrono::seconds silent_after{std::chrono::hours{24}};
  std::optional<double> cpu_percent, memory_mb;
};

// `zone`: the one that the job's settings name, when they do.
[[nodiscard]] Expectations expectations_of(const Settings& settings, const JobName& job,
                                           const TimeZone& zone);

// Runs of more are too long: the job's own setting, else max(3 × median, p95, 10 minutes) of its
// last completed runs once there are five, else the setting for all jobs.
[[nodiscard]] std::chrono::seconds long_running_limit(std::span<const Run> before,
                                                      const Expectations& expectations);

// When the job is to start next, as far as anybody says; nothing when it has started since.
[[nodiscard]] std::optional<UtcTime> expected_start(const Run& last,
                                                    const Expectations& expectations);

struct JobAlerts {
  std::vector<Alert> now;     // that fire, or will when nothing is heard of the job; earliest first
  std::vector<Alert> before;  // that are over, newest first; at most 50
};

// `shown`: the job's view. `runs`: its last ones, newest first.
[[nodiscard]] JobAlerts job_alerts(const Event& shown, std::span<const Run> runs,
                                   const Expectations& expectations);

}  // namespace signalbox
