#include "board/roll_up.h"

#include <gtest/gtest.h>

#include "board/estimate.h"

namespace signalbox {
namespace {

Event task(int number, const std::string& status, int count = 0) {
  Event event{.job = *JobName::parse("sweep"), .status = status};
  event.extra["slurm"] = {
      {"job_id", 100 + number}, {"array_job_id", 100}, {"array_task_id", number}};
  if (count > 0) event.extra["slurm"]["array_task_count"] = count;
  return event;
}

std::string status_of(const std::vector<Event>& tasks) {
  return roll_up(tasks).status();
}

TEST(RollUp, counts_tasks_per_state) {
  const std::vector<Event> tasks{task(1, "failed", 10), task(2, "running", 10),
                                 task(3, "running", 10)};
  const RollUp sum = roll_up(tasks);
  EXPECT_EQ(sum.array, 100);
  EXPECT_EQ(sum.total, 10);
  EXPECT_EQ(sum.unheard, 7);
  EXPECT_EQ(text_of(sum), "1 failed, 2 running, 7 not heard of, of 10");
}

TEST(RollUp, has_one_status) {
  EXPECT_EQ(status_of({task(1, "completed"), task(2, "running")}), "running");
  EXPECT_EQ(status_of({task(1, "completed", 2)}), "running");
  EXPECT_EQ(status_of({task(1, "pending"), task(2, "pending")}), "pending");
  EXPECT_EQ(status_of({task(1, "completed"), task(2, "cancelled"), task(3, "failed")}), "failed");
  EXPECT_EQ(status_of({task(1, "completed"), task(2, "cancelled")}), "cancelled");
  EXPECT_EQ(status_of({task(1, "completed"), task(2, "completed")}), "completed");
}

Event end(std::int64_t seconds, const std::string& status = "completed") {
  return {.job = *JobName::parse("sweep"), .status = status, .duration = seconds};
}

TEST(Estimate, of_past_runs_needs_three) {
  const std::vector<Event> two{end(10), end(20), end(9999, "failed")};
  EXPECT_FALSE(usual_duration(two));
  const std::vector<Event> three{end(10), end(30), end(9999, "failed"), end(20)};
  EXPECT_EQ(usual_duration(three), std::chrono::seconds{20});
}

TEST(Estimate, takes_the_best_that_is_known) {
  const UtcTime start = *parse_time("2025-08-17T06:00:00Z");
  const UtcTime now = start + std::chrono::minutes{10};
  Event running{.job = *JobName::parse("sweep"),
                .status = "running",
                .time = now,
                .start_time = "2025-08-17T06:00:00Z"};
  EXPECT_FALSE(estimated_end(running, {}, now));
  EXPECT_EQ(estimated_end(running, std::chrono::minutes{30}, now)->end,
            start + std::chrono::minutes{30});
  EXPECT_FALSE(estimated_end(running, std::chrono::minutes{5}, now));  // that is over
  running.progress = 25;
  EXPECT_EQ(estimated_end(running, std::chrono::minutes{30}, now)->end,
            start + std::chrono::minutes{40});
  running.extra["slurm"] = {{"time_limit", 1200U}};
  const auto limited = estimated_end(running, {}, now);
  EXPECT_EQ(limited->end, start + std::chrono::minutes{20});
  EXPECT_EQ(limited->from, Estimate::From::TimeLimit);
  running.status = "completed";
  EXPECT_FALSE(estimated_end(running, {}, now));
}

}  // namespace
}  // namespace signalbox
