#include "schedule/time_zone.h"

#include <gtest/gtest.h>

#include "base/time.h"
#include "os/file_system.h"

namespace signalbox {
namespace {

using namespace std::chrono;

std::string bytes_of(const std::string& zone) {
  const auto bytes =
      os::real_file_system().read(std::string(zone_directory) + "/" + zone, zone_limit);
  return bytes ? *bytes : std::string();
}

TimeZone zone(const std::string& name) {
  const auto zone = TimeZone::parse(bytes_of(name));
  EXPECT_TRUE(zone) << name;
  return zone.value_or(TimeZone{});
}

hours offset(const std::string& name, const std::string& time) {
  return duration_cast<hours>(zone(name).offset_at(floor<seconds>(*parse_time(time))));
}

TEST(ZoneName, cannot_leave_the_directory) {
  EXPECT_TRUE(is_zone_name("Europe/Berlin"));
  EXPECT_TRUE(is_zone_name("America/Argentina/Buenos_Aires"));
  EXPECT_TRUE(is_zone_name("Etc/GMT+5"));
  for (const char* bad :
       {"", "/etc/passwd", "../passwd", "Europe/../..", "a b", "Europe/", "a\n"}) {
    EXPECT_FALSE(is_zone_name(bad)) << bad;
  }
}

TEST(TimeZone, is_utc_when_nothing_is_said) {
  EXPECT_EQ(TimeZone{}.offset_at(sys_seconds{}), 0s);
}

TEST(TimeZone, knows_summer) {
  EXPECT_EQ(offset("Europe/Berlin", "2025-01-15T00:00:00Z"), 1h);
  EXPECT_EQ(offset("Europe/Berlin", "2025-07-15T00:00:00Z"), 2h);
  EXPECT_EQ(offset("Europe/Berlin", "2025-03-30T00:59:59Z"), 1h);
  EXPECT_EQ(offset("Europe/Berlin", "2025-03-30T01:00:00Z"), 2h);
  EXPECT_EQ(offset("Australia/Sydney", "2025-01-15T00:00:00Z"), 11h);
}

TEST(TimeZone, has_a_rule_for_the_years_that_no_list_holds) {
  EXPECT_EQ(offset("Europe/Berlin", "2090-01-15T00:00:00Z"), 1h);
  EXPECT_EQ(offset("Europe/Berlin", "2090-07-15T00:00:00Z"), 2h);
  EXPECT_EQ(offset("Australia/Sydney", "2090-01-15T00:00:00Z"), 11h);
}

TEST(TimeZone, shows_a_time_twice_or_never_where_clocks_are_changed) {
  const TimeZone berlin = zone("Europe/Berlin");
  const auto at = [&](int month_of_year, int day_of_month, hours hour) {
    return berlin.instants_of(local_days{year{2025} / month_of_year / day_of_month} + hour + 30min);
  };
  EXPECT_EQ(at(7, 15, 2h).all.size(), 1);
  const auto twice = at(10, 26, 2h).all;
  ASSERT_EQ(twice.size(), 2);
  EXPECT_EQ(UtcTime{twice.front()}, *parse_time("2025-10-26T00:30:00Z"));
  EXPECT_EQ(UtcTime{twice.back()}, *parse_time("2025-10-26T01:30:00Z"));
  const auto never = at(3, 30, 2h);
  EXPECT_TRUE(never.all.empty());
  EXPECT_EQ(UtcTime{never.jump}, *parse_time("2025-03-30T01:00:00Z"));
}

TEST(TimeZone, refuses_what_is_no_zone) {
  const std::string berlin = bytes_of("Europe/Berlin");
  ASSERT_FALSE(berlin.empty());
  EXPECT_FALSE(TimeZone::parse(""));
  EXPECT_FALSE(TimeZone::parse("TZif2"));
  for (std::size_t cut = 0; cut < berlin.size(); cut += 7) {
    EXPECT_FALSE(TimeZone::parse(berlin.substr(0, cut))) << cut;
  }
  std::string wrong = berlin;
  wrong.replace(wrong.size() - 9, 8, "M10.6.0/");
  EXPECT_FALSE(TimeZone::parse(wrong));
}

}  // namespace
}  // namespace signalbox
