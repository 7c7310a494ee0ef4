#include <gtest/gtest.h>

#include <algorithm>

#include "board/document.h"
#include "board/fold.h"
#include "board/view.h"
#include "support/generators.h"
#include "support/property.h"

namespace signalbox {
namespace {

using testing::arbitrary_event;

// Ids are unique in the world: events that differ have different ids.
std::vector<Event> arbitrary_set() {
  std::vector<Event> events;
  const int count = *rc::gen::inRange(1, 12);
  for (int i = 0; i < count; ++i) {
    Event event = arbitrary_event();
    const auto same = [&](const Event& other) { return other.id == event.id; };
    if (std::ranges::none_of(events, same)) events.push_back(std::move(event));
  }
  return events;
}

std::string bytes_of(const std::vector<Event>& events) {
  std::string bytes;
  for (const auto& [job, view] : fold_by_job(events)) bytes += render_view(view);
  return bytes;
}

PROPERTY(Fold, any_order_and_duplication_gives_the_same_bytes) {
  const std::vector<Event> events = arbitrary_set();
  std::vector<Event> shuffled = events;
  for (const Event& event : events) {
    if (*rc::gen::arbitrary<bool>()) shuffled.push_back(event);
  }
  for (std::size_t i = shuffled.size(); i > 1; --i) {
    std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  RC_ASSERT(bytes_of(shuffled) == bytes_of(events));
}

PROPERTY(Fold, the_end_of_a_named_run_beats_its_late_progress) {
  const std::vector<Event> events = arbitrary_set();
  for (const auto& [job, view] : fold_by_job(events)) {
    if (is_terminal(view.status) || !is_named_run(view.run_id)) continue;
    for (const Event& event : events) {
      RC_ASSERT(!(event.job == job && event.run_id == view.run_id && is_terminal(event.status)));
    }
  }
}

PROPERTY(Fold, the_greatest_revision_wins_where_no_run_is_named) {
  std::vector<Event> events = arbitrary_set();
  for (Event& event : events) event.run_id.clear();
  for (const auto& [job, view] : fold_by_job(events)) {
    for (const Event& event : events) RC_ASSERT(event.job != job || event.id <= view.id);
  }
}

TEST(Fold, of_nothing_is_nothing) {
  EXPECT_FALSE(fold({}));
}

PROPERTY(View, is_read_back_to_the_second_and_sealed) {
  Event event = arbitrary_event();
  event.time = std::chrono::floor<std::chrono::seconds>(event.time);
  const std::string bytes = render_view(event);
  const auto view = parse_view(event.job, bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->sealed);
  RC_ASSERT(view->event.id == event.id);
  RC_ASSERT(render_view(view->event) == bytes);
  RC_ASSERT(revision_of(bytes) == event.id);
}

TEST(View, of_a_document_with_as_many_fields_as_one_may_have_is_read_back) {
  const JobName job = JobName::parse("job").value();
  Json document = {{"status", "running"}};
  for (int field = 1; field < max_json_fields; ++field) document["f" + std::to_string(field)] = 1;
  const auto written = parse_view(job, to_line(document));
  ASSERT_TRUE(written) << written.error().what;
  const UtcTime found{std::chrono::seconds{1'800'000'000}};
  const Event event = event_from_document(*written, to_line(document), found);
  ASSERT_TRUE(parse_event(format_event(event)));
  const auto view = parse_view(job, render_view(event));
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_TRUE(view->sealed);
}

PROPERTY(View, any_edit_breaks_the_seal) {
  const Event event = arbitrary_event();
  std::string bytes = render_view(event);
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const char before = bytes[at];
  bytes[at] = *rc::gen::arbitrary<char>();
  RC_PRE(bytes[at] != before && bytes[at] != '\r');
  RC_ASSERT(!is_sealed(bytes));
}

TEST(View, a_checkout_with_other_line_ends_is_still_sealed) {
  const Event event{.id = EventId({.time = UtcTime{std::chrono::seconds{1'700'000'000}}}),
                    .job = JobName::parse("a").value(),
                    .status = "running"};
  std::string dos;
  for (const char c : render_view(event)) {
    if (c == '\n') dos += '\r';
    dos += c;
  }
  EXPECT_TRUE(is_sealed(dos));
}

TEST(View, has_every_field_of_the_predecessor) {
  const Event event{.id = EventId({.time = UtcTime{std::chrono::seconds{1'700'000'000}}}),
                    .job = JobName::parse("weather").value(),
                    .status = "running",
                    .time = UtcTime{std::chrono::seconds{1'700'000'000}}};
  EXPECT_EQ(render_view(event), R"({
  "job_name": "weather",
  "status": "running",
  "last_updated": "2023-11-14T22:13:20Z",
  "duration": 0,
  "progress": 0,
  "cpu_usage": 0,
  "memory_usage": 0,
  "next_scheduled_run": "",
  "config": {},
  "log_entries": [],
  "revision": "20231114T221320000-0000-00000000-000000000000",
  "checksum": "3113620d"
}
)");
}

TEST(View, a_longer_list_of_log_entries_is_kept) {
  const JobName job = JobName::parse("a").value();
  const auto view = parse_view(job, R"({"status":"running","log_entries":["one","two"],"x":null})");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->event.message, "two");
  EXPECT_NE(render_view(view->event).find("\"one\",\n    \"two\""), std::string::npos);
}

TEST(Document, the_same_content_is_the_same_event_and_another_is_another) {
  const JobName job = JobName::parse("a").value();
  const std::string one = R"({"status":"running","last_updated":"2030-01-01T00:00:00Z"})";
  const std::string other = R"({"status":"running","last_updated":"2030-01-01T00:00:00Z","x":1})";
  const auto event = [&](const std::string& bytes, UtcTime found) {
    return event_from_document(parse_view(job, bytes).value(), bytes, found);
  };
  EXPECT_EQ(event(one, UtcTime{}).id, event(one, last_time).id);
  EXPECT_NE(event(one, UtcTime{}).id, event(other, UtcTime{}).id);
  EXPECT_NE(content_digest(job, one), content_digest(JobName::parse("b").value(), one));
}

TEST(Document, an_edit_is_above_the_revision_it_was_made_from) {
  const JobName job = JobName::parse("a").value();
  const std::string bytes = R"({"status":"failed","last_updated":"2020-01-01T00:00:00Z",)"
                            R"("revision":"20231114T221320000-0000-00000000-000000000000"})";
  const auto view = parse_view(job, bytes);
  ASSERT_TRUE(view);
  EXPECT_LT(view->event.id, event_from_document(*view, bytes, UtcTime{}).id);
}

TEST(HistoryFile, holds_one_document_whose_time_is_its_own_before_its_names) {
  const auto found = [](std::string_view name, std::string_view bytes) {
    const auto documents = documents_of_history_file(name, bytes);
    return documents.size() == 1 && documents[0] ? format_seconds(documents[0]->found) : "none";
  };
  EXPECT_EQ(found("a_20250817_060001.json", R"({"status":"completed"})"), "2025-08-17T06:00:01Z");
  EXPECT_EQ(found("a_20250817_060001.json",
                  R"({"status":"completed","end_time":"2025-08-17T04:00:00Z"})"),
            "2025-08-17T04:00:00Z");
  EXPECT_EQ(found("a_20250817_060001.json", R"({"status":"completed","end_time":"soon"})"),
            "2025-08-17T06:00:01Z");
  EXPECT_EQ(found("a_20259917_060001.json", R"({"status":"completed"})"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(found("a_20250817_060001.json", "{"), "none");
}

TEST(HistoryFile, of_a_day_holds_a_list_of_documents_that_name_their_jobs) {
  const auto documents = documents_of_history_file(
      "2025-08-17.json", R"([{"job_name":"a","status":"failed"},{"status":"failed"},7,
                             {"job_name":"../x","status":"failed"},{"job_name":"b"}])");
  ASSERT_EQ(documents.size(), 5U);
  ASSERT_TRUE(documents[0]);
  EXPECT_EQ(documents[0]->view.event.job.text(), "a");
  EXPECT_EQ(format_seconds(documents[0]->found), "2025-08-17T00:00:00Z");
  for (std::size_t i = 1; i < documents.size(); ++i) EXPECT_FALSE(documents[i]);
  EXPECT_TRUE(documents_of_history_file("2025-08-17.json", "[]").empty());
  ASSERT_EQ(documents_of_history_file("2025-08-17.json", "{}").size(), 1U);
  EXPECT_FALSE(documents_of_history_file("2025-08-17.json", "{}")[0]);
}

TEST(HistoryFile, of_another_name_says_nothing) {
  for (const char* name : {"a.json", "_20250817_060001.json", "a_20250817_06000x.json", "notes.txt",
                           "-a_20250817_060001.json", ".gitkeep", ""}) {
    EXPECT_TRUE(documents_of_history_file(name, R"({"status":"completed"})").empty()) << name;
  }
}

}  // namespace
}  // namespace signalbox
