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

TEST(Text, printable_shows_what_would_act_on_a_terminal_or_deceive_a_reader_as_an_escape) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"plain", "plain"},
      {"a\x1b[31mred", R"(a\x1b[31mred)"},
      {"a\x1b]0;title\x07", R"(a\x1b]0;title\x07)"},
      {"two\nlines\r\tof text\b\x7f", R"(two\nlines\r\tof text\x08\x7f)"},
      {"C1 \xC2\x9B"
       "31m",
       R"(C1 \x9b31m)"},
      {"C1 bytes \x9b[31m", "C1 bytes \xEF\xBF\xBD[31m"},
      {"override \xE2\x80\xAEtxt.exe", R"(override \u202etxt.exe)"},
      {"embedding \xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAC", R"(embedding \u202a\u202b\u202c)"},
      {"isolate \xE2\x81\xA6x\xE2\x81\xA9", R"(isolate \u2066x\u2069)"},
      {"marks \xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", R"(marks \u200e\u200f\u061c)"},
      {"separators \xE2\x80\xA8\xE2\x80\xA9", R"(separators \u2028\u2029)"},
      {"unseen \xE2\x80\x8B\xEF\xBB\xBF\xC2\xAD", R"(unseen \u200b\ufeff\u00ad)"},
      {"tags \xF3\xA0\x81\xA1", R"(tags \U000e0061)"},
      {"gr\xC3\xBC\xC3\x9F \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
       "gr\xC3\xBC\xC3\x9F \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"},
      {"joined \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC",
       "joined \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC"},
  };
  for (const auto& [text, shown] : table) {
    EXPECT_EQ(printable(text), shown);
    EXPECT_EQ(printable(shown), shown);
  }
}

TEST(Text, printable_shows_so_many_bytes) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("\n\n\n", 2), R"(\n\n...)");
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
