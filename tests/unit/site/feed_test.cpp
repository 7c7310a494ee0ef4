#include "site/feed.h"

#include <gtest/gtest.h>

namespace signalbox::site {
namespace {

const UtcTime dawn = *parse_time("2025-08-17T06:00:00Z");

RunOfJob run(const std::string& job, int minute, const std::string& status) {
  const UtcTime start = dawn + std::chrono::minutes{minute};
  return {job,
          {.id = "r" + std::to_string(minute),
           .status = status,
           .start = start,
           .message = "<done> & \"dusted\"",
           .changes = {{start, "running"}, {start + std::chrono::seconds{30}, status}}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Feed, tells_changes_newest_first) {
  const std::vector<RunOfJob> runs{run("weather", 0, "completed"), run("ocean", 5, "failed")};
  const std::string feed = feed_of({.title = "Jobs & more"}, dawn, runs);
  EXPECT_EQ(count(feed, "<entry>"), 4);
  EXPECT_NE(feed.find("<title>Jobs &amp; more</title>"), std::string::npos);
  EXPECT_LT(feed.find("ocean failed"), feed.find("ocean running"));
  EXPECT_LT(feed.find("ocean running"), feed.find("weather completed"));
  EXPECT_EQ(count(feed, "&lt;done&gt; &amp; &quot;dusted&quot;"), 2);  // said at the ends
  EXPECT_NE(feed.find("href=\"index.html#/job/ocean\""), std::string::npos);
}

TEST(Feed, has_a_hundred_entries_at_most) {
  std::vector<RunOfJob> runs;
  for (int i = 0; i < 80; ++i) runs.push_back(run("weather", i, "completed"));
  EXPECT_EQ(count(feed_of({.title = "Jobs"}, dawn, runs), "<entry>"), most_entries);
}

TEST(Feed, names_each_change_once_and_for_ever) {
  const std::vector<RunOfJob> runs{run("weather", 0, "completed")};
  const std::string here = feed_of({.title = "a"}, dawn, runs);
  const std::string there = feed_of({.title = "b", .base_url = "https://x.org/"}, dawn, runs);
  const auto id = [](const std::string& feed) {
    const auto at = feed.find("<id>", feed.find("<entry>"));
    return feed.substr(at, feed.find("</id>", at) - at);
  };
  EXPECT_EQ(id(here), id(there));
  EXPECT_NE(there.find("href=\"https://x.org/#/job/weather\""), std::string::npos);
}

TEST(Badge, says_job_and_status) {
  const std::string badge = badge_of("weather", "failed");
  EXPECT_NE(badge.find("<title>weather: failed</title>"), std::string::npos);
  EXPECT_EQ(badge_of("a", "b<c").find("b<c"), std::string::npos);
}

}  // namespace
}  // namespace signalbox::site
