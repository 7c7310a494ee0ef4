#include "repository/retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "board/fold.h"
#include "repository/segment.h"
#include "support/generators.h"
#include "support/property.h"

namespace signalbox {
namespace {

const UtcTime midnight = *parse_time("2025-08-17");

Event event_at(std::chrono::minutes minute, const std::string& status = "running",
               const std::string& run = "77", const std::string& job = "job") {
  return {.id = EventId({.time = midnight + minute, .random = std::hash<std::string>{}(job + run)}),
          .job = JobName::parse(job).value(),
          .run_id = run,
          .status = status,
          .time = midnight + minute};
}

std::string lines_of_events(const std::vector<Event>& events) {
  std::vector<std::string> lines;
  for (const Event& event : events) lines.push_back(format_event(event) + "\n");
  return merge_segments(lines);
}

std::vector<Event> events_of(std::string_view lines) {
  return content_of_file("data/history/2025/08/17/x.ndjson", lines).events;
}

std::set<EventId> ids_of(std::string_view lines) {
  std::set<EventId> ids;
  for_each_line(lines, [&](std::string_view id, std::string_view) {
    ids.insert(EventId::parse(id).value());
  });
  return ids;
}

// A day of few jobs and runs, with arbitrary things in the events.
std::vector<Event> arbitrary_day() {
  std::vector<Event> events;
  std::set<EventId> ids;
  const int count = *rc::gen::inRange(0, 30);
  for (int i = 0; i < count; ++i) {
    Event event = testing::arbitrary_event();
    EventId::Parts parts = event.id.parts();
    parts.time = midnight + std::chrono::minutes{*rc::gen::inRange(0, 200)};
    event.id = EventId(parts);
    if (ids.insert(event.id).second) events.push_back(std::move(event));
  }
  return events;
}

TEST(Thinning, keeps_first_and_last_of_an_hour_changes_of_status_and_ends) {
  using std::chrono::minutes;
  const std::vector<Event> events{event_at(minutes{0}),
                                  event_at(minutes{10}),
                                  event_at(minutes{20}, "waiting"),
                                  event_at(minutes{30}, "waiting"),
                                  event_at(minutes{31}, "waiting"),
                                  event_at(minutes{40}),
                                  event_at(minutes{50}),
                                  event_at(minutes{59}),
                                  event_at(minutes{60}),
                                  event_at(minutes{70}),
                                  event_at(minutes{80}),
                                  event_at(minutes{90}, "completed"),
                                  event_at(minutes{91}, "completed")};
  const std::vector<Event> kept{events[0], events[2],  events[5], events[7],
                                events[8], events[11], events[12]};
  EXPECT_EQ(events_of(thinned(lines_of_events(events))), kept);
}

TEST(Thinning, looks_at_each_job_and_run_by_itself) {
  using std::chrono::minutes;
  const std::vector<Event> events{
      event_at(minutes{0}, "running", "1", "a"), event_at(minutes{1}, "running", "2", "a"),
      event_at(minutes{2}, "running", "1", "b"), event_at(minutes{3}, "running", "1", "a"),
      event_at(minutes{4}, "running", "2", "a"), event_at(minutes{5}, "running", "1", "a")};
  const std::string thin = thinned(lines_of_events(events));
  EXPECT_EQ(events_of(thin).size(), 5U);
  EXPECT_NE(thin.find("{\"id\":\"" + events[3].id.text() + "\",\"job\":\"a\"}\n"),
            std::string::npos);
}

TEST(Thinning, leaves_lines_alone_that_are_no_events) {
  const std::string odd = "{\"id\":\"20250817T000000000-0000-00000000-000000000001\",\"news\":1}\n";
  EXPECT_EQ(thinned(odd), odd);
  // One that says its id twice is not told apart from its second one.
  const std::string twice =
      "{\"id\":\"20250817T000000000-0000-00000000-000000000002\",\"id\":"
      "\"20250817T000000000-0000-00000000-000000000003\",\"job\":\"a\","
      "\"status\":\"running\",\"time\":\"2025-08-17T00:00:00Z\"}\n";
  EXPECT_EQ(thinned(twice + odd), twice + odd);
}

PROPERTY(Thinning, thins_once_and_forgets_no_id) {
  const std::string lines = lines_of_events(arbitrary_day());
  const std::string thin = thinned(lines);
  RC_ASSERT(thinned(thin) == thin);
  RC_ASSERT(ids_of(thin) == ids_of(lines));
}

// Also with events that come later, whatever they are: late ends, late progress, another day's.
PROPERTY(Thinning, changes_no_view_now_or_later) {
  const std::vector<Event> events = arbitrary_day();
  std::vector<Event> late = arbitrary_day();
  std::erase_if(late, [&](const Event& one) {
    return std::ranges::any_of(events, [&](const Event& other) { return one.id == other.id; });
  });
  std::vector<Event> all = events;
  all.insert(all.end(), late.begin(), late.end());
  std::vector<Event> some = events_of(thinned(lines_of_events(events)));
  some.insert(some.end(), late.begin(), late.end());
  const auto expected = fold_by_job(all);
  const auto found = fold_by_job(some);
  RC_ASSERT(found.size() == expected.size());
  for (const auto& [job, view] : expected) RC_ASSERT(found.at(job).id == view.id);
}

PROPERTY(Compaction, any_order_grouping_and_repetition_gives_the_same_bytes) {
  const std::vector<Event> events = arbitrary_day();
  const std::string whole = lines_of_events(events);
  std::vector<std::string> groups(4);
  for (int i = 0; i < 2; ++i) {
    for (const Event& event : events) {
      if (i == 1 && *rc::gen::arbitrary<bool>()) continue;
      groups[static_cast<std::size_t>(*rc::gen::inRange(0, 4))] += format_event(event) + "\n";
    }
  }
  RC_ASSERT(merge_segments(groups) == whole);
  // What was thinned stays so, whichever full copies of it come on top.
  const std::string thin = thinned(whole);
  groups.push_back(thin);
  std::ranges::rotate(groups, groups.begin() + *rc::gen::inRange(0, 5));
  RC_ASSERT(merge_segments(groups) == thin);
}

TEST(Compaction, of_an_event_and_what_was_left_of_it_the_event_stays) {
  const std::string whole = lines_of_events({event_at(std::chrono::minutes{0})});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    EXPECT_EQ(merge_segments(std::vector{cut, whole}), whole) << length;
    EXPECT_EQ(merge_segments(std::vector{whole, cut}), whole) << length;
  }
}

TEST(Compaction, a_file_that_ends_anywhere_gives_the_whole_lines_before) {
  using std::chrono::minutes;
  const std::string whole =
      thinned(lines_of_events({event_at(minutes{0}), event_at(minutes{1}), event_at(minutes{2})}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string cut = whole.substr(0, length);
    const auto lines = static_cast<std::size_t>(std::ranges::count(cut, '\n'));
    const auto content = content_of_file("x.ndjson", cut);
    EXPECT_GE(content.events.size() + content.thinned.size(), lines);
    EXPECT_LE(content.events.size() + content.thinned.size(), lines + 1);
    EXPECT_EQ(thinned(merge_segments(std::vector{cut})), merge_segments(std::vector{cut}));
  }
}

TEST(PartsOfDay, a_usual_day_is_one_file) {
  const std::string lines =
      lines_of_events({event_at(std::chrono::minutes{0}), event_at(std::chrono::minutes{700})});
  EXPECT_EQ(parts_of_day(lines), std::vector{lines});
  EXPECT_TRUE(parts_of_day("").empty());
}

TEST(PartsOfDay, a_large_day_is_cut_so_that_a_late_event_changes_its_hour_only) {
  std::vector<Event> events;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    events.push_back(event_at(std::chrono::minutes{minute}));
    events.back().message = std::string(minute < 60 ? 60'000 : 1'000, 'x');
  }
  const auto parts = parts_of_day(lines_of_events(events));
  std::string whole;
  for (const std::string& part : parts) {
    EXPECT_LE(part.size(), day_part_limit);
    whole += part;
  }
  EXPECT_EQ(whole, lines_of_events(events));
  EXPECT_GT(parts.size(), 24U);
  events.push_back(event_at(std::chrono::minutes{5}, "running", "late"));
  const auto after = parts_of_day(lines_of_events(events));
  const auto same = static_cast<std::size_t>(std::ranges::count_if(
      after, [&](const auto& part) { return std::ranges::find(parts, part) != parts.end(); }));
  EXPECT_GE(same, 23U);
}

TEST(ThinnedLine, is_told_from_every_other_line) {
  const Event event = event_at(std::chrono::minutes{0});
  const std::string line = thinned_line(event.id, event.job);
  EXPECT_EQ(job_of_thinned_line(line), event.job);
  EXPECT_EQ(id_of_line(line), event.id.text());
  for (std::size_t length = 0; length < line.size(); ++length) {
    EXPECT_FALSE(job_of_thinned_line(line.substr(0, length))) << length;
  }
  EXPECT_FALSE(job_of_thinned_line(format_event(event)));
  EXPECT_FALSE(job_of_thinned_line(line + " "));
}

}  // namespace
}  // namespace signalbox
