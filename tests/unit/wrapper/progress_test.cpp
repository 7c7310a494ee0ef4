#include "wrapper/progress.h"

#include <gtest/gtest.h>

#include "support/property.h"

namespace signalbox {
namespace {

std::optional<double> last(const std::string& pattern, std::string_view text) {
  return ProgressPattern::parse(pattern).value().last_in(text);
}

TEST(ProgressPattern, takes_the_last_match) {
  EXPECT_EQ(last("percent", "1% 2.5% 33 %"), 33);
  EXPECT_EQ(last("tqdm", "\r 5%|#\r 45%|####      | 45/100 [00:12<00:15, 3.61it/s]"), 45);
  EXPECT_EQ(last("step", "Epoch 3/10\nstep: 7 of 8"), 87.5);
  EXPECT_EQ(last("a(\\d+)b(\\d+)", "a1b3"), 33.3);
  EXPECT_EQ(last("percent", "nothing"), std::nullopt);
}

TEST(ProgressPattern, leaves_out_what_is_no_share) {
  EXPECT_EQ(last("percent", "50% then 250%"), 50);
  EXPECT_EQ(last("step", "step 9/3"), std::nullopt);
  EXPECT_EQ(last("step", "step 0/0"), std::nullopt);
  EXPECT_EQ(last("(x*)", "xx"), std::nullopt);
}

TEST(ProgressPattern, refuses_what_cannot_be_used) {
  for (const std::string pattern : {"(", "none", "(1)(2)(3)"}) {
    const auto parsed = ProgressPattern::parse(pattern);
    ASSERT_FALSE(parsed) << pattern;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
  }
  EXPECT_FALSE(ProgressPattern::parse("(" + std::string(longest_progress_pattern, 'a') + ")"));
}

PROPERTY(ProgressPattern, takes_any_bytes) {
  const auto name = *rc::gen::element<std::string>("tqdm", "percent", "step");
  const auto percent = last(name, *rc::gen::arbitrary<std::string>());
  RC_ASSERT(!percent || (*percent >= 0 && *percent <= 100));
}

TEST(WrittenProgress, is_the_last_line_that_says_something) {
  EXPECT_EQ(parse_written_progress("45\n")->percent, 45);
  EXPECT_EQ(parse_written_progress("45.5 %\n3/4 almost there\ngarbage\n")->percent, 75);
  EXPECT_EQ(parse_written_progress("3/4 almost there")->text, "almost there");
  EXPECT_FALSE(parse_written_progress("nothing\n"));
  EXPECT_FALSE(parse_written_progress("101\n"));
}

}  // namespace
}  // namespace signalbox
