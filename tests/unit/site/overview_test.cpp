#include "site/overview.h"

#include <gtest/gtest.h>

#include "site/digest.h"

namespace signalbox::site {
namespace {

Overview overview() {
  return {
      .naming = {.title = "Jobs <all>"},
      .generated_at = *parse_time("2025-08-17T06:00:00Z"),
      .expected = std::chrono::seconds{900},
      .counts = {{"failed", 1}, {"running", 2}},
      .jobs =
          {R"({"name":"a","status":"failed","message":"</td><script>","duration":7260,"progress":45.5,"time":"2025-08-17T06:00:00.123Z"})",
           R"({"name":"b","status":"odd\"word","next_scheduled_run":"soon"})"},
      .total = 3,
      .alerts = {R"({"rule":"failed"})"},
      .alert_total = 1,
      .hosts = {{"n1", *parse_time("2025-08-17T05:00:00Z")}},
      .silent = std::chrono::seconds{86400},
      .long_running = std::chrono::seconds{7200}};
}

TEST(Overview, becomes_a_page_without_a_placeholder) {
  const std::string page = page_of(overview());
  EXPECT_EQ(page.find("<!--@"), std::string::npos);
  EXPECT_NE(page.find("<title>Jobs &lt;all&gt;</title>"), std::string::npos);
  EXPECT_NE(page.find("2 running, 1 failed"), std::string::npos);
  EXPECT_NE(page.find("&lt;/td&gt;&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(page.find("</td><script>"), std::string::npos);
  EXPECT_NE(page.find("2 h 1 min"), std::string::npos);
  EXPECT_NE(page.find(R"(<time datetime="2025-08-17T06:00:00.123Z">2025-08-17 06:00</time>)"),
            std::string::npos);
  EXPECT_NE(page.find(R"(<span class="status" data-status="failed">Failed</span>)"),
            std::string::npos);
  EXPECT_NE(page.find(R"(<progress max="100" value="45.5"></progress>)"), std::string::npos);
  EXPECT_NE(page.find("45 %"), std::string::npos);
  EXPECT_NE(page.find("data-status=\"other\""), std::string::npos);  // nobody's word is a class
  EXPECT_NE(page.find("And 1 more jobs."), std::string::npos);
}

TEST(Overview, of_nothing_is_a_page_too) {
  EXPECT_NE(page_of({}).find("no jobs"), std::string::npos);
}

TEST(Snapshot, has_the_fields_of_the_format) {
  const auto snapshot = parse_json(snapshot_of(overview()));
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->at("format"), 1);
  EXPECT_EQ(snapshot->at("generated_at"), "2025-08-17T06:00:00.000Z");
  EXPECT_EQ(snapshot->at("expected_seconds"), 900);
  EXPECT_EQ(snapshot->at("counts"), (Json{{"failed", 1}, {"running", 2}}));
  EXPECT_EQ(snapshot->at("jobs").size(), 2);
  EXPECT_EQ(snapshot->at("total"), 3);
  EXPECT_EQ(snapshot->at("buckets"), 0);
  EXPECT_EQ(snapshot->at("alerts").size(), 1);
  EXPECT_EQ(snapshot->at("hosts")[0].at("time"), "2025-08-17T05:00:00.000Z");
  EXPECT_FALSE(snapshot->contains("repository"));
}

TEST(Buckets, grow_with_the_jobs) {
  EXPECT_EQ(buckets_for(300), 0);
  EXPECT_EQ(buckets_for(301), 4);
  EXPECT_EQ(buckets_for(5000), 64);
  EXPECT_EQ(buckets_for(1'000'000), 256);
}

TEST(Buckets, share_the_jobs) {
  std::vector<int> jobs(64);
  for (int i = 0; i < 5000; ++i) {
    ++jobs[static_cast<std::size_t>(bucket_of("job" + std::to_string(i)) % 64)];
  }
  for (const int count : jobs) {
    EXPECT_GT(count, 30);
    EXPECT_LT(count, 160);
  }
}

}  // namespace
}  // namespace signalbox::site
