#include "index/history_index.h"

#include <gtest/gtest.h>

#include <set>

#include "board/fold.h"
#include "support/generators.h"
#include "support/property.h"
#include "support/support.h"

namespace signalbox {
namespace {

using testing::TemporaryDirectory;

HistoryIndex open_index(const std::string& path) {
  return HistoryIndex::open(os::real_file_system(), path).value();
}

HistoryIndex::Segment segment(const std::string& blob, std::vector<Event> events) {
  return {.file = {.path = "data/history/" + blob, .blob = blob}, .events = std::move(events)};
}

Event event_number(int number, const std::string& status = "running", const std::string& run = "") {
  return {.id = EventId({.time = UtcTime{std::chrono::seconds{1'700'000'000 + number}}}),
          .job = JobName::parse("job").value(),
          .run_id = run,
          .status = status,
          .time = UtcTime{std::chrono::seconds{1'700'000'000 + number}}};
}

TEST(HistoryIndex, answers_newest_first_within_limit_and_time) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "index.db");
  ASSERT_TRUE(index.add(
      std::vector{segment("one", {event_number(1), event_number(3), event_number(2)})}, "tree"));
  const JobName job = event_number(1).job;
  EXPECT_EQ(index.history(job, {}).value(),
            (std::vector{event_number(3), event_number(2), event_number(1)}));
  EXPECT_EQ(index.history(job, {.limit = 1}).value(), std::vector{event_number(3)});
  EXPECT_EQ(index.history(job, {.since = event_number(2).time}).value().size(), 2U);
  EXPECT_TRUE(index.history(JobName::parse("other").value(), {}).value().empty());
}

TEST(HistoryIndex, remembers_its_tree_and_its_files_when_it_is_opened_again) {
  const TemporaryDirectory place;
  {
    ASSERT_TRUE(open_index(place / "i").add(std::vector{segment("one", {event_number(1)})}, "t"));
  }
  HistoryIndex index = open_index(place / "i");
  EXPECT_EQ(index.tree(), "t");
  EXPECT_FALSE(index.is_in_memory());
  const std::vector<HistoryIndex::SegmentFile> files{{"a", "one"}, {"b", "two"}};
  ASSERT_EQ(index.unknown(files)->size(), 1U);
  EXPECT_EQ(index.unknown(files)->front().blob, "two");
}

TEST(HistoryIndex, an_event_in_two_segments_is_one) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  ASSERT_TRUE(index.add(std::vector{segment("one", {event_number(1)}),
                                    segment("compacted", {event_number(1), event_number(2)})},
                        "t"));
  EXPECT_EQ(index.history(event_number(1).job, {})->size(), 2U);
}

TEST(HistoryIndex, a_run_that_goes_on_is_not_hidden_by_the_end_of_another_one) {
  HistoryIndex index = open_index("/nonexistent/so/in/memory");
  ASSERT_TRUE(index.add(std::vector{segment("one", {event_number(8, "running", "a"),
                                                    event_number(9, "running", "b")})},
                        "t"));
  // What is new: the end of b, and a report of a that arrives late.
  const std::vector<Event> fresh{event_number(2, "completed", "b"),
                                 event_number(3, "running", "a")};
  std::vector<Event> some =
      *index.fold_base(event_number(1).job, {.all = {"a", "b"}, .ended = {"b"}});
  some.insert(some.end(), fresh.begin(), fresh.end());
  EXPECT_EQ(fold(some), event_number(8, "running", "a"));
}

PROPERTY(HistoryIndex, folding_its_base_gives_what_folding_everything_gives) {
  HistoryIndex index = open_index("/nonexistent/so/in/memory");
  std::vector<Event> old_ones;
  std::vector<Event> new_ones;
  std::set<EventId> ids;
  const int count = *rc::gen::inRange(1, 16);
  for (int i = 0; i < count; ++i) {
    const Event event = testing::arbitrary_event();
    if (!ids.insert(event.id).second) continue;
    (*rc::gen::arbitrary<bool>() ? old_ones : new_ones).push_back(event);
  }
  RC_ASSERT(index.add(std::vector{segment("one", old_ones)}, "t").has_value());
  std::vector<Event> all = old_ones;
  all.insert(all.end(), new_ones.begin(), new_ones.end());
  for (const auto& [job, view] : fold_by_job(all)) {
    std::vector<Event> some;
    HistoryIndex::NewRuns runs;
    for (const Event& event : new_ones) {
      if (event.job != job) continue;
      some.push_back(event);
      if (!is_named_run(event.run_id)) continue;
      runs.all.push_back(event.run_id);
      if (ends_its_run(event)) runs.ended.push_back(event.run_id);
    }
    const auto base = index.fold_base(job, runs);
    RC_ASSERT(base.has_value());
    some.insert(some.end(), base->begin(), base->end());
    const auto folded = fold(some);
    RC_ASSERT(folded.has_value());
    RC_ASSERT(folded->id == view.id);
  }
}

TEST(HistoryIndex, knows_the_content_of_adopted_documents_only) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  Event adopted = event_number(1);
  adopted.id = EventId({.time = adopted.time, .host = 0, .random = 0xABCDEF012345});
  Event reported = event_number(2);
  reported.id = EventId({.time = reported.time, .host = 7, .random = 0x111111111111});
  ASSERT_TRUE(index.add(std::vector{segment("one", {adopted, reported})}, "t"));
  EXPECT_TRUE(index.knows_content(adopted.job, 0xABCDEF012345).value());
  EXPECT_FALSE(index.knows_content(adopted.job, 0x111111111111).value());
}

TEST(HistoryIndex, one_that_is_cut_or_overwritten_is_made_again) {
  const TemporaryDirectory place;
  const std::string path = place / "i";
  {
    ASSERT_TRUE(open_index(path).add(std::vector{segment("one", {event_number(1)})}, "t"));
  }
  const std::string whole = testing::read_file(path);
  for (std::size_t length = 0; length < whole.size(); length += 509) {
    testing::write_file(path, whole.substr(0, length));
    // Whatever is left of it: no crash, and a broken one is gone after the error that told so.
    for (int attempt = 0; attempt < 2; ++attempt) {
      HistoryIndex index = open_index(path);
      if (index.add(std::vector{segment("two", {event_number(2)})}, "u")) break;
    }
    HistoryIndex index = open_index(path);
    EXPECT_TRUE(index.history(event_number(1).job, {})) << length;
  }
  testing::write_file(path, std::string(5000, 'x'));
  EXPECT_TRUE(open_index(path).history(event_number(1).job, {})->empty());
}

TEST(HistoryIndex, without_a_place_it_lives_in_memory) {
  HistoryIndex index = open_index("/proc/no/such/place");
  EXPECT_TRUE(index.is_in_memory());
  ASSERT_TRUE(index.add(std::vector{segment("one", {event_number(1)})}, "t"));
  EXPECT_EQ(index.history(event_number(1).job, {})->size(), 1U);
}

TEST(HistoryIndex, a_removed_file_takes_its_events_along_and_can_come_back) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  const auto file = segment("one", {event_number(1), event_number(2, "completed", "77")});
  ASSERT_TRUE(index.add(std::vector{file}, "t"));
  ASSERT_TRUE(index.remove(std::vector{segment("one", {event_number(2, "completed", "77")})}));
  const JobName job = event_number(1).job;
  EXPECT_EQ(index.history(job, {}).value(), std::vector{event_number(1)});
  // Its end is forgotten too: it shadows nothing any more.
  EXPECT_EQ(fold(index.fold_base(job, {.all = {"77"}, .ended = {}}).value()), event_number(1));
  EXPECT_EQ(index.unknown(std::vector{file.file})->size(), 1U);
}

TEST(HistoryIndex, a_thinned_event_is_none_whichever_file_is_read_first) {
  const JobName job = event_number(1).job;
  const auto full =
      segment("full", {event_number(1), event_number(2, "completed", "77"), event_number(3)});
  auto day = segment("day", {event_number(3)});
  day.thinned = {{job, event_number(1).id}, {job, event_number(2).id}};
  for (const auto& files : {std::vector{full, day}, std::vector{day, full}}) {
    const TemporaryDirectory place;
    HistoryIndex index = open_index(place / "i");
    for (const auto& file : files) ASSERT_TRUE(index.add(std::vector{file}, "t"));
    EXPECT_EQ(index.history(job, {}).value(), std::vector{event_number(3)});
    EXPECT_EQ(index.thinned(job, std::nullopt).value(), 2U);
    EXPECT_EQ(index.thinned(job, event_number(2).time).value(), 1U);
    EXPECT_EQ(index.thinned(JobName::parse("other").value(), std::nullopt).value(), 0U);
    // What was thinned ends no run either.
    EXPECT_EQ(fold(index.fold_base(job, {.all = {"77"}, .ended = {}}).value()), event_number(3));
    ASSERT_TRUE(index.remove(std::vector{day}));
    EXPECT_EQ(index.thinned(job, std::nullopt).value(), 0U);
  }
}

TEST(HistoryIndex, knows_the_content_of_a_document_whose_event_was_thinned) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  auto day = segment("day", {});
  const EventId adopted({.time = event_number(1).time, .host = 0, .random = 0xABCDEF012345});
  const EventId reported({.time = event_number(1).time, .host = 7, .random = 0x111111111111});
  const JobName job = event_number(1).job;
  day.thinned = {{job, adopted}, {job, reported}};
  ASSERT_TRUE(index.add(std::vector{day}, "t"));
  EXPECT_TRUE(index.knows_content(job, 0xABCDEF012345).value());
  EXPECT_FALSE(index.knows_content(job, 0x111111111111).value());
}

TEST(HistoryIndex, cleared_it_knows_nothing) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  ASSERT_TRUE(index.add(std::vector{segment("one", {event_number(1)})}, "t"));
  ASSERT_TRUE(index.clear());
  EXPECT_EQ(index.tree(), "");
  EXPECT_TRUE(index.history(event_number(1).job, {}).value().empty());
}

TEST(HistoryIndex, the_same_document_of_two_jobs_is_two_files) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  const std::vector<HistoryIndex::SegmentFile> files{{"data/history/a_20250817_060000.json", "b"},
                                                     {"data/history/c_20250817_060000.json", "b"}};
  ASSERT_TRUE(index.add(std::vector<HistoryIndex::Segment>{{files[0], {}}}, "t"));
  ASSERT_EQ(index.unknown(files)->size(), 1U);
  EXPECT_EQ(index.unknown(files)->front().path, files[1].path);
}

TEST(HistoryIndex, a_batch_of_very_many_runs_folds_like_all_events) {
  const TemporaryDirectory place;
  HistoryIndex index = open_index(place / "i");
  std::vector<Event> events;
  std::vector<std::string> runs;
  for (int number = 1; number <= 2000; ++number) {
    runs.push_back("run-" + std::to_string(number));
    events.push_back(event_number(number, number % 3 == 0 ? "completed" : "running", runs.back()));
  }
  ASSERT_TRUE(index.add(std::vector{segment("one", events)}, "t"));
  runs.resize(1500);
  const auto base = index.fold_base(events.front().job, {.all = runs, .ended = runs}).value();
  EXPECT_LE(base.size(), 502U);  // the ends of those runs, and two more
  EXPECT_EQ(fold(base), fold(events));
}

}  // namespace
}  // namespace signalbox
