#include "site/pages.h"

#include <algorithm>

#include "board/view.h"
#include "details/tail.h"
#include "site/assets.h"
#include "site/feed.h"
#include "site/job_page.h"
#include "site/log_pages.h"
#include "site/run_json.h"
#include "site/text.h"
#include "spool/outbox.h"

namespace signalbox::site {
namespace {

constexpr std::size_t most_runs = 400;
constexpr std::size_t most_days = 400;
constexpr std::size_t most_alerts = 1000;
constexpr std::size_t most_past_alerts = 200;
// Events in which the entries of a job's log are looked for.
constexpr std::size_t events_looked_at = 300;

CloneRecord record_of(const std::string& clone, const Health& health) {
  return {.clone = clone,
          .host = health.host,
          .time = health.time,
          .interval = health.interval,
          .waiting = health.waiting,
          .oldest_waiting = health.oldest_waiting,
          .last_error = health.last_error};
}

std::string date_of(Day day) {
  constexpr std::size_t date = 10;
  return format_seconds(UtcTime{day}).substr(0, date);
}

File shard_file(const std::string& path, const std::string& json) {
  return {path, shard(path, json)};
}

// {"name":value,...} of values that are JSON already.
class Object {
 public:
  Object& add(const char* name, const std::string& json) {
    text_ += text_.empty() ? "{" : ",";
    text_ += "\"" + std::string(name) + "\":" + json;
    return *this;
  }
  Object& add(const char* name, const std::vector<std::string>& items) {
    return add(name, "[" + joined(items) + "]");
  }
  [[nodiscard]] std::string text() const { return text_ + "}"; }

 private:
  std::string text_;
};

std::vector<std::string> json_of(const std::vector<SummaryTable::AlertRow>& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row.json);
  return texts;
}

// An object's JSON with one more field at its end.
std::string with_field(std::string object, const char* name, const std::string& text) {
  object.pop_back();
  return object + ",\"" + name + "\":" + to_line(Json(text)) + "}";
}

}  // namespace

Json json_of_days(std::span<const RunTable::DayCount> counts) {
  Json days = Json::array();
  const Day* last = nullptr;
  for (const auto& count : counts) {
    if (last == nullptr || *last != count.day) {
      days.push_back(Json::array({date_of(count.day), Json::object(), 0}));
    }
    last = &count.day;
    Json& day = days.back();
    day[1][count.status] = count.runs;
    day[2] = day[2].get<std::int64_t>() + count.seconds;
  }
  return days;
}

std::string job_path(const std::string& job) {
  return "data/job/" + job + ".js";
}
std::string badge_path(const std::string& job) {
  return "badge/" + job + ".svg";
}
std::string day_path(Day day) {
  return "data/runs/" + date_of(day) + ".js";
}
std::string bucket_path(std::int64_t bucket) {
  return "data/jobs/" + std::to_string(bucket) + ".js";
}

Status Pages::prepare() {
  auto health = read_health(source_.repository, source_.tip);
  if (!health) return std::unexpected(health.error());
  health_ = *std::move(health);
  const auto newest = summaries_.newest();
  if (!newest) return std::unexpected(newest.error());
  generated_at_ = *newest;
  clones_.clear();
  for (const auto& [clone, record] : health_) {
    clones_.push_back(record_of(clone, record));
    generated_at_ = std::max(generated_at_, record.time);
  }
  return {};
}

