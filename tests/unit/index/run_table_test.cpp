#include "index/run_table.h"

#include <gtest/gtest.h>

#include "index/summary_table.h"
#include "os/file_system.h"

namespace signalbox {
namespace {

const JobName job = *JobName::parse("weather");

HistoryIndex index_in_memory() {
  return HistoryIndex::open(os::real_file_system(), "/nonexistent/so/in/memory").value();
}

UtcTime at(int minute) {
  return *parse_time("2025-08-17T06:00:00Z") + std::chrono::minutes{minute};
}

Event event(int minute, const std::string& run = {}) {
  return {.id = EventId({.time = at(minute)}),
          .job = job,
          .run_id = run,
          .status = "running",
          .time = at(minute)};
}

HistoryIndex::Segment segment(const std::string& blob, std::vector<Event> events) {
  return {.file = {.path = "data/history/" + blob, .blob = blob}, .events = std::move(events)};
}

RunTable::Row row(const Event& first, int start_minute, const std::string& status = "completed") {
  const std::string run = first.run_id.empty() ? first.id.text() : first.run_id;
  return {.run = run,
          .first = first.id,
          .nameless = first.run_id.empty(),
          .start = at(start_minute),
          .status = status,
          .seconds = 60,
          .since = at(start_minute + 1),
          .shown = "shown " + run,
          .record = "record " + run};
}

TEST(RunTable, notes_the_runs_whose_events_came_or_went) {
  HistoryIndex index = index_in_memory();
  const RunTable runs(index);
  const auto one = segment("one", {event(1, "a"), event(2, "a"), event(3)});
  ASSERT_TRUE(index.add(std::vector{one}, "t"));
  auto stale = *runs.stale();
  ASSERT_EQ(stale.size(), 2);
  EXPECT_EQ(stale[0].run, "");
  EXPECT_EQ(stale[1].run, "a");
  EXPECT_EQ(stale[1].first, event(1).id);
  for (const auto& each : stale) ASSERT_TRUE(runs.settle(each));
  // The same events in another file are no news; one that goes is.
  ASSERT_TRUE(index.add(std::vector{segment("two", one.events)}, "t"));
  EXPECT_TRUE(runs.stale()->empty());
  ASSERT_TRUE(index.remove(std::vector{segment("one", {event(2, "a")})}));
  ASSERT_EQ(runs.stale()->size(), 1);
  EXPECT_EQ(runs.stale()->front().first, event(2).id);
}

TEST(RunTable, says_where_to_begin) {
  HistoryIndex index = index_in_memory();
  const RunTable runs(index);
  ASSERT_TRUE(
      index.add(std::vector{segment("one", {event(1, "a"), event(5), event(6), event(9)})}, "t"));
  ASSERT_TRUE(runs.put(job, row(event(1, "a"), 1)));
  ASSERT_TRUE(runs.put(job, row(event(5), 5)));
  // A later event of a known run: from the run's first one on.
  const std::vector<RunTable::Stale> named{{job, "a", event(7).id}};
  EXPECT_EQ(runs.beginning_of(named)->first, event(1).id);
  EXPECT_FALSE(runs.beginning_of(named)->nameless);
  // One without a run_id: from the start of the run that the one before it is of.
  const std::vector<RunTable::Stale> nameless{{job, "", event(9).id}};
  EXPECT_EQ(runs.beginning_of(nameless)->first, event(5).id);
  EXPECT_EQ(runs.beginning_of(nameless)->nameless, event(5).id);
  // One that goes on from such an event.
  const std::vector<RunTable::Stale> follower{{job, event(6).id.text(), event(10).id}};
  EXPECT_EQ(runs.beginning_of(follower)->nameless, event(5).id);
}

TEST(RunTable, finds_runs_by_job_day_and_change) {
  HistoryIndex index = index_in_memory();
  const RunTable runs(index);
  ASSERT_TRUE(runs.put(job, row(event(1, "a"), 1)));
  ASSERT_TRUE(runs.put(job, row(event(2, "b"), 24 * 60, "failed")));
  EXPECT_EQ(*runs.last_records(job, 9), (std::vector<std::string>{"record b", "record a"}));
  EXPECT_EQ(*runs.last_shown(job, 1), std::vector<std::string>{"shown b"});
  EXPECT_EQ(*runs.count(job), 2);
  const Day day = std::chrono::floor<std::chrono::days>(at(0));
  ASSERT_EQ(runs.shown_of_day(day)->size(), 1);
  EXPECT_EQ(runs.last_changed(1)->front().json, "record b");
  const auto days = *runs.days(job, 9);
  ASSERT_EQ(days.size(), 2);
  EXPECT_EQ(days[0].status, "completed");
  EXPECT_EQ(days[0].seconds, 60);
  EXPECT_EQ(runs.days(job, 1)->size(), 1);
}

TEST(RunTable, knows_which_days_are_out_of_date) {
  HistoryIndex index = index_in_memory();
  const RunTable runs(index);
  ASSERT_TRUE(runs.put(job, row(event(1, "a"), 1)));
  const Day day = std::chrono::floor<std::chrono::days>(at(0));
  EXPECT_EQ(*runs.stale_days(), std::vector<Day>{day});
  ASSERT_TRUE(runs.put(RunTable::DayRow{.day = day, .runs = 1, .json = "[]", .changed = 3}));
  EXPECT_TRUE(runs.stale_days()->empty());
  // A run that starts on another day now.
  ASSERT_TRUE(runs.put(job, row(event(1, "a"), 24 * 60)));
  EXPECT_EQ(runs.stale_days()->size(), 2);
}

TEST(RunTable, chooses_samples_evenly_with_the_first_and_the_last) {
  HistoryIndex index = index_in_memory();
  const RunTable runs(index);
  std::vector<Event> events;
  for (int i = 0; i < 100; ++i) events.push_back(event(i, i % 2 == 0 ? "a" : "b"));
  ASSERT_TRUE(index.add(std::vector{segment("one", events)}, "t"));
  ASSERT_TRUE(runs.put(job, row(events.front(), 0)));
  EXPECT_EQ(runs.sample(job, "a", 1000)->size(), 50);
  const auto some = *runs.sample(job, "a", 10);
  EXPECT_LE(some.size(), 11);
  EXPECT_GE(some.size(), 8);
  EXPECT_EQ(some.front(), events.front());
  EXPECT_EQ(some.back(), events[98]);
}

TEST(SummaryTable, undoes_what_is_provisional) {
  HistoryIndex index = index_in_memory();
  const SummaryTable summaries(index);
  ASSERT_TRUE(summaries.put({.job = "a", .attention = 1, .json = "one"}));
  ASSERT_TRUE(summaries.provisionally([&]() -> Status {
    EXPECT_TRUE(summaries.put({.job = "b", .attention = 9, .json = "two"}));
    EXPECT_TRUE(index.add(std::vector{segment("one", {event(1, "a")})}, "t"));
    EXPECT_EQ(*summaries.first(9), (std::vector<std::string>{"two", "one"}));
    return {};
  }));
  EXPECT_EQ(*summaries.first(9), std::vector<std::string>{"one"});
  EXPECT_TRUE(index.history(job, {})->empty());
  EXPECT_TRUE(RunTable(index).stale()->empty());
}

TEST(SummaryTable, orders_alerts_by_time) {
  HistoryIndex index = index_in_memory();
  const SummaryTable summaries(index);
  ASSERT_TRUE(summaries.put_alerts(
      "a", false, {{at(5), "n1", "late", "late"}, {at(1), "n1", "failed", "failed"}}));
  ASSERT_TRUE(summaries.put_alerts("b", false, {{at(3), "n1", "silent", "silent"}}));
  ASSERT_TRUE(summaries.put_alerts("b", true, {{at(2), "n1", "failed", "old"}}));
  const auto all = *summaries.alerts(false, 2);
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].json, "failed");
  EXPECT_EQ(all[1].json, "silent");
  EXPECT_EQ(*summaries.count_alerts(), 3);
  EXPECT_EQ(summaries.alerts(true, 9)->size(), 1);
  ASSERT_TRUE(summaries.put_alerts("a", false, {}));
  EXPECT_EQ(*summaries.count_alerts(), 1);
}

}  // namespace
}  // namespace signalbox
