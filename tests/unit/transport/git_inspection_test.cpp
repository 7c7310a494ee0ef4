#include "transport/git_inspection.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

TEST(GitVersion, is_read_from_every_distribution_and_compared_with_the_least_that_will_do) {
  const auto enough = [](const char* output) {
    const auto version = parse_git_version(output);
    return version && version->is_enough();
  };
  EXPECT_TRUE(enough("git version 2.39.5\n"));
  EXPECT_TRUE(enough("git version 2.30.0"));
  EXPECT_TRUE(enough("git version 3.0.0.rc1\n"));
  EXPECT_TRUE(enough("git version 2.39.3 (Apple Git-146)\n"));
  EXPECT_FALSE(enough("git version 2.29.9\n"));
  EXPECT_FALSE(enough("git version 1.8.3.1\n"));
  EXPECT_FALSE(parse_git_version("git: command not found"));
  EXPECT_FALSE(parse_git_version("git version x"));
  EXPECT_FALSE(parse_git_version("git version 2"));
  EXPECT_FALSE(parse_git_version(""));
}

TEST(ObjectCount, adds_up_loose_and_packed) {
  const auto count = parse_object_count(
      "count: 12\nsize: 48\nin-pack: 100\npacks: 2\nsize-pack: 52\nprune-packable: 0\n"
      "garbage: 0\nsize-garbage: 0\n");
  EXPECT_EQ(count.loose, 12U);
  EXPECT_EQ(count.packs, 2U);
  EXPECT_EQ(count.bytes, 100U * 1024);
  EXPECT_EQ(parse_object_count("what?\ncount: x\n").loose, 0U);
}

}  // namespace
}  // namespace signalbox
