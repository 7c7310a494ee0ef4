#include "site/overview.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "site/assets.h"
#include "site/text.h"

namespace signalbox::site {
namespace {

constexpr std::size_t jobs_a_bucket = 100;
constexpr std::int64_t most_buckets = 256;  // see bucket_of()

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : to_line(value);
}
std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : text_of(*found);
}

std::string cell(const char* name, const std::string& content) {
  return std::string("<td class=\"c-") + name + "\">" + content + "</td>";
}

// To the minute, in UTC; a time that nobody can read is shown as it was written.
std::string moment(const std::string& text) {
  if (text.empty()) return {};
  const auto time = parse_time(text);
  if (!time) return html(text);
  std::string minutes = format_minutes(*time);
  minutes.pop_back();  // the "Z"
  return "<time datetime=\"" + html(text) + "\">" + minutes + "</time>";
}

// Its largest unit and the next smaller one, when that is not zero.
std::string duration_of(const Json& job) {
  const auto found = job.find("duration");
  if (found == job.end() || !found->is_number_integer()) return {};
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array<Unit, 4> units{{{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}};
  const auto seconds = std::max<std::int64_t>(found->get<std::int64_t>(), 0);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto count = seconds / units[i].seconds;
    if (count == 0) continue;
    std::string text = std::to_string(count) + " " + units[i].name;
    if (i + 1 == units.size()) return text;
    const auto rest = seconds % units[i].seconds / units[i + 1].seconds;
    if (rest > 0) text += " " + std::to_string(rest) + " " + units[i + 1].name;
    return text;
  }
  return "0 s";
}

struct KnownStatus {
  std::string_view word, label;
};
// Those that the style sheet knows.
constexpr std::array<KnownStatus, 8> known_statuses{{{"pending", "Pending"},
                                                     {"waiting", "Waiting"},
                                                     {"running", "Running"},
                                                     {"completed", "Completed"},
                                                     {"failed", "Failed"},
                                                     {"cancelled", "Cancelled"},
                                                     {"timeout", "Timed out"},
                                                     {"lost", "Lost"}}};

std::string status_cell(const std::string& status, std::string_view shown_as) {
  const auto known = std::ranges::find(known_statuses, status, &KnownStatus::word);
  const std::string label =
      known == known_statuses.end() ? html(status) : std::string(known->label);
  return cell("status", "<span class=\"status\" data-status=\"" + std::string(shown_as) + "\">" +
                            label + "</span>");
}

std::string progress_of(const Json& job, const std::string& status) {
  const auto progress = job.find("progress");
  if (status == "completed" || progress == job.end() || !progress->is_number()) return {};
  const auto percent = static_cast<int>(std::clamp(progress->get<double>(), 0.0, 100.0));
  return "<span class=\"meter\"><progress max=\"100\" value=\"" + to_line(*progress) +
         "\"></progress><span class=\"meter-value\">" + std::to_string(percent) +
         " %</span></span>";
}

std::string recent_of(const Json& job) {
  const auto recent = job.find("recent");
  if (recent == job.end() || !recent->is_array() || recent->empty()) return {};
  std::size_t good = 0;
  for (const Json& run : *recent) {
    if (run.is_array() && !run.empty() && run.front() == "completed") ++good;
  }
  return std::to_string(good) + " of " + std::to_string(recent->size());
}

std::string row_of(const std::string& summary) {
  const Json job = parse_json(summary).value_or(Json::object());
  const std::string status = text_of(job, "status");
  const bool is_known =
      std::ranges::find(known_statuses, status, &KnownStatus::word) != known_statuses.end();
  const std::string shown_as = is_known ? status : "other";
  const std::string message = text_of(job, "message");
  const std::string cluster = text_of(job, "cluster");
  return "<tr data-status=\"" + shown_as + "\"><th scope=\"row\" class=\"c-job\"><a>" +
         html(text_of(job, "name")) + "</a>" +
         (message.empty() ? "" : "<span class=\"message\">" + html(message) + "</span>") + "</th>" +
         status_cell(status, shown_as) + cell("progress", progress_of(job, status)) +
         cell("updated", moment(text_of(job, "time"))) + cell("duration", duration_of(job)) +
         cell("next", moment(text_of(job, "next_scheduled_run"))) +
         cell("host",
              html(text_of(job, "host")) +
                  (cluster.empty() ? "" : " <span class=\"muted\">" + html(cluster) + "</span>")) +
         cell("recent", recent_of(job)) + "</tr>";
}

