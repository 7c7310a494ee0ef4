#include "doctor/schedule.h"

#include <gtest/gtest.h>

#include "doctor/clones_checks.h"
#include "doctor/storage_checks.h"

namespace signalbox {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UtcTime now{seconds{1'800'000'000}};

TEST(Schedule, the_period_of_a_crontab_line_is_the_longest_pause_of_a_day) {
  EXPECT_EQ(period_of("*/15 * * * * signalbox sync"), minutes{15});
  EXPECT_EQ(period_of("*/25 * * * * signalbox sync"), minutes{25});
  EXPECT_EQ(period_of("* * * * * signalbox sync"), minutes{1});
  EXPECT_EQ(period_of("7 * * * * signalbox sync"), minutes{60});
  EXPECT_EQ(period_of("0,10,40 * * * * signalbox sync"), minutes{30});
  EXPECT_EQ(period_of("0-30/10 * * * * x"), minutes{30});
  EXPECT_EQ(period_of("0 */6 * * * x"), hours{6});
  EXPECT_EQ(period_of("0 8-18 * * * x"), hours{14});
  EXPECT_EQ(period_of("30 4 * * * x"), hours{24});
  EXPECT_EQ(period_of("\t*/5\t*  * * *\tx"), minutes{5});
  EXPECT_EQ(period_of("@hourly x"), hours{1});
  EXPECT_EQ(period_of("@daily x"), hours{24});
}

TEST(Schedule, a_line_that_does_not_run_every_day_or_is_none_has_no_period) {
  for (const char* line :
       {"", "*/15 * * * 1-5 x", "0 0 1 * * x", "MAILTO=me", "@reboot x", "60 * * * * x",
        "*/0 * * * * x", "5-1 * * * * x", "a * * * * x", "*/15 24 * * * x", ", * * * * x",
        "99999999999999999999 * * * * x", "*/15 * *", "- * * * * x", "1-2-3 * * * * x"}) {
    EXPECT_EQ(period_of(line), std::nullopt) << line;
  }
}

TEST(Schedule, late_is_a_warning_from_twice_and_broken_from_four_times_the_period) {
  EXPECT_EQ(lateness(minutes{29}, minutes{15}), Verdict::Ok);
  EXPECT_EQ(lateness(minutes{30}, minutes{15}), Verdict::Warning);
  EXPECT_EQ(lateness(minutes{60}, minutes{15}), Verdict::Broken);
  EXPECT_EQ(lateness(minutes{-90}, minutes{15}), Verdict::Ok);
}

Health quiet_clone() {
  return {.clone = "0123456789abcdef",
          .host = "node1",
          .time = now,
          .sync_period = minutes{15},
          .interval = hours{6}};
}

TEST(Clones, one_that_syncs_and_is_not_heard_of_is_late_by_the_interval_it_promised) {
  const Health health = quiet_clone();
  EXPECT_FALSE(complaint_about(health, now + hours{11}));
  ASSERT_TRUE(complaint_about(health, now + hours{12}));
  EXPECT_EQ(complaint_about(health, now + hours{12})->verdict, Verdict::Warning);
  EXPECT_EQ(complaint_about(health, now + hours{24})->verdict, Verdict::Broken);
}

TEST(Clones, one_without_a_schedule_is_not_expected_to_be_heard_of) {
  Health health = quiet_clone();
  health.sync_period = {};
  EXPECT_FALSE(complaint_about(health, now + hours{24 * 20}));
}

TEST(Clones, events_that_waited_long_when_it_was_heard_of_are_told) {
  Health health = quiet_clone();
  health.waiting = 2;
  health.oldest_waiting = now - minutes{20};
  EXPECT_FALSE(complaint_about(health, now));
  health.oldest_waiting = now - hours{3};
  ASSERT_TRUE(complaint_about(health, now));
  EXPECT_EQ(complaint_about(health, now)->what,
            "node1 (01234567) had 2 events waiting, the oldest for 3h");
}

TEST(Clones, reports_that_were_set_aside_are_told) {
  Health health = quiet_clone();
  health.refused = 1;
  ASSERT_TRUE(complaint_about(health, now));
  EXPECT_EQ(complaint_about(health, now)->verdict, Verdict::Warning);
}

TEST(Storage, little_room_is_a_warning_and_none_is_broken) {
  const os::Volume plenty{
      .type = "ext4", .bytes_free = 1UL << 40U, .files_free = 1'000'000, .counts_files = true};
  EXPECT_EQ(verdict_on_room(plenty), Verdict::Ok);
  os::Volume volume = plenty;
  volume.bytes_free = little_room - 1;
  EXPECT_EQ(verdict_on_room(volume), Verdict::Warning);
  volume.bytes_free = no_room - 1;
  EXPECT_EQ(verdict_on_room(volume), Verdict::Broken);
  volume = plenty;
  volume.files_free = few_files - 1;
  EXPECT_EQ(verdict_on_room(volume), Verdict::Warning);
  volume.files_free = 0;
  EXPECT_EQ(verdict_on_room(volume), Verdict::Broken);
  volume.counts_files = false;
  EXPECT_EQ(verdict_on_room(volume), Verdict::Ok);
}

}  // namespace
}  // namespace signalbox
