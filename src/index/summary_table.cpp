#include "index/summary_table.h"

#include "index/implementation.h"

namespace signalbox {
namespace {

using sqlite::Statement;

std::int64_t number_of(UtcTime time) {
  return time.time_since_epoch().count();
}
UtcTime time_of(std::int64_t number) {
  return UtcTime{std::chrono::milliseconds{number}};
}

}  // namespace

Status SummaryTable::in_transaction(const std::function<Status()>& work) const {
  return index_.impl_->in_transaction(work);
}

Status SummaryTable::provisionally(const std::function<Status()>& work) const {
  sqlite3* database = index_.impl_->database.get();
  if (auto done = sqlite::execute(database, "BEGIN IMMEDIATE"); !done) return done;
  const auto done = work();
  const auto undone = sqlite::execute(database, "ROLLBACK");
  return done ? undone : done;
}

Result<std::string> SummaryTable::fact(const std::string& name) const {
  const auto texts = index_.impl_->texts("SELECT value FROM state WHERE name = ?1", {name});
  if (!texts) return std::unexpected(texts.error());
  return texts->empty() ? std::string() : texts->front();
}

Status SummaryTable::put_fact(const std::string& name, const std::string& text) const {
  return index_.impl_->run("INSERT OR REPLACE INTO state VALUES (?1, ?2)", {name, text});
}

Status SummaryTable::put(const Row& row) const {
  return index_.impl_->run(
      "INSERT OR REPLACE INTO summaries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      {row.job, row.changed, row.bucket, row.attention, number_of(row.time), row.status, row.host,
       row.json, row.view});
}

Status SummaryTable::remove(const std::string& job) const {
  auto done = index_.impl_->run("DELETE FROM summaries WHERE job = ?1", {job});
  if (done) done = index_.impl_->run("DELETE FROM alerts WHERE job = ?1", {job});
  return done;
}

Result<std::optional<SummaryTable::Row>> SummaryTable::find(const std::string& job) const {
  std::optional<Row> found;
  const auto done = index_.impl_->for_each_row("SELECT * FROM summaries WHERE job = ?1", {job},
                                               [&](const Statement& row) {
                                                 found = Row{.job = row.text(0),
                                                             .changed = row.number(1),
                                                             .bucket = row.number(2),
                                                             .attention = row.number(3),
                                                             .time = time_of(row.number(4)),
                                                             .status = row.text(5),
                                                             .host = row.text(6),
                                                             .json = row.text(7),
                                                             .view = row.text(8)};
                                               });
  if (!done) return std::unexpected(done.error());
  return found;
}

Result<std::vector<std::string>> SummaryTable::jobs() const {
  return index_.impl_->texts("SELECT job FROM summaries ORDER BY job", {});
}

Result<std::vector<std::string>> SummaryTable::jobs_changed_since(std::int64_t change) const {
  // "+": the few are sorted, rather than all looked at in order.
  return index_.impl_->texts("SELECT job FROM summaries WHERE changed > ?1 ORDER BY +job",
                             {change});
}

Result<std::size_t> SummaryTable::count() const {
  return index_.impl_->number("SELECT count(*) FROM summaries", {});
}

Result<std::vector<std::string>> SummaryTable::first(std::size_t limit) const {
  return index_.impl_->texts(
      "SELECT json FROM summaries ORDER BY attention DESC, time DESC, job LIMIT ?1",
      {static_cast<std::int64_t>(limit)});
}

Result<std::vector<std::string>> SummaryTable::of_bucket(std::int64_t bucket,
                                                         std::int64_t buckets) const {
  return index_.impl_->texts(
      "SELECT json FROM summaries WHERE bucket IN (SELECT DISTINCT bucket FROM summaries WHERE "
      "bucket % ?2 = ?1) ORDER BY job",
      {bucket, buckets});
}

Result<std::vector<SummaryTable::Count>> SummaryTable::counts() const {
  std::vector<Count> counts;
  const auto done = index_.impl_->for_each_row(
      "SELECT status, count(*) FROM summaries GROUP BY status ORDER BY status", {},
      [&](const Statement& row) { counts.push_back({row.text(0), row.number(1)}); });
  if (!done) return std::unexpected(done.error());
  return counts;
}

