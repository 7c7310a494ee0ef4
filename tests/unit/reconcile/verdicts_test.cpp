#include "reconcile/verdicts.h"

#include <gtest/gtest.h>

#include "board/fold.h"

namespace signalbox {
namespace {

const UtcTime told = *parse_time("2025-08-17T06:00:00Z");
const Judge judge{.now = *parse_time("2025-08-17T08:00:00Z"), .host = "login1", .random = 5};

Event report(const std::string& status, UtcTime time, std::uint64_t random) {
  Event event{.id = EventId({.time = time, .host = host_digest("n1"), .random = random}),
              .job = *JobName::parse("train"),
              .run_id = "slurm-alps-12",
              .status = status,
              .time = time,
              .host = "n1",
              .start_time = "2025-08-17T05:00:00Z"};
  event.extra["slurm"] = {{"job_id", 12U}, {"cluster", "alps"}, {"node", "n1"}};
  return event;
}

Candidate candidate(const std::string& status = "running") {
  return *candidate_of(report(status, told, 1));
}

SlurmJob job(const std::string& state) {
  return {.id = 12,
          .state = state,
          .reason = "why",
          .nodes = "n1",
          .cluster = "alps",
          .end = *parse_time("2025-08-17T07:00:00Z"),
          .exit_code = {},
          .signal = {}};
}

TEST(Verdict, ends_the_run_when_slurm_says_so) {
  const auto verdicts = verdict_of(candidate(), job("OUT_OF_MEMORY"), judge);
  ASSERT_EQ(verdicts.size(), 1);
  const Event& event = verdicts.front();
  EXPECT_EQ(event.status, "failed");
  EXPECT_EQ(event.run_id, "slurm-alps-12");
  EXPECT_EQ(event.host, "n1");
  EXPECT_EQ(event.extra.at("judged_by"), "login1");
  EXPECT_EQ(event.end_time, "2025-08-17T07:00:00Z");
  EXPECT_EQ(event.duration, 7200);
  EXPECT_EQ(event.message, "SLURM: job 12 is OUT_OF_MEMORY (why) on n1");
}

TEST(Verdict, never_hides_what_the_job_says_after_what_was_judged) {
  const Event judged = report("running", told, 1);
  const auto verdicts = verdict_of(*candidate_of(judged), job("FAILED"), judge);
  // Reported on the node a millisecond later, published days after the verdict.
  const Event own = report("completed", told + std::chrono::milliseconds{1}, 2);
  const std::vector<Event> all{judged, verdicts.front(), own};
  EXPECT_EQ(fold(all)->status, "completed");
  const std::vector<Event> without{judged, verdicts.front()};
  EXPECT_EQ(fold(without)->status, "failed");
}

TEST(Verdict, gives_way_to_a_job_that_goes_on) {
  const Event judged = report("running", told, 1);
  const auto verdicts = verdict_of(*candidate_of(judged), job("FAILED"), judge);
  const Event own = report("running", told + std::chrono::milliseconds{1}, 2);
  const std::vector<Event> all{verdicts.front(), own, judged};
  EXPECT_EQ(fold(all)->id, own.id);
}

TEST(Verdict, is_hidden_by_the_jobs_own_end_however_late_it_came) {
  const Event end = report("completed", told, 1);
  const Event late = report("running", told + std::chrono::milliseconds{1}, 2);
  const auto verdicts = verdict_of(*candidate_of(late), job("FAILED"), judge);
  const std::vector<Event> all{late, verdicts.front(), end};
  EXPECT_EQ(fold(all)->id, end.id);
}

TEST(Verdict, of_a_wrapped_command_that_told_no_end_in_an_allocation_that_went_on) {
  Event shown = report("running", told, 1);
  shown.progress = 40;
  EXPECT_EQ(verdict_of(*candidate_of(shown), job("COMPLETED"), judge).front().status, "completed");
  shown.extra["process"] = {{"pid", 7U}};
  const Event verdict = verdict_of(*candidate_of(shown), job("COMPLETED"), judge).front();
  EXPECT_EQ(verdict.status, "failed");
  EXPECT_EQ(verdict.progress, 40);
  EXPECT_TRUE(verdict.message->ends_with("the command ended without a word"));
}

TEST(Verdict, of_two_hosts_is_one_state) {
  Judge other = judge;
  other.host = "login2";
  other.random = 9;
  const auto one = verdict_of(candidate(), job("TIMEOUT"), judge).front();
  const auto two = verdict_of(candidate(), job("TIMEOUT"), other).front();
  EXPECT_NE(one.id, two.id);
  const std::vector<Event> all{one, two};
  EXPECT_EQ(fold(all)->status, "timeout");
}

TEST(Verdict, waits_for_the_jobs_own_word) {
  SlurmJob ended = job("COMPLETED");
  ended.end = judge.now - std::chrono::seconds{5};
  EXPECT_TRUE(verdict_of(candidate(), ended, judge).empty());
}

TEST(Verdict, says_nothing_new_of_what_is_as_told) {
  EXPECT_TRUE(verdict_of(candidate(), job("RUNNING"), judge).empty());
  EXPECT_TRUE(verdict_of(candidate("pending"), job("PENDING"), judge).empty());
  EXPECT_TRUE(verdict_of(candidate(), job("UNHEARD_OF"), judge).empty());
  EXPECT_FALSE(candidate_of(report("completed", told, 1)));
}

TEST(Verdict, of_a_job_that_waits_again) {
  const auto verdicts = verdict_of(candidate(), job("PENDING"), judge);
  ASSERT_EQ(verdicts.size(), 2);
  EXPECT_EQ(verdicts[0].status, "cancelled");
  EXPECT_EQ(verdicts[0].run_id, "slurm-alps-12");
  EXPECT_EQ(verdicts[1].status, "pending");
  EXPECT_EQ(verdicts[1].run_id, "slurm-alps-12-r1");
  EXPECT_LT(verdicts[0].id, verdicts[1].id);
  EXPECT_FALSE(verdicts[1].start_time);
  EXPECT_EQ(verdicts[1].extra.at("slurm").at("restart_count"), 1);
}

TEST(Verdict, of_a_job_that_only_its_submitter_called_running) {
  Event told_elsewhere = report("running", told, 1);
  told_elsewhere.extra["slurm"].erase("node");
  EXPECT_TRUE(verdict_of(*candidate_of(told_elsewhere), job("PENDING"), judge).empty());
}

TEST(Verdict, of_a_pending_job_that_runs) {
  const auto verdicts = verdict_of(candidate("pending"), job("RUNNING"), judge);
  ASSERT_EQ(verdicts.size(), 1);
  EXPECT_EQ(verdicts[0].status, "running");
  EXPECT_FALSE(verdicts[0].end_time);
}

TEST(Verdict, of_jobs_that_nobody_knows_any_more) {
  const Event lost = lost_verdict(candidate(), "RUNNING", judge);
  EXPECT_EQ(lost.status, "failed");
  EXPECT_NE(lost.message->find("last seen RUNNING"), std::string::npos);
  EXPECT_EQ(lost.end_time, "2025-08-17T06:00:00Z");
  const Event vanished = vanished_verdict(candidate(), judge);
  EXPECT_EQ(vanished.status, "failed");
  EXPECT_TRUE(vanished.message->starts_with("vanished"));
}

}  // namespace
}  // namespace signalbox
