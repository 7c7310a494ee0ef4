#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "support/property.h"

namespace signalbox {
namespace {

TEST(Text, invalid_utf8_becomes_the_replacement_character) {
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(valid_utf8("\xC3"), "\xEF\xBF\xBD");                  // cut
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80").size(), 9U);               // a surrogate
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80").size(), 12U);          // above U+10FFFF
  EXPECT_EQ(valid_utf8("gr\xC3\xBC\xC3\x9F \xF0\x9F\x9A\xA6"),
            "gr\xC3\xBC\xC3\x9F \xF0\x9F\x9A\xA6");
  EXPECT_EQ(valid_utf8(std::string_view("a\0b", 3)), "ab");
}

PROPERTY(Text, valid_utf8_is_a_fixed_point) {
  const std::string once = valid_utf8(*rc::gen::arbitrary<std::string>());
  RC_ASSERT(valid_utf8(once) == once);
}

PROPERTY(Text, shortened_keeps_its_limit_and_its_encoding) {
  const auto text = *rc::gen::arbitrary<std::string>();
  const auto limit = *rc::gen::inRange<std::size_t>(40, 200);
  const std::string kept = shortened(text, limit);
  RC_ASSERT(kept.size() <= limit);
  RC_ASSERT(valid_utf8(kept) == kept);
}

TEST(Text, printable_has_no_control_characters) {
  EXPECT_EQ(printable("a\x1b[31m\nb\x7f"), "a?[31m?b?");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "31m"),
            "a?31m");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

TEST(Text, numbers_are_whole_words) {
  EXPECT_EQ(parse_number("12.5"), 12.5);
  for (const char* text : {"", " 1", "1 ", "nan", "inf", "0x10", "1e999", "+1", "1,5"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Time, is_written_and_read_back) {
  const auto time = parse_time("2025-08-17T06:00:00.123Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_milliseconds(*time), "2025-08-17T06:00:00.123Z");
  EXPECT_EQ(format_seconds(*time), "2025-08-17T06:00:00Z");
  EXPECT_EQ(format_minutes(*time), "2025-08-17 06:00Z");
}

TEST(Time, other_spellings_of_iso_8601_are_the_same_instant) {
  const auto expected = parse_time("2025-08-17T06:00:00Z");
  for (const char* text : {"2025-08-17T06:00:00", "2025-08-17 06:00", "2025-08-17T08:00:00+02:00",
                           "2025-08-17T04:30:00-0130", "2025-08-17t06:00:00.000z"}) {
    EXPECT_EQ(parse_time(text), expected) << text;
  }
  EXPECT_EQ(parse_time("2025-08-17"), parse_time("2025-08-17T00:00:00Z"));
}

TEST(Time, what_is_no_time_is_refused) {
  for (const char* text : {"", "now", "2025", "2025-13-01", "2025-02-30", "2025-08-17T25:00",
                           "2025-08-17T06:00:00Zjunk", "1969-12-31T23:59:59Z", "9999-01-01",
                           "2025-08-17T06:00:00.", "-025-08-17"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Json, nesting_is_bounded) {
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_TRUE(
      parse_json(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})"));
}

PROPERTY(Json, any_bytes_are_parsed_or_refused) {
  const auto parsed = parse_json(*rc::gen::arbitrary<std::string>());
  if (parsed) RC_ASSERT(parse_json(to_line(*parsed)).has_value());
}

TEST(Json, whole_numbers_have_no_fraction) {
  EXPECT_EQ(to_line(number(50)), "50");
  EXPECT_EQ(to_line(number(1.5)), "1.5");
}

TEST(Checksum, is_the_crc_of_zlib_and_png) {
  EXPECT_EQ(crc32_of("123456789"), 0xCBF43926U);
}

}  // namespace
}  // namespace signalbox
