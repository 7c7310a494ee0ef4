#include "intake/compose.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr UtcTime now{seconds{1'800'000'000}};

Event said(const std::string& status) {
  return {.job = JobName::parse("job").value(), .status = status};
}

Event composed(Event event, const std::optional<Event>& current, UtcTime at = now) {
  return compose(std::move(event), current, {.now = at, .host = "node1", .random = 5});
}

TEST(Compose, a_run_begins_its_duration_ago) {
  Event event = said("running");
  event.duration = 60;
  EXPECT_EQ(composed(event, {}).start_time, format_seconds(now - seconds{60}));
}

TEST(Compose, a_run_goes_on_with_what_it_said_before) {
  Event first = said("running");
  first.progress = 40;
  first.message = "downloading";
  first.metrics["rows"] = 5;
  const Event before = composed(first, {});
  const Event after = composed(said("running"), before, now + seconds{30});
  EXPECT_EQ(after.run_id, before.id.text());
  EXPECT_EQ(after.start_time, before.start_time);
  EXPECT_EQ(after.progress, 40);
  EXPECT_EQ(after.message, "downloading");
  EXPECT_EQ(after.duration, 30);
  EXPECT_EQ(after.metrics, before.metrics);
}

TEST(Compose, the_next_run_keeps_only_what_belongs_to_the_job) {
  Event first = said("completed");
  first.next_scheduled_run = "tomorrow";
  first.config["grid"] = "fine";
  first.extra["owner"] = "me";
  first.metrics["rows"] = 5;
  const Event before = composed(first, {});
  const Event after = composed(said("running"), before);
  EXPECT_EQ(after.run_id, after.id.text());
  EXPECT_EQ(after.next_scheduled_run, "tomorrow");
  EXPECT_EQ(after.config, before.config);
  EXPECT_EQ(after.extra, before.extra);
  EXPECT_TRUE(after.metrics.empty());
  EXPECT_FALSE(after.progress);
  EXPECT_FALSE(after.end_time);
}

TEST(Compose, an_allocation_names_its_runs) {
  const auto in = [](const std::string& run, Event event, const std::optional<Event>& current) {
    return compose(std::move(event), current,
                   {.now = now,
                    .host = "node1",
                    .random = 5,
                    .allocation = {{"job_id", run}},
                    .allocation_run = run});
  };
  const Event outside = composed(said("running"), {});
  const Event first = in("slurm-1", said("running"), outside);
  EXPECT_EQ(first.run_id, "slurm-1");
  EXPECT_EQ(first.extra.at("slurm").at("job_id"), "slurm-1");
  const Event end = in("slurm-1", said("completed"), first);
  EXPECT_EQ(end.run_id, "slurm-1");
  const Event second = in("slurm-1", said("running"), end);
  EXPECT_EQ(second.run_id, "slurm-1#2");
  EXPECT_EQ(in("slurm-1", said("completed"), second).run_id, "slurm-1#2");
  EXPECT_EQ(in("slurm-1", said("running"), in("slurm-1", said("failed"), second)).run_id,
            "slurm-1#3");
  const Event requeued = in("slurm-1-r1", said("running"), second);
  EXPECT_EQ(requeued.run_id, "slurm-1-r1");
  EXPECT_FALSE(composed(said("running"), end).extra.contains("slurm"));
}

TEST(Compose, a_run_that_the_caller_named_goes_on_in_its_allocation) {
  Event first = said("running");
  first.run_id = "mine";
  const Reporter here{.now = now,
                      .host = "node1",
                      .random = 5,
                      .allocation = {{"job_id", 1}},
                      .allocation_run = "slurm-1"};
  const Event before = compose(first, {}, here);
  EXPECT_EQ(before.run_id, "mine");
  EXPECT_EQ(compose(said("running"), before, here).run_id, "mine");
}

TEST(Compose, an_end_has_its_time_and_completes) {
  Event first = said("running");
  first.progress = 40;
  const Event end = composed(said("completed"), composed(first, {}));
  EXPECT_EQ(end.progress, 100);
  EXPECT_EQ(end.end_time, format_seconds(now));
  EXPECT_EQ(composed(said("failed"), composed(first, {})).progress, 40);
}

TEST(Compose, a_clock_that_was_set_back_does_not_turn_the_order_around) {
  const Event before = composed(said("running"), {});
  const Event after = composed(said("completed"), before, now - seconds{3600});
  EXPECT_LT(before.id, after.id);
  EXPECT_EQ(after.time, now - seconds{3600});
}

TEST(Compose, another_programs_file_without_a_run_began_one) {
  Event file = composed(said("running"), {});
  file.run_id.clear();
  file.progress = 20;
  const Event after = composed(said("running"), file);
  EXPECT_EQ(after.run_id, file.id.text());
  EXPECT_EQ(after.progress, 20);
}

}  // namespace
}  // namespace signalbox
