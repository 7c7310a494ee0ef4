#include "serve/api.h"

#include <algorithm>
#include <map>

#include "site/job_page.h"
#include "site/pages.h"

namespace signalbox::serve {
namespace {

constexpr std::size_t most_events = 1000;
constexpr std::size_t most_jobs_of_events = 200;

Result<Json> snapshot_of(const SiteFiles& files) {
  const auto text = files.snapshot();
  if (!text) return std::unexpected(text.error());
  return parse_own(*text);
}

Result<Json> shard_of(const SiteFiles& files, const std::string& path) {
  const auto text = files.shard(path);
  if (!text) return std::unexpected(text.error());
  return parse_own(*text);
}

std::int64_t whole_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

const Json& list_at(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

Result<std::vector<Json>> all_jobs(const SiteFiles& files) {
  const auto snapshot = snapshot_of(files);
  if (!snapshot) return std::unexpected(snapshot.error());
  const std::int64_t buckets = whole_at(*snapshot, "buckets");
  const Json& first = list_at(*snapshot, "jobs");
  if (buckets == 0) return std::vector<Json>(first.begin(), first.end());
  std::vector<Json> jobs;
  for (std::int64_t bucket = 0; bucket < buckets; ++bucket) {
    const auto shard = shard_of(files, site::bucket_path(bucket));
    if (!shard) return std::unexpected(shard.error());
    const Json& some = list_at(*shard, "jobs");
    jobs.insert(jobs.end(), some.begin(), some.end());
  }
  return jobs;
}

// Texts of one form, so that their order is that of the times.
std::string time_of(const Json& object) {
  return text_at(object, "time");
}

// In a label: the rules of the text format.
std::string label(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\' || c == '"') safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

class Metrics {
 public:
  void begin(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void value(double number, const std::string& labels = {}) {
    text_ += name_ + (labels.empty() ? "" : "{" + labels + "}") + " " +
             to_line(signalbox::number(number)) + "\n";
  }
  void one(const char* name, const char* type, const char* help, double number) {
    begin(name, type, help);
    value(number);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string name_, text_;
};

double seconds_since(UtcTime then, UtcTime now) {
  return std::chrono::duration<double>(std::max(now - then, UtcTime::duration{0})).count();
}

// Alerts that fire at a moment, by severity. What time alone changes is told as the time from which
// it holds.
std::map<std::string, std::size_t> firing(const Json& snapshot, UtcTime now) {
  std::map<std::string, std::size_t> counts{{"high", 0}, {"medium", 0}, {"low", 0}};
  for (const Json& alert : list_at(snapshot, "alerts")) {
    const auto at = parse_time(text_at(alert, "at"));
    if (alert.contains("muted_by") || (at && *at > now)) continue;
    ++counts[text_at(alert, "severity")];
  }
  return counts;
}

}  // namespace

Result<std::string> jobs_json(const SiteFiles& files) {
  const auto jobs = all_jobs(files);
  if (!jobs) return std::unexpected(jobs.error());
  Json answer{{"jobs", *jobs}, {"total", jobs->size()}};
  return to_line(answer);
}

Result<std::string> runs_json(const SiteFiles& files, const JobName& job) {
  const auto page = shard_of(files, site::job_path(job.text()));
  if (!page) return std::unexpected(page.error());
  Json answer = Json::object();
  answer["runs"] = list_at(*page, "runs");
  answer["total"] = whole_at(*page, "run_total");
  return to_line(answer);
}

Result<std::string> events_json(const SiteFiles& files, UtcTime since) {
  auto jobs = all_jobs(files);
  if (!jobs) return std::unexpected(jobs.error());
  const std::string from = format_milliseconds(since);
  std::erase_if(*jobs, [&](const Json& job) { return time_of(job) < from; });
  std::ranges::sort(*jobs, std::greater{}, time_of);
  bool more = jobs->size() > most_jobs_of_events;
  if (more) jobs->resize(most_jobs_of_events);
  std::vector<Json> events;
  for (const Json& job : *jobs) {
    const std::string name = text_at(job, "name");
    const auto page = shard_of(files, site::job_path(name));
    if (!page) continue;  // gone since the list was read
    const Json& entries = list_at(*page, "entries");
    bool are_all_new = !entries.empty();
    for (const Json& entry : entries) {
      are_all_new = are_all_new && time_of(entry) >= from;
      if (!entry.is_object() || time_of(entry) < from) continue;
      Json event{{"job", name}};
      event.update(entry);
      events.push_back(std::move(event));
    }
    more = more || (are_all_new && entries.size() >= site::most_entries_shown);
  }
  std::ranges::sort(events, std::greater{}, time_of);
  more = more || events.size() > most_events;
  if (events.size() > most_events) events.resize(most_events);
  Json answer = Json::object();
  answer["events"] = events;
  answer["more"] = more;
  return to_line(answer);
}

Result<Json> health_json(const SiteFiles& files, UtcTime now) {
  const auto snapshot = snapshot_of(files);
  if (!snapshot) return std::unexpected(snapshot.error());
  const Progress progress = files.progress();
  const std::string generated_at = text_at(*snapshot, "generated_at");
  Json health{{"status", progress.error.empty() ? "ok" : "failing"},
              {"generated_at", generated_at},
              {"age_seconds", static_cast<std::int64_t>(seconds_since(
                                  parse_time(generated_at).value_or(UtcTime{}), now))},
              {"built_at", format_milliseconds(progress.built)},
              {"tip", progress.tip},
              {"waiting", progress.waiting}};
  if (!progress.error.empty()) health["error"] = progress.error;
  return health;
}

Result<std::string> metrics_text(const SiteFiles& files, UtcTime now, const Counters& counters) {
  const auto snapshot = snapshot_of(files);
  if (!snapshot) return std::unexpected(snapshot.error());
  const Progress progress = files.progress();
  Metrics metrics;
  metrics.begin("signalbox_jobs", "gauge", "Jobs by their status.");
  const auto counts = snapshot->find("counts");
  if (counts != snapshot->end() && counts->is_object()) {
    for (const auto& [status, count] : counts->items()) {
      if (count.is_number()) {
        metrics.value(count.get<double>(), "status=\"" + label(status) + "\"");
      }
    }
  }
  metrics.begin("signalbox_alerts_firing", "gauge",
                "Alerts that fire and follow from no other, of the first 300.");
  for (const auto& [severity, count] : firing(*snapshot, now)) {
    metrics.value(static_cast<double>(count), "severity=\"" + label(severity) + "\"");
  }
  const UtcTime generated_at = parse_time(text_at(*snapshot, "generated_at")).value_or(UtcTime{});
  metrics.one("signalbox_data_age_seconds", "gauge", "Since the newest report or health record.",
              seconds_since(generated_at, now));
  metrics.one("signalbox_waiting_events", "gauge", "Reports that the remote does not have yet.",
              static_cast<double>(progress.waiting));
  metrics.one("signalbox_build_failing", "gauge", "1 while what is shown cannot be renewed.",
              progress.error.empty() ? 0 : 1);
  metrics.one("signalbox_builds_total", "counter", "Builds of the pages.",
              static_cast<double>(progress.builds));
  metrics.one("signalbox_http_requests_total", "counter", "Requests that were answered.",
              static_cast<double>(counters.requests));
  metrics.one("signalbox_http_requests_refused_total", "counter", "Of those, by whom may not ask.",
              static_cast<double>(counters.refused));
  metrics.one("signalbox_http_connections", "gauge", "Open connections.",
              static_cast<double>(counters.connections));
  metrics.one("signalbox_http_streams", "gauge", "Open event streams.",
              static_cast<double>(counters.streams));
  return metrics.text();
}

}  // namespace signalbox::serve