Result<File> Pages::job(const std::string& job) const {
  const auto name = JobName::parse(job);
  const auto summary = summaries_.find(job);
  if (!summary) return std::unexpected(summary.error());
  if (!name || !*summary) return fail(ErrorKind::NotFound, "there is no job '" + job + "'");
  const auto events = source_.index.history(*name, {.since = {}, .limit = events_looked_at});
  if (!events) return std::unexpected(events.error());
  const auto runs = runs_.last_shown(*name, most_runs);
  if (!runs) return std::unexpected(runs.error());
  const auto run_total = runs_.count(*name);
  if (!run_total) return std::unexpected(run_total.error());
  const auto days = runs_.days(*name, most_days);
  if (!days) return std::unexpected(days.error());
  const auto now = summaries_.alerts(job, false);
  if (!now) return std::unexpected(now.error());
  const auto before = summaries_.alerts(job, true);
  if (!before) return std::unexpected(before.error());
  const auto logs = summaries_.logs_of(job);
  if (!logs) return std::unexpected(logs.error());

  Object page;
  page.add("summary", (*summary)->json);
  page.add("fields", to_line(parse_json((*summary)->view, rendering_bounds).value_or(Json())));
  page.add("entries", to_line(entries_of(*events)));
  if (!runs->empty()) {
    const std::string run = text_at(parse_json(runs->front()).value_or(Json::object()), "run_id");
    const auto sample = runs_.sample(*name, run, most_samples);
    if (!sample) return std::unexpected(sample.error());
    page.add("samples", to_line(samples_of(run, *sample)));
  }
  page.add("runs", *runs);
  page.add("run_total", std::to_string(*run_total));
  page.add("days", to_line(json_of_days(*days)));
  page.add("alerts", Object().add("now", json_of(*now)).add("before", json_of(*before)).text());
  page.add("tails", *logs);
  return shard_file(job_path(job), page.text());
}

Result<File> Pages::badge(const std::string& job) const {
  const auto summary = summaries_.find(job);
  if (!summary) return std::unexpected(summary.error());
  if (!*summary) return fail(ErrorKind::NotFound, "there is no job '" + job + "'");
  return File{badge_path(job), badge_of(job, (*summary)->status)};
}

Result<File> Pages::day(Day day) const {
  const auto runs = runs_.shown_of_day(day);
  if (!runs) return std::unexpected(runs.error());
  std::vector<std::string> texts;
  for (const auto& run : *runs) texts.push_back(with_field(run.json, "job", run.job));
  return shard_file(day_path(day), Object().add("runs", texts).text());
}

Result<File> Pages::bucket(std::int64_t bucket, std::int64_t buckets) const {
  const auto jobs = summaries_.of_bucket(bucket, buckets);
  if (!jobs) return std::unexpected(jobs.error());
  return shard_file(bucket_path(bucket), Object().add("jobs", *jobs).text());
}

Result<File> Pages::log(const std::string& path) const {
  const auto bytes = source_.repository.file(source_.tip, path, outbox_file_limit);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return fail(ErrorKind::NotFound, "there is no log '" + path + "'");
  const auto tail = parse_tail(**bytes);
  if (!tail) return std::unexpected(tail.error());
  return shard_file(log_shard_path(path), to_line(log_shard(*tail)));
}

// Those of the clones and of the jobs, by time; what follows from a silent clone is muted.
Result<std::vector<std::string>> Pages::alerts_now(std::size_t limit) const {
  const auto rows = summaries_.alerts(false, limit);
  if (!rows) return std::unexpected(rows.error());
  const std::vector<Alert> of_clones = sync_alerts(clones_);
  std::vector<std::pair<UtcTime, std::string>> all;
  for (const Alert& alert : of_clones) all.emplace_back(alert.at, to_line(json_of(alert)));
  std::vector<Alert> of_jobs;
  for (const auto& row : *rows) {
    of_jobs.push_back({.job = {}, .host = row.host, .rule = row.rule, .at = row.at});
  }
  mute(of_jobs, clones_, of_clones);
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const std::string& muted_by = of_jobs[i].muted_by;
    all.emplace_back(of_jobs[i].at, muted_by.empty()
                                        ? (*rows)[i].json
                                        : with_field((*rows)[i].json, "muted_by", muted_by));
  }
  std::ranges::sort(all);
  if (all.size() > limit) all.resize(limit);
  std::vector<std::string> texts;
  for (auto& [at, json] : all) texts.push_back(std::move(json));
  return texts;
}

