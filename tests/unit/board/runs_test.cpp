#include "board/runs.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace signalbox {
namespace {

UtcTime at(int minute) {
  return *parse_time("2025-08-17T06:00:00Z") + std::chrono::minutes{minute};
}

Event event(int minute, const std::string& status, const std::string& run = {}) {
  return {.id = EventId({.time = at(minute), .random = static_cast<std::uint64_t>(minute)}),
          .job = *JobName::parse("weather"),
          .run_id = run,
          .status = status,
          .time = at(minute)};
}

TEST(Runs, are_the_events_of_one_id) {
  std::vector<Event> events{event(0, "running", "a"), event(5, "completed", "a"),
                            event(10, "running", "b")};
  events[0].cpu_usage = 80;
  events[1].start_time = "2025-08-17T06:00:00Z";
  events[1].cpu_usage = 20;
  events[1].message = "all done\nreally";
  events[1].extra["exit_code"] = 0;
  const auto runs = runs_of(events);
  ASSERT_EQ(runs.size(), 2);
  EXPECT_EQ(runs[0].id, "b");
  EXPECT_EQ(runs[0].status, "running");
  EXPECT_FALSE(runs[0].end);
  EXPECT_EQ(runs[1].status, "completed");
  EXPECT_EQ(runs[1].start, at(0));
  EXPECT_EQ(runs[1].end, at(5));
  EXPECT_EQ(runs[1].duration, 300);
  EXPECT_EQ(runs[1].message, "all done");
  EXPECT_EQ(runs[1].exit_code, 0);
  EXPECT_EQ(runs[1].reports, 2);
  EXPECT_EQ(runs[1].cpu, (signalbox::Run::Peak{80, at(0)}));
  EXPECT_EQ(runs[1].since(), at(5));
}

TEST(Runs, do_not_depend_on_order_or_repetition) {
  std::vector<Event> events{event(0, "pending", "a"), event(1, "running", "a"),
                            event(2, "running"),      event(3, "completed"),
                            event(4, "running"),      event(9, "failed", "a")};
  const auto runs = runs_of(events);
  std::ranges::sort(events, std::less{}, [](const Event& each) { return each.status; });
  do {
    std::vector<Event> twice = events;
    twice.insert(twice.end(), events.begin(), events.end());
    EXPECT_EQ(runs_of(twice), runs);
  } while (std::ranges::next_permutation(events, std::less{}, [](const Event& each) {
             return each.id;
           }).found);
}

TEST(Runs, the_end_of_a_named_run_beats_what_comes_late) {
  const auto runs = runs_of(std::vector<Event>{event(0, "running", "a"), event(5, "failed", "a"),
                                               event(6, "running", "a")});
  ASSERT_EQ(runs.size(), 1);
  EXPECT_EQ(runs[0].status, "failed");
  EXPECT_EQ(runs[0].since(), at(5));
  EXPECT_EQ(runs[0].reports, 3);
}

TEST(Runs, of_other_programs_begin_after_an_end) {
  const std::vector<Event> events{event(0, "running"), event(5, "completed"), event(10, "running"),
                                  event(15, "failed"), event(20, "completed")};
  const auto runs = runs_of(events);
  ASSERT_EQ(runs.size(), 3);
  EXPECT_EQ(runs[0].status, "completed");
  EXPECT_EQ(runs[1].status, "failed");
  EXPECT_EQ(runs[1].id, events[2].id.text());
  EXPECT_EQ(runs[1].reports, 2);
}

TEST(Runs, of_other_programs_begin_with_another_start) {
  std::vector<Event> events{event(0, "running"), event(5, "running"), event(9, "completed"),
                            event(10, "completed")};
  events[0].start_time = "2025-08-17T06:00:00Z";
  events[1].start_time = events[2].start_time = events[3].start_time = "2025-08-17T06:05:00Z";
  const auto runs = runs_of(events);
  ASSERT_EQ(runs.size(), 2);
  EXPECT_EQ(runs[0].reports, 3);  // an end that is written twice is one
}

TEST(Runs, of_the_predecessor_are_told_by_how_long_they_have_lasted) {
  std::vector<Event> events{event(0, "running"),    event(10, "running"), event(21, "failed"),
                            event(31, "completed"), event(60, "running"), event(70, "completed")};
  const std::vector<int> minutes{0, 10, 21, 31, 0, 10};
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].start_time = format_seconds(events[i].time);  // as its scripts have it
    events[i].duration = minutes[i] * 60 + (i == 2 ? 2 : 0);
  }
  const auto runs = runs_of(events);
  ASSERT_EQ(runs.size(), 2);
  EXPECT_EQ(runs[1].reports, 4);
  EXPECT_EQ(runs[1].status, "completed");
  EXPECT_EQ(runs[1].start, at(0));
  EXPECT_EQ(runs[1].end, at(31));
  EXPECT_EQ(runs[0].start, at(60));
}

TEST(Runs, an_end_is_that_of_what_ran_before) {
  std::vector<Event> events{event(0, "running"), event(10, "completed")};
  events[0].start_time = format_seconds(at(0));
  events[1].start_time = format_seconds(at(10));
  EXPECT_EQ(runs_of(events).size(), 1);
}

TEST(Runs, a_report_goes_on_from_another_programs_file) {
  const Event file = event(0, "running");
  const Event later = event(2, "running");
  const auto runs = runs_of(std::vector<Event>{file, later, event(5, "failed", later.id.text())});
  ASSERT_EQ(runs.size(), 1);
  EXPECT_EQ(runs[0].id, file.id.text());
  EXPECT_EQ(runs[0].status, "failed");
}

TEST(Runs, tell_the_longest_silence) {
  const auto runs =
      runs_of(std::vector<Event>{event(0, "pending", "a"), event(90, "running", "a"),
                                 event(100, "running", "a"), event(130, "completed", "a")});
  EXPECT_EQ(runs[0].silence, (signalbox::Run::Silence{at(100), at(130)}));
}

TEST(Runs, are_lost_when_nobody_knows_their_end) {
  Event lost = event(5, "failed", "a");
  lost.extra["lost"] = true;
  EXPECT_TRUE(runs_of(std::vector<Event>{event(0, "running", "a"), lost})[0].lost);
}

TEST(UsualDuration, is_of_the_last_twenty_completed_runs) {
  std::vector<signalbox::Run> runs(30, signalbox::Run{.status = "completed", .duration = 100});
  for (std::size_t i = 0; i < 20; ++i) runs[i].duration = static_cast<std::int64_t>(i + 1);
  const auto usual = usual_duration(runs);
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->median, 11);
  EXPECT_EQ(usual->p95, 19);
  EXPECT_EQ(usual->runs, 20);
  EXPECT_FALSE(usual_duration(std::span(runs).first(2)));
}

}  // namespace
}  // namespace signalbox
