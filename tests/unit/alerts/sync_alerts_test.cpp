#include "alerts/sync_alerts.h"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

using std::chrono::hours;

const UtcTime noon = *parse_time("2025-08-17T12:00:00Z");

CloneRecord clone_on(const std::string& host, UtcTime time = noon) {
  return {.clone = "0123456789abcdef", .host = host, .time = time, .interval = hours{6}};
}

std::string muted(const std::string& host, UtcTime at, const std::vector<CloneRecord>& clones,
                  const std::string& rule = "overdue") {
  std::vector<Alert> alerts{{.job = "weather", .host = host, .rule = rule, .at = at}};
  mute(alerts, clones, sync_alerts(clones));
  return alerts[0].muted_by;
}

TEST(SyncAlerts, fire_when_a_clone_breaks_its_promise) {
  const auto alerts = sync_alerts(std::vector{clone_on("a")});
  ASSERT_EQ(alerts.size(), 1);
  EXPECT_EQ(alerts[0].rule, "sync-failing");
  EXPECT_EQ(alerts[0].at, noon + hours{12});
  EXPECT_EQ(json_of(alerts[0]).at("severity"), "high");
  EXPECT_FALSE(json_of(alerts[0]).contains("job"));
}

TEST(SyncAlerts, fire_at_once_when_a_publish_failed) {
  CloneRecord clone = clone_on("a");
  clone.last_error = "unreachable";
  EXPECT_EQ(sync_alerts(std::vector{clone})[0].at, noon);
}

TEST(SyncAlerts, fire_when_reports_have_waited_for_an_hour) {
  CloneRecord clone = clone_on("a");
  clone.waiting = 3;
  clone.oldest_waiting = noon - hours{2};
  EXPECT_EQ(sync_alerts(std::vector{clone})[0].rule, "unpublished");
  EXPECT_EQ(sync_alerts(std::vector{clone})[0].at, noon - hours{1});
}

TEST(SyncAlerts, mute_what_follows_from_them) {
  const std::vector<CloneRecord> clones{clone_on("a"), clone_on("b", noon + hours{6})};
  EXPECT_EQ(muted("a", noon + hours{13}, clones), "sync-failing");
  EXPECT_EQ(muted("a", noon + hours{11}, clones), "");  // it fired before
  EXPECT_EQ(muted("b", noon + hours{13}, clones), "");  // that clone is well
  EXPECT_EQ(muted("a", noon + hours{13}, clones, "failed"), "");
}

TEST(SyncAlerts, mute_hosts_without_a_clone_when_all_clones_are_silent) {
  const std::vector<CloneRecord> clones{clone_on("a"), clone_on("b", noon + hours{6})};
  EXPECT_EQ(muted("node17", noon + hours{13}, clones), "");
  EXPECT_EQ(muted("node17", noon + hours{19}, clones), "sync-failing");
  EXPECT_EQ(muted("node17", noon + hours{19}, {}), "");
}

TEST(Duration, is_told_exactly) {
  using std::chrono::seconds;
  EXPECT_EQ(text_of(seconds{7200}), "2h");
  EXPECT_EQ(text_of(seconds{5400}), "1h 30m");
  EXPECT_EQ(text_of(seconds{0}), "0s");
  EXPECT_EQ(text_of(seconds{90061}), "1d 1h 1m 1s");
}

}  // namespace
}  // namespace signalbox