// The most frequent first.
std::string counts_of(const Overview& overview) {
  std::vector<SummaryTable::Count> counts = overview.counts;
  std::ranges::sort(counts, [](const auto& a, const auto& b) {
    return a.jobs != b.jobs ? a.jobs > b.jobs : a.status < b.status;
  });
  std::string text;
  for (const auto& count : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count.jobs) + " " + html(count.status);
  }
  return text.empty() ? "no jobs" : text;
}

std::string rows_of(const Overview& overview) {
  std::string rows;
  for (const std::string& job : overview.jobs) rows += (rows.empty() ? "" : "\n") + row_of(job);
  return rows;
}

std::string more_of(const Overview& overview) {
  if (overview.total <= overview.jobs.size()) return {};
  return "<p class=\"more\">And " + std::to_string(overview.total - overview.jobs.size()) +
         " more jobs.</p>";
}

void put_list(std::string& object, const char* name, const std::vector<std::string>& items) {
  object.pop_back();
  object += ",\"" + std::string(name) + "\":[" + joined(items) + "]}";
}

}  // namespace

std::int64_t buckets_for(std::size_t jobs) {
  if (jobs <= most_jobs_at_once) return 0;
  std::int64_t buckets = 1;
  while (buckets < most_buckets && static_cast<std::size_t>(buckets) * jobs_a_bucket < jobs) {
    buckets *= 2;
  }
  return buckets;
}

std::string snapshot_of(const Overview& overview) {
  Json snapshot = Json::object();
  snapshot["format"] = 1;
  snapshot["title"] = overview.naming.title;
  if (!overview.naming.repository.empty()) snapshot["repository"] = overview.naming.repository;
  snapshot["generated_at"] = format_milliseconds(overview.generated_at);
  if (overview.expected) snapshot["expected_seconds"] = overview.expected->count();
  snapshot["live"] = overview.naming.live;
  Json& counts = snapshot["counts"] = Json::object();
  for (const auto& count : overview.counts) counts[count.status] = count.jobs;
  snapshot["total"] = overview.total;
  snapshot["buckets"] = buckets_for(overview.total);
  snapshot["alert_total"] = overview.alert_total;
  Json& hosts = snapshot["hosts"] = Json::array();
  for (const auto& [host, time] : overview.hosts) {
    hosts.push_back({{"host", host}, {"time", format_milliseconds(time)}});
  }
  snapshot["defaults"] = {{"silent_seconds", overview.silent.count()},
                          {"long_running_seconds", overview.long_running.count()}};
  std::string json = to_line(snapshot);
  put_list(json, "jobs", overview.jobs);
  put_list(json, "alerts", overview.alerts);
  return json;
}

std::string page_of(const Overview& overview) {
  const std::map<std::string_view, std::string> contents{
      {"TITLE", html(overview.naming.title)},
      {"GENERATED", format_milliseconds(overview.generated_at)},
      {"COUNTS", counts_of(overview)},
      {"ROWS", rows_of(overview)},
      {"MORE", more_of(overview)},
      {"SNAPSHOT", script_safe(snapshot_of(overview))}};
  constexpr std::string_view opening = "<!--@";
  constexpr std::string_view closing = "-->";
  std::string page;
  std::string_view rest = page_template();
  for (;;) {
    const auto begin = rest.find(opening);
    page += rest.substr(0, begin);
    if (begin == std::string_view::npos) return page;
    rest.remove_prefix(begin + opening.size());
    const auto end = rest.find(closing);
    if (end == std::string_view::npos) return page;
    const auto content = contents.find(rest.substr(0, end));
    if (content != contents.end()) page += content->second;
    rest.remove_prefix(end + closing.size());
  }
}

}  // namespace signalbox::site