Result<Overview> Pages::overview() const {
  Overview overview{.naming = naming_,
                    .generated_at = generated_at_,
                    .silent = source_.settings.silent_after,
                    .long_running = source_.settings.long_running};
  auto counts = summaries_.counts();
  if (!counts) return std::unexpected(counts.error());
  auto jobs = summaries_.first(most_jobs_at_once);
  if (!jobs) return std::unexpected(jobs.error());
  const auto total = summaries_.count();
  if (!total) return std::unexpected(total.error());
  auto alerts = alerts_now(most_alerts_at_once);
  if (!alerts) return std::unexpected(alerts.error());
  const auto alert_total = summaries_.count_alerts();
  if (!alert_total) return std::unexpected(alert_total.error());
  const auto hosts = summaries_.hosts();
  if (!hosts) return std::unexpected(hosts.error());
  overview.counts = *std::move(counts);
  overview.jobs = *std::move(jobs);
  overview.total = *total;
  overview.alerts = *std::move(alerts);
  overview.alert_total = *alert_total + sync_alerts(clones_).size();
  for (const auto& heard : *hosts) overview.hosts.emplace(heard.host, heard.time);
  for (const CloneRecord& clone : clones_) {
    UtcTime& heard = overview.hosts.try_emplace(clone.host, clone.time).first->second;
    heard = std::max(heard, clone.time);
    if (clone.interval.count() > 0) {
      overview.expected = std::min(overview.expected.value_or(clone.interval), clone.interval);
    }
  }
  return overview;
}

Result<File> Pages::feed() const {
  const auto rows = runs_.last_changed(most_entries);
  if (!rows) return std::unexpected(rows.error());
  std::vector<RunOfJob> runs;
  for (const auto& row : *rows) {
    auto run = parse_run(row.json);
    if (!run) return std::unexpected(run.error());
    runs.push_back({row.job, *std::move(run)});
  }
  return File{"feed.xml", feed_of(naming_, generated_at_, runs)};
}

Result<File> Pages::days() const {
  const auto days = runs_.all_days();
  if (!days) return std::unexpected(days.error());
  std::vector<std::string> texts;
  std::int64_t total = 0;
  for (const auto& day : *days) {
    texts.push_back(day.json);
    total += day.runs;
  }
  return shard_file("data/days.js",
                    Object().add("days", texts).add("runs", std::to_string(total)).text());
}

Result<File> Pages::alerts() const {
  const auto now = alerts_now(most_alerts);
  if (!now) return std::unexpected(now.error());
  const auto before = summaries_.alerts(true, most_past_alerts);
  if (!before) return std::unexpected(before.error());
  return shard_file("data/alerts.js",
                    Object().add("now", *now).add("before", json_of(*before)).text());
}

Result<File> Pages::logs() const {
  const auto logs = summaries_.logs();
  if (!logs) return std::unexpected(logs.error());
  std::vector<std::string> texts;
  for (const auto& log : *logs) texts.push_back(log.json);
  return shard_file("data/logs.js", Object().add("logs", texts).text());
}

File Pages::health() const {
  std::vector<std::string> records;
  for (const auto& [clone, record] : health_) {
    records.push_back(to_line(signalbox::json_of(record)));
  }
  return shard_file("data/health.js", Object().add("clones", records).text());
}

Result<std::vector<File>> Pages::common() const {
  std::vector<File> files;
  for (const Asset& asset : assets()) {
    files.push_back({std::string(asset.path), std::string(asset.bytes)});
  }
  files.push_back(health());
  for (const auto make : {&Pages::days, &Pages::alerts, &Pages::logs, &Pages::feed}) {
    auto file = (this->*make)();
    if (!file) return std::unexpected(file.error());
    files.push_back(*std::move(file));
  }
  const auto first = overview();
  if (!first) return std::unexpected(first.error());
  files.push_back(shard_file("data/snapshot.js", snapshot_of(*first)));
  // Last: what it leads to is there.
  files.push_back({"index.html", page_of(*first)});
  return files;
}

}  // namespace signalbox::site
