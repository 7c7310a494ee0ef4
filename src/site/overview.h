// index.html: the first jobs as a table, and the snapshot that the page begins with
// (docs/formats/site.md).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "alerts/sync_alerts.h"
#include "base/json.h"
#include "index/summary_table.h"
#include "publish/health.h"

namespace signalbox::site {

inline constexpr std::size_t most_jobs_at_once = 300;
inline constexpr std::size_t most_alerts_at_once = 300;

// What is said of the site as a whole.
struct Naming {
  std::string title;
  std::string repository;  // address of its web page; may be empty
  std::string base_url;    // of the site, with a slash at the end; empty: not known
  bool live = false;       // from a server that tells what changes
};

// In how many buckets so many jobs are: a power of two, 0 when the snapshot has them all.
[[nodiscard]] std::int64_t buckets_for(std::size_t jobs);

struct Overview {
  Naming naming;
  UtcTime generated_at;
  std::optional<std::chrono::seconds> expected;
  std::vector<SummaryTable::Count> counts;
  std::vector<std::string> jobs;  // JSON of the first summaries
  std::size_t total = 0;
  std::vector<std::string> alerts;  // JSON
  std::size_t alert_total = 0;
  std::map<std::string, UtcTime> hosts;  // when last heard of
  std::chrono::seconds silent{}, long_running{};
};

// One line of JSON.
[[nodiscard]] std::string snapshot_of(const Overview& overview);

// The whole page.
[[nodiscard]] std::string page_of(const Overview& overview);

}  // namespace signalbox::site
