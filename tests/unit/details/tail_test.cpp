#include "details/tail.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

std::string tail_of(std::string_view bytes, bool whole = true, std::size_t lines = 100) {
  return readable_tail(bytes, whole, lines, Masker()).value_or("(no text)");
}

TEST(Tail, keeps_the_last_lines_as_a_person_saw_them) {
  EXPECT_EQ(tail_of("a\nb\r\nc", true, 2), "b\nc\n");
  EXPECT_EQ(tail_of(" 1%\r 50%\r100%\r\nend\n"), "100%\nend\n");
  EXPECT_EQ(tail_of("\x1b[1;31mred\x1b[0m\a\n"), "red\n");
  EXPECT_EQ(tail_of("caf\xE9\n"), "caf\xEF\xBF\xBD\n");
  EXPECT_EQ(tail_of(""), "");
}

TEST(Tail, leaves_out_the_line_that_the_window_cuts) {
  EXPECT_EQ(tail_of("rd=hunter2\nnext\n", false), "next\n");
  EXPECT_EQ(tail_of("one endless line", false), "");
}

TEST(Tail, masks_before_it_cuts_lines_and_what_terminal_sequences_would_hide) {
  const std::string letters = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF4hJ6";
  EXPECT_EQ(tail_of("gh\x1b[0mp_" + letters + "\n"), "***\n");
  const std::string key = "-----BEGIN RSA " + std::string("PRIVATE KEY-----\n") + letters + "\n" +
                          letters + "\n-----END RSA " + "PRIVATE KEY-----\n";
  EXPECT_FALSE(tail_of(key, true, 2).contains(letters));
  EXPECT_LE(tail_of(std::string(10'000, 'x')).size(), log_line_limit + 1);
}

TEST(Tail, is_no_text_when_it_is_binary) {
  EXPECT_EQ(tail_of(std::string_view("a\0b", 3)), "(no text)");
  EXPECT_EQ(tail_of("\x01\x02\x03\x04"), "(no text)");
}

TEST(Tail, is_read_back_as_it_was_written) {
  const LogTail tail{.project = "p",
                     .host = "h",
                     .source = "logs/a b: c",
                     .job = "j",
                     .written = UtcTime{std::chrono::seconds{1'700'000'000}},
                     .size = 12,
                     .lines = 3,
                     .text = "\n# job: x\n\n"};
  const auto again = parse_tail(format_tail(tail));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->source, tail.source);
  EXPECT_EQ(again->job, "j");
  EXPECT_EQ(again->written, tail.written);
  EXPECT_EQ(again->size, 12U);
  EXPECT_EQ(again->lines, 3U);
  EXPECT_EQ(again->text, tail.text);
  EXPECT_FALSE(parse_tail("# something else\n\ntext"));
}

TEST(Tail, has_a_path_that_harms_nobody) {
  const auto project = JobName::parse("p").value();
  EXPECT_EQ(tail_path(project, "node17", "run.log"), "data/details/p/node17/run.log");
  EXPECT_EQ(tail_path(project, "../x", "a b\n.out"), "data/details/p/_.._x/a_b_.out.log");
  EXPECT_EQ(tail_path(project, "", ".hidden"), "data/details/p/_/_.hidden.log");
}

TEST(Tail, belongs_to_the_job_whose_name_is_a_word_of_its_file) {
  EXPECT_TRUE(belongs_to("weather", "weather", "x.log"));
  EXPECT_TRUE(belongs_to("weather", "p", "slurm-weather-12.out"));
  EXPECT_TRUE(belongs_to("weather", "p", "weathers_weather.log"));
  EXPECT_FALSE(belongs_to("weather", "p", "weathers.log"));
  EXPECT_FALSE(belongs_to("a", "p", "x.log"));
}

}  // namespace
}  // namespace signalbox
