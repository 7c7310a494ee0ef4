// A summary of each job and its alerts, derived and kept in the index's database, so that the first
// page of the dashboard is put together without a look at any event. See index/run_table.h.
//
// Each row says at which change (a number that goes up) it was put, so that a page is made again
// only when what it shows has changed since it was made.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "index/history_index.h"

namespace signalbox {

class SummaryTable {
 public:
  explicit SummaryTable(HistoryIndex& index) : index_(index) {}

  // One transaction around `work`; within another one a part of it.
  [[nodiscard]] Status in_transaction(const std::function<Status()>& work) const;
  // What `work` changes is seen by it alone, and gone after it.
  [[nodiscard]] Status provisionally(const std::function<Status()>& work) const;

  // Small texts; empty when not set.
  [[nodiscard]] Result<std::string> fact(const std::string& name) const;
  [[nodiscard]] Status put_fact(const std::string& name, const std::string& text) const;

  struct Row {
    std::string job;
    std::int64_t changed = 0, bucket = 0, attention = 0;
    UtcTime time;
    std::string status, host;
    std::string json;  // of the summary
    std::string view;  // bytes of the status file
  };
  [[nodiscard]] Status put(const Row& row) const;
  [[nodiscard]] Status remove(const std::string& job) const;
  [[nodiscard]] Result<std::optional<Row>> find(const std::string& job) const;
  [[nodiscard]] Result<std::vector<std::string>> jobs() const;  // sorted
  [[nodiscard]] Result<std::vector<std::string>> jobs_changed_since(std::int64_t change) const;
  [[nodiscard]] Result<std::size_t> count() const;
  // JSON of the jobs that need a look first, or of those whose bucket, modulo the
  // number of buckets, is this one, by name.
  [[nodiscard]] Result<std::vector<std::string>> first(std::size_t limit) const;
  [[nodiscard]] Result<std::vector<std::string>> of_bucket(std::int64_t bucket,
                                                           std::int64_t buckets) const;

  struct Count {
    std::string status;
    std::int64_t jobs = 0;
  };
  [[nodiscard]] Result<std::vector<Count>> counts() const;  // by status
  struct Heard {
    std::string host;
    UtcTime time;
  };
  [[nodiscard]] Result<std::vector<Heard>> hosts() const;  // when jobs on it were last heard of
  [[nodiscard]] Result<UtcTime> newest() const;            // time of any job

  struct AlertRow {
    UtcTime at;
    std::string host, rule, json;
  };
  // Those that may fire (`over` false) or are over, of one job; replaces them.
  [[nodiscard]] Status put_alerts(const std::string& job, bool over,
                                  const std::vector<AlertRow>& alerts) const;
  [[nodiscard]] Result<std::vector<AlertRow>> alerts(const std::string& job, bool over) const;
  // Of all jobs: the earliest that may fire, the newest that are over.
  [[nodiscard]] Result<std::vector<AlertRow>> alerts(bool over, std::size_t limit) const;
  [[nodiscard]] Result<std::size_t> count_alerts() const;  // that may fire

  // The collected logs of the branch.
  struct LogRow {
    std::string path, blob;
    std::int64_t changed = 0;
    std::string job, project, json;
  };
  [[nodiscard]] Status put(const LogRow& log) const;
  [[nodiscard]] Status remove_log(const std::string& path) const;
  [[nodiscard]] Result<std::vector<LogRow>> logs() const;                                // by path
  [[nodiscard]] Result<std::vector<std::string>> logs_of(const std::string& job) const;  // JSON
  // The page of a job is out of date for another reason than its row.
  [[nodiscard]] Status touch(const std::string& job, std::int64_t change) const;

 private:
  HistoryIndex& index_;
};

}  // namespace signalbox
