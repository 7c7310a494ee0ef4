#include "schedule/cron_expression.h"

#include <gtest/gtest.h>

#include "os/file_system.h"

namespace signalbox {
namespace {

TimeZone berlin() {
  const auto bytes =
      os::real_file_system().read(std::string(zone_directory) + "/Europe/Berlin", zone_limit);
  return bytes ? TimeZone::parse(*bytes).value_or(TimeZone{}) : TimeZone{};
}

std::string next(const std::string& expression, const std::string& time,
                 const TimeZone& zone = {}) {
  const auto parsed = CronExpression::parse(expression);
  if (!parsed) return parsed.error().what;
  const auto found = parsed->next(*parse_time(time), zone);
  return found ? format_minutes(*found) : "never";
}

TEST(Cron, knows_lists_ranges_steps_and_names) {
  EXPECT_EQ(next("30 6 * * *", "2025-08-17T06:00:00Z"), "2025-08-17 06:30Z");
  EXPECT_EQ(next("30 6 * * *", "2025-08-17T06:30:00Z"), "2025-08-18 06:30Z");
  EXPECT_EQ(next("*/15 * * * *", "2025-08-17T06:31:00Z"), "2025-08-17 06:45Z");
  EXPECT_EQ(next("0 8-18/5 * * *", "2025-08-17T09:00:00Z"), "2025-08-17 13:00Z");
  EXPECT_EQ(next("5,50 3 * * *", "2025-08-17T03:05:00Z"), "2025-08-17 03:50Z");
  EXPECT_EQ(next("0 0 * * Mon-Fri", "2025-08-16T00:00:00Z"), "2025-08-18 00:00Z");
  EXPECT_EQ(next("0 0 1 jan *", "2025-08-16T00:00:00Z"), "2026-01-01 00:00Z");
  EXPECT_EQ(next("@weekly", "2025-08-16T00:00:00Z"), "2025-08-17 00:00Z");
  EXPECT_EQ(next("0 0 * * 7", "2025-08-16T00:00:00Z"), "2025-08-17 00:00Z");
}

TEST(Cron, takes_either_day_where_both_are_restricted) {
  EXPECT_EQ(next("0 0 13 * fri", "2025-08-09T00:00:00Z"), "2025-08-13 00:00Z");
  EXPECT_EQ(next("0 0 13 * fri", "2025-08-13T00:00:00Z"), "2025-08-15 00:00Z");
  EXPECT_EQ(next("0 0 */2 * fri", "2025-08-09T00:00:00Z"), "2025-08-15 00:00Z");  // a star: both
}

TEST(Cron, waits_for_rare_days) {
  EXPECT_EQ(next("0 0 29 2 *", "2025-08-09T00:00:00Z"), "2028-02-29 00:00Z");
  EXPECT_EQ(next("0 0 30 2 *", "2025-08-09T00:00:00Z"), "never");
}

TEST(Cron, follows_the_clocks_of_its_zone) {
  EXPECT_EQ(next("30 6 * * *", "2025-08-17T00:00:00Z", berlin()), "2025-08-17 04:30Z");
  EXPECT_EQ(next("30 6 * * *", "2025-12-17T00:00:00Z", berlin()), "2025-12-17 05:30Z");
}

TEST(Cron, starts_a_skipped_time_at_the_jump) {
  EXPECT_EQ(next("30 2 * * *", "2025-03-29T12:00:00Z", berlin()), "2025-03-30 01:00Z");
  EXPECT_EQ(next("30 2 * * *", "2025-03-30T01:00:00Z", berlin()), "2025-03-31 00:30Z");
}

TEST(Cron, starts_a_doubled_time_once) {
  EXPECT_EQ(next("30 2 * * *", "2025-10-25T12:00:00Z", berlin()), "2025-10-26 00:30Z");
  EXPECT_EQ(next("30 2 * * *", "2025-10-26T00:30:00Z", berlin()), "2025-10-27 01:30Z");
}

TEST(Cron, of_a_star_follows_the_clock_through_both) {
  EXPECT_EQ(next("*/30 * * * *", "2025-10-26T00:30:00Z", berlin()), "2025-10-26 01:00Z");
  EXPECT_EQ(next("*/30 2 * * *", "2025-10-26T00:30:00Z", berlin()), "2025-10-26 01:00Z");
  EXPECT_EQ(next("*/30 2 * * *", "2025-03-30T00:00:00Z", berlin()), "2025-03-31 00:00Z");
}

TEST(Cron, says_what_is_wrong) {
  EXPECT_NE(next("61 * * * *", "2025-01-01").find("wrong minute, '61'"), std::string::npos);
  EXPECT_NE(next("0 0 * * funday", "2025-01-01").find("wrong day of week"), std::string::npos);
  EXPECT_NE(next("0 0 * *", "2025-01-01").find("has not five fields"), std::string::npos);
  for (const char* bad : {"", "@reboot", "*/0 * * * *", "5-1 * * * *", "1- * * * *", "-1 * * * *",
                          ", * * * *", "0 0 0 * *", "5/2 * * * *", "99999999999 * * * *"}) {
    EXPECT_FALSE(CronExpression::parse(bad)) << bad;
  }
}

TEST(Duration, has_a_unit) {
  EXPECT_EQ(parse_duration("30m"), std::chrono::minutes{30});
  EXPECT_EQ(parse_duration("2h"), std::chrono::hours{2});
  EXPECT_EQ(parse_duration("1d"), std::chrono::days{1});
  for (const char* bad : {"", "m", "30", "-1m", "1.5h", "400d", "1w", "99999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

}  // namespace
}  // namespace signalbox
