#include "event/event.h"

#include <gtest/gtest.h>

#include "support/generators.h"
#include "support/property.h"

namespace signalbox {
namespace {

using testing::arbitrary_event;

TEST(JobName, good_ones_are_taken) {
  for (const char* name : {"a", "A-b_c.d", "9", "municipal-forecast-priority"}) {
    EXPECT_TRUE(JobName::parse(name)) << name;
  }
  EXPECT_TRUE(JobName::parse(std::string(128, 'x')));
}

TEST(JobName, bad_ones_are_refused_with_a_short_message) {
  const std::vector<std::string> bad = {"",        "../x",   ".git/hooks/x",
                                        "-rf",     "a\nb",   std::string("a\0b", 3),
                                        ".x",      "a/b",    "a b",
                                        "x..y",    "ä",      std::string(10'000, 'x'),
                                        "x.json",  "x.lock", std::string(129, 'x'),
                                        "\x1b[31m"};
  for (const std::string& name : bad) {
    const auto parsed = JobName::parse(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
    EXPECT_LT(parsed.error().what.size(), 200U);
    EXPECT_EQ(parsed.error().what.find_first_of("\n\x1b"), std::string::npos);
  }
}

TEST(StatusWord, is_folded_to_lower_case_and_bounded) {
  EXPECT_EQ(parse_status_word(" RUNNING "), "running");
  EXPECT_EQ(parse_status_word("out_of-memory9"), "out_of-memory9");
  for (const char* word : {"", "a b", "a/b", "läuft"}) EXPECT_FALSE(parse_status_word(word));
  EXPECT_FALSE(parse_status_word(std::string(65, 'x')));
}

PROPERTY(EventId, text_order_is_clock_order_and_reads_back) {
  const EventId a = arbitrary_event().id;
  const EventId b = arbitrary_event().id;
  const auto clock = [](const EventId& id) {
    return std::pair(id.parts().time, id.parts().counter);
  };
  if (clock(a) < clock(b)) RC_ASSERT(a < b);
  RC_ASSERT(EventId::parse(a.text()) == a);
  RC_ASSERT(a.text().size() == EventId::length);
}

PROPERTY(EventId, the_next_one_is_above_the_newest_whatever_the_clock_says) {
  const EventId newest = arbitrary_event().id;
  const UtcTime wall{
      std::chrono::milliseconds{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)}};
  const EventId next = EventId::next(wall, newest, 1, 2);
  RC_ASSERT(newest < next);
  RC_ASSERT(next.parts().time >= wall);
  RC_ASSERT(EventId::parse(next.text()).has_value());
}

TEST(EventId, a_full_counter_moves_to_the_next_millisecond) {
  const EventId newest({.time = UtcTime{std::chrono::milliseconds{5}}, .counter = 0xFFFF});
  EXPECT_EQ(EventId::next(UtcTime{}, newest, 0, 0).parts().time.time_since_epoch().count(), 6);
}

TEST(EventId, the_far_future_leaves_room_above) {
  const EventId last_but_one({.time = last_time - std::chrono::milliseconds{2}, .counter = 0xFFFF});
  EXPECT_LT(last_but_one, EventId::next(UtcTime{}, last_but_one, 0, 0));
  const EventId last({.time = last_time - std::chrono::milliseconds{1}, .counter = 0xFFFF});
  const EventId next = EventId::next(UtcTime{}, last, 3, 4);
  EXPECT_TRUE(EventId::parse(next.text())) << next.text();
}

TEST(EventId, only_the_canonical_text_is_one) {
  for (const char* text :
       {"", "20250817T060000123-0000-5f2c91ab-0123456789aB", "20250817T060000123-0000-5f2c91ab-",
        "20251317T060000123-0000-5f2c91ab-0123456789ab",
        "20250817T060060123-0000-5f2c91ab-0123456789ab",
        "99990817T060000123-0000-5f2c91ab-0123456789ab"}) {
    EXPECT_FALSE(EventId::parse(text)) << text;
  }
  EXPECT_EQ(EventId::parse("20250817T060000123-0000-5f2c91ab-0123456789ab")->hour(),
            "2025/08/17/06");
}

PROPERTY(Event, is_written_and_read_back) {
  const Event event = arbitrary_event();
  const auto again = parse_event(format_event(event));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == event);
  RC_ASSERT(format_event(*again) == format_event(event));
}

PROPERTY(Event, is_one_line_that_starts_with_its_id) {
  const Event event = arbitrary_event();
  const std::string line = format_event(event);
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(line.starts_with("{\"id\":\"" + event.id.text() + "\""));
}

PROPERTY(Event, any_bytes_are_parsed_or_refused) {
  std::string line = format_event(arbitrary_event());
  const auto at = *rc::gen::inRange<std::size_t>(0, line.size());
  line[at] = *rc::gen::arbitrary<char>();
  (void)parse_event(line);  // either is right; a crash is not
  (void)parse_event(line.substr(0, at));
}

TEST(Event, fields_of_a_wrong_type_are_left_out_and_named) {
  Event event{.job = JobName::parse("a").value()};
  std::string ignored;
  const Json unknown = take_fields(
      parse_json(R"({"progress":"70","duration":-1,"cpu_usage":[],"x":1,"config":5,"host":null})")
          .value(),
      event, &ignored);
  EXPECT_EQ(event.progress, 70);
  EXPECT_FALSE(event.duration);
  EXPECT_EQ(ignored, "duration -1, cpu_usage [], config 5");
  EXPECT_EQ(to_line(unknown), R"({"x":1})");
}

TEST(Event, of_an_import_says_so_on_disk_and_in_no_other_way) {
  const std::string line =
      R"({"id":"20250817T060000123-0000-00000000-0123456789ab","job":"a","status":"running",)"
      R"("time":"2025-08-17T06:00:00.123Z","imported":true})";
  const auto event = parse_event(line);
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->imported);
  EXPECT_TRUE(event->extra.empty());
  EXPECT_EQ(format_event(*event), line);
}

}  // namespace
}  // namespace signalbox
