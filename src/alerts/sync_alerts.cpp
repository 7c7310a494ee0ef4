#include "alerts/sync_alerts.h"

#include <algorithm>
#include <map>

namespace signalbox {
namespace {

constexpr std::chrono::hours longest_wait{1};
constexpr int missed_intervals = 2;

Alert alert(const CloneRecord& clone, const char* rule, UtcTime at, std::string text,
            std::string advice) {
  return {.job = {},
          .host = clone.host,
          .rule = rule,
          .severity = Severity::High,
          .at = at,
          .until = std::nullopt,
          .text = std::move(text),
          .advice = std::move(advice),
          .muted_by = {}};
}

std::string name_of(const CloneRecord& clone) {
  return "the clone " + clone.clone + " on " + (clone.host.empty() ? "a host" : clone.host);
}

bool follows_from_silence(const Alert& alert) {
  return alert.rule == "late" || alert.rule == "overdue" || alert.rule == "silent" ||
         alert.rule == "long-running";
}

}  // namespace

std::vector<Alert> sync_alerts(std::span<const CloneRecord> clones) {
  std::vector<Alert> alerts;
  for (const CloneRecord& clone : clones) {
    if (!clone.last_error.empty()) {
      alerts.push_back(alert(clone, "sync-failing", clone.time,
                             name_of(clone) + " could not publish: " + clone.last_error,
                             "run 'signalbox doctor' there"));
    } else if (clone.interval.count() > 0) {
      alerts.push_back(
          alert(clone, "sync-failing", clone.time + missed_intervals * clone.interval,
                name_of(clone) + " has not been heard of since " + format_seconds(clone.time),
                "see whether its crontab entry still runs; 'signalbox doctor' there"));
    }
    if (clone.waiting > 0 && clone.oldest_waiting) {
      alerts.push_back(alert(clone, "unpublished", *clone.oldest_waiting + longest_wait,
                             name_of(clone) + " holds " + std::to_string(clone.waiting) +
                                 " reports, the oldest since " +
                                 format_seconds(*clone.oldest_waiting),
                             "run 'signalbox sync' there, then 'signalbox doctor'"));
    }
  }
  std::ranges::sort(alerts, comes_before);
  return alerts;
}

void mute(std::vector<Alert>& alerts, std::span<const CloneRecord> clones,
          std::span<const Alert> of_clones) {
  struct Silence {
    UtcTime at = last_time;
    std::string rule;
  };
  // The first alert of each clone's host, and the last of those: then nobody is heard of.
  std::map<std::string, Silence> of_host;
  for (const CloneRecord& clone : clones) of_host[clone.host];
  for (const Alert& alert : of_clones) {
    Silence& silence = of_host[alert.host];
    if (silence.rule.empty() || alert.at < silence.at) silence = {alert.at, alert.rule};
  }
  Silence of_all{UtcTime{}, {}};
  for (const auto& [host, silence] : of_host) {
    if (silence.rule.empty() || silence.at >= of_all.at) of_all = silence;
    if (silence.rule.empty()) break;
  }
  for (Alert& alert : alerts) {
    if (!follows_from_silence(alert)) continue;
    const auto known = of_host.find(alert.host);
    const Silence& silence = known == of_host.end() ? of_all : known->second;
    if (!silence.rule.empty() && silence.at <= alert.at) alert.muted_by = silence.rule;
  }
}

}  // namespace signalbox
