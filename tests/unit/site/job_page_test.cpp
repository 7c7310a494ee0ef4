#include "site/job_page.h"

#include <gtest/gtest.h>

namespace signalbox::site {
namespace {

Event report(int minute, const std::string& status, const std::optional<std::string>& message) {
  return {.job = *JobName::parse("weather"),
          .run_id = "a",
          .status = status,
          .time = *parse_time("2025-08-17T06:00:00Z") + std::chrono::minutes{minute},
          .message = message};
}

TEST(Entries, are_what_is_new) {
  const std::vector<Event> newest_first{report(4, "completed", "two"), report(3, "running", "two"),
                                        report(2, "running", "one"), report(1, "running", "one"),
                                        report(0, "running", {})};
  const Json entries = entries_of(newest_first);
  ASSERT_EQ(entries.size(), 4);
  EXPECT_EQ(to_line(entries[0]),
            R"({"time":"2025-08-17T06:04:00.000Z","status":"completed","message":"two"})");
  EXPECT_EQ(entries[1].at("message"), "two");
  EXPECT_EQ(entries[2].at("time"), "2025-08-17T06:01:00.000Z");
  EXPECT_FALSE(entries[3].contains("message"));
}

TEST(Entries, are_bounded) {
  std::vector<Event> events;
  for (int i = 0; i < 300; ++i)
    events.push_back(report(i, "running", std::string(5000, i % 2 == 0 ? 'a' : 'b')));
  const Json entries = entries_of(events);
  EXPECT_EQ(entries.size(), most_entries_shown);
  EXPECT_LE(entries[0].at("message").get<std::string>().size(), 1000);
}

TEST(Samples, are_null_where_a_report_did_not_say) {
  Event first = report(0, "running", {});
  first.progress = 5;
  Event second = report(1, "running", {});
  second.cpu_usage = 99.5;
  EXPECT_EQ(to_line(samples_of("a", std::vector{first, second})),
            R"({"run_id":"a","time":[1755410400000,1755410460000],"progress":[5,null],)"
            R"("cpu":[null,99.5],"memory":[null,null]})");
}

}  // namespace
}  // namespace signalbox::site
