#include "site/summary.h"

#include <gtest/gtest.h>

namespace signalbox::site {
namespace {

const UtcTime dawn = *parse_time("2025-08-17T06:00:00Z");

Event shown(const std::string& status) {
  return {.job = *JobName::parse("weather"), .status = status, .time = dawn};
}

signalbox::Run completed(std::int64_t seconds) {
  return {.id = "r", .status = "completed", .start = dawn, .duration = seconds};
}

TEST(Summary, leaves_out_what_nobody_said) {
  const Summary summary = summary_of(shown("running"), {}, std::nullopt);
  EXPECT_EQ(to_line(summary.json),
            R"({"name":"weather","status":"running","time":"2025-08-17T06:00:00.000Z",)"
            R"("since":"2025-08-17T06:00:00.000Z","recent":[],"attention":4})");
}

TEST(Summary, tells_what_is_known) {
  Event event = shown("running");
  event.start_time = "2025-08-17T05:00:00Z";
  event.progress = 50;
  event.message = "  one\ntwo";
  event.config["project"] = "climate";
  event.extra["slurm"] = {{"job_id", 7}, {"cluster", "alps"}, {"partition", "long"}};
  const Json json = summary_of(event, {}, std::nullopt).json;
  EXPECT_EQ(json.at("message"), "one");
  EXPECT_EQ(json.at("project"), "climate");
  EXPECT_EQ(json.at("slurm_job_id"), 7);
  EXPECT_EQ(json.at("cluster"), "alps");
  EXPECT_EQ(json.at("estimated_end"), "2025-08-17T07:00:00.000Z");
}

TEST(Summary, shows_recent_runs_oldest_first_and_what_is_usual) {
  std::vector<signalbox::Run> runs{completed(30), completed(20), completed(10)};
  runs.front().changes = {{dawn, "running"}, {dawn + std::chrono::hours{1}, "completed"}};
  runs[1].status = "failed";
  runs[1].duration.reset();
  const Json json = summary_of(shown("completed"), runs, std::nullopt).json;
  EXPECT_EQ(to_line(json.at("recent")), R"([["completed",10],["failed",null],["completed",30]])");
  EXPECT_EQ(json.at("since"), "2025-08-17T07:00:00.000Z");
  EXPECT_FALSE(json.contains("usual"));  // of two nothing is usual
  runs.push_back(completed(50));
  EXPECT_EQ(summary_of(shown("completed"), runs, std::nullopt).json.at("usual"),
            (Json{{"median", 30}, {"p95", 50}, {"runs", 3}}));
}

TEST(Summary, rounds_recent_durations_to_three_digits) {
  const std::vector<signalbox::Run> runs{completed(123456), completed(999), completed(1996)};
  EXPECT_EQ(to_line(summary_of(shown("completed"), runs, std::nullopt).json.at("recent")),
            R"([["completed",2000],["completed",999],["completed",123000]])");
}

TEST(Summary, of_an_array_tells_all_tasks) {
  Event task = shown("completed");
  task.extra["slurm"] = {{"array_job_id", 1}, {"array_task_id", 1}, {"array_task_count", 3}};
  const std::vector<Event> tasks{task};
  const Summary summary = summary_of(task, {}, roll_up(tasks));
  EXPECT_EQ(summary.status, "running");
  EXPECT_EQ(summary.json.at("tasks"),
            (Json{{"total", 3}, {"unheard", 2}, {"states", {{"completed", 1}}}}));
}

TEST(Summary, asks_for_attention_by_status) {
  const auto attention = [](const char* status) {
    return summary_of(shown(status), {}, std::nullopt).attention;
  };
  EXPECT_GT(attention("failed"), attention("timeout"));
  EXPECT_GT(attention("timeout"), attention("something_else"));
  EXPECT_GT(attention("something_else"), attention("running"));
  EXPECT_GT(attention("running"), attention("completed"));
}

}  // namespace
}  // namespace signalbox::site