Result<std::vector<SummaryTable::Heard>> SummaryTable::hosts() const {
  std::vector<Heard> hosts;
  const auto done = index_.impl_->for_each_row(
      "SELECT host, max(time) FROM summaries WHERE host != '' GROUP BY host ORDER BY host", {},
      [&](const Statement& row) { hosts.push_back({row.text(0), time_of(row.number(1))}); });
  if (!done) return std::unexpected(done.error());
  return hosts;
}

Result<UtcTime> SummaryTable::newest() const {
  const auto newest = index_.impl_->number(
      "SELECT ifnull(max(t), 0) FROM (SELECT max(time) AS t FROM summaries GROUP BY host)", {});
  if (!newest) return std::unexpected(newest.error());
  return time_of(static_cast<std::int64_t>(*newest));
}

Status SummaryTable::put_alerts(const std::string& job, bool over,
                                const std::vector<AlertRow>& alerts) const {
  const std::int64_t is_over = over ? 1 : 0;
  auto done = index_.impl_->run("DELETE FROM alerts WHERE job = ?1 AND over = ?2", {job, is_over});
  for (const AlertRow& alert : alerts) {
    if (!done) return done;
    done =
        index_.impl_->run("INSERT INTO alerts VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                          {job, is_over, number_of(alert.at), alert.host, alert.rule, alert.json});
  }
  return done;
}

namespace {

SummaryTable::AlertRow alert_of(const Statement& row) {
  return {
      .at = time_of(row.number(0)), .host = row.text(1), .rule = row.text(2), .json = row.text(3)};
}

}  // namespace

Result<std::vector<SummaryTable::AlertRow>> SummaryTable::alerts(const std::string& job,
                                                                 bool over) const {
  std::vector<AlertRow> alerts;
  const std::string order = over ? "DESC" : "ASC";
  const auto done = index_.impl_->for_each_row(
      "SELECT at, host, rule, json FROM alerts WHERE job = ?1 AND over = ?2 ORDER BY at " + order +
          ", rule",
      {job, std::int64_t{over ? 1 : 0}},
      [&](const Statement& row) { alerts.push_back(alert_of(row)); });
  if (!done) return std::unexpected(done.error());
  return alerts;
}

Result<std::vector<SummaryTable::AlertRow>> SummaryTable::alerts(bool over,
                                                                 std::size_t limit) const {
  std::vector<AlertRow> alerts;
  const std::string order = over ? "at DESC, job DESC, rule DESC" : "at, job, rule";
  const auto done = index_.impl_->for_each_row(
      "SELECT at, host, rule, json FROM alerts WHERE over = ?1 ORDER BY " + order + " LIMIT ?2",
      {std::int64_t{over ? 1 : 0}, static_cast<std::int64_t>(limit)},
      [&](const Statement& row) { alerts.push_back(alert_of(row)); });
  if (!done) return std::unexpected(done.error());
  return alerts;
}

Result<std::size_t> SummaryTable::count_alerts() const {
  return index_.impl_->number("SELECT count(*) FROM alerts WHERE over = 0", {});
}

Status SummaryTable::put(const LogRow& log) const {
  return index_.impl_->run("INSERT OR REPLACE INTO logs VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           {log.path, log.blob, log.changed, log.job, log.project, log.json});
}

Status SummaryTable::remove_log(const std::string& path) const {
  return index_.impl_->run("DELETE FROM logs WHERE path = ?1", {path});
}

Result<std::vector<SummaryTable::LogRow>> SummaryTable::logs() const {
  std::vector<LogRow> logs;
  const auto done =
      index_.impl_->for_each_row("SELECT * FROM logs ORDER BY path", {}, [&](const Statement& row) {
        logs.push_back({.path = row.text(0),
                        .blob = row.text(1),
                        .changed = row.number(2),
                        .job = row.text(3),
                        .project = row.text(4),
                        .json = row.text(5)});
      });
  if (!done) return std::unexpected(done.error());
  return logs;
}

Result<std::vector<std::string>> SummaryTable::logs_of(const std::string& job) const {
  return index_.impl_->texts(
      "SELECT json FROM (SELECT path, json FROM logs WHERE job = ?1 UNION "
      "SELECT path, json FROM logs WHERE project = ?1) ORDER BY path",
      {job});
}

Status SummaryTable::touch(const std::string& job, std::int64_t change) const {
  return index_.impl_->run("UPDATE summaries SET changed = ?2 WHERE job = ?1", {job, change});
}

}  // namespace signalbox
