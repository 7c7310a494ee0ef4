// The files of the site, each from the rows that the index keeps (site/derivation.h): what is in
// them and where they are is docs/formats/site.md.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "index/run_table.h"
#include "index/summary_table.h"
#include "publish/health.h"
#include "site/derivation.h"
#include "site/overview.h"

namespace signalbox::site {

struct File {
  std::string path, bytes;
};

// {"2025-08-17", {"completed": 3, "failed": 1}, seconds} of each day, oldest first.
[[nodiscard]] Json json_of_days(std::span<const RunTable::DayCount> counts);

[[nodiscard]] std::string job_path(const std::string& job);
[[nodiscard]] std::string badge_path(const std::string& job);
[[nodiscard]] std::string day_path(Day day);
[[nodiscard]] std::string bucket_path(std::int64_t bucket);

class Pages {
 public:
  Pages(const Source& source, const Naming& naming)
      : source_(source), naming_(naming), runs_(source.index), summaries_(source.index) {}

  // Reads what several files are made from. To be called before the others.
  [[nodiscard]] Status prepare();

  [[nodiscard]] Result<File> job(const std::string& job) const;
  [[nodiscard]] Result<File> badge(const std::string& job) const;
  [[nodiscard]] Result<File> day(Day day) const;
  [[nodiscard]] Result<File> bucket(std::int64_t bucket, std::int64_t buckets) const;
  [[nodiscard]] Result<File> log(const std::string& path) const;
  // index.html, data/snapshot.js, feed.xml, data/days.js, data/alerts.js, data/logs.js,
  // data/health.js, and what never changes.
  [[nodiscard]] Result<std::vector<File>> common() const;

 private:
  [[nodiscard]] Result<std::vector<std::string>> alerts_now(std::size_t limit) const;
  [[nodiscard]] Result<Overview> overview() const;
  [[nodiscard]] Result<File> feed() const;
  [[nodiscard]] Result<File> days() const;
  [[nodiscard]] Result<File> alerts() const;
  [[nodiscard]] Result<File> logs() const;
  [[nodiscard]] File health() const;

  const Source& source_;
  const Naming& naming_;
  RunTable runs_;
  SummaryTable summaries_;
  std::vector<CloneRecord> clones_;
  std::map<std::string, Health> health_;
  UtcTime generated_at_;
};

}  // namespace signalbox::site
