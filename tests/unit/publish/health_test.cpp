#include "publish/health.h"

#include <gtest/gtest.h>

#include "publish/state.h"
#include "support/support.h"

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr UtcTime now{seconds{1'800'000'000}};

Health whole() {
  return {.clone = "0123456789abcdef",
          .host = "node1",
          .version = "0.1.0",
          .time = now,
          .last_publish = now - seconds{60},
          .published = 3,
          .waiting = 2,
          .oldest_waiting = now - seconds{90},
          .refused = 1,
          .damaged = 4,
          .last_error = "unreachable",
          .sync_period = seconds{900},
          .interval = seconds{21'600}};
}

TEST(Health, a_record_is_read_back_as_it_was_written) {
  const auto again = parse_health("0123456789abcdef", format_health(whole()));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, whole());
  Health bare{.clone = "0123456789abcdef", .host = "h", .version = "v", .time = now};
  EXPECT_EQ(parse_health("0123456789abcdef", format_health(bare)), bare);
}

TEST(Health, a_record_under_another_name_or_torn_is_none) {
  const std::string bytes = format_health(whole());
  EXPECT_FALSE(parse_health("0123456789abcdee", bytes));
  EXPECT_FALSE(parse_health("../../../etc/pass", bytes));
  for (std::size_t length = 0; length + 2 < bytes.size(); ++length) {
    EXPECT_FALSE(parse_health("0123456789abcdef", bytes.substr(0, length))) << length;
  }
}

TEST(Health, hostile_values_are_bounded) {
  const auto record = parse_health(
      "0123456789abcdef",
      R"({"clone":"0123456789abcdef","time":"2027-01-15T08:00:00Z","host":"a\u001b[31m\nb",)"
      R"("waiting":-5,"refused":"x","sync_period_seconds":18446744073709551615,"interval_seconds":1e99})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->host, R"(a\x1b[31m\nb)");
  EXPECT_EQ(record->waiting, 0U);
  EXPECT_EQ(record->refused, 0U);
  EXPECT_EQ(record->sync_period, seconds{366L * 86'400});
  EXPECT_EQ(record->interval, seconds{0});
}

TEST(CloneId, is_chosen_once_and_again_after_damage) {
  const testing::TemporaryDirectory directory;
  os::FileSystem& fs = os::real_file_system();
  const auto first = clone_id(fs, directory.path());
  ASSERT_TRUE(first);
  EXPECT_EQ(clone_id(fs, directory.path()), *first);
  ASSERT_TRUE(os::replace_file(fs, directory.path() + "/clone-id", "torn"));
  const auto second = clone_id(fs, directory.path());
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  EXPECT_EQ(clone_id(fs, directory.path()), *second);
}

TEST(SyncPeriod, is_learned_from_syncs_that_nobody_watches_and_not_from_a_long_pause) {
  PublishState state;
  note_sync(state, now, true);
  EXPECT_EQ(state.sync_period, seconds{0});
  note_sync(state, now + seconds{900}, true);
  EXPECT_EQ(state.sync_period, seconds{900});
  note_sync(state, now + seconds{910}, false);
  EXPECT_EQ(state.sync_period, seconds{900});
  note_sync(state, now + seconds{910 + 2 * 86'400}, true);
  EXPECT_EQ(state.sync_period, seconds{900});
}

}  // namespace
}  // namespace signalbox
