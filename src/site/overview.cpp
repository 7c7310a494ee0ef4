#include "site/overview.h"

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

// To the minute; a time that nobody can read is shown as it was written.
std::string moment(const std::string& text) {
  if (text.empty()) return {};
  const auto time = parse_time(text);
  if (!time) return html(text);
  return "<time datetime=\"" + html(text) + "\">" + format_minutes(*time) + "</time>";
}

std::string duration_of(const Json& job) {
  const auto found = job.find("duration");
  if (found == job.end() || !found->is_number_integer()) return {};
  const auto seconds = found->get<std::int64_t>();
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 3600;
  if (seconds < minute) return std::to_string(seconds) + " s";
  if (seconds < hour) return std::to_string(seconds / minute) + " min";
  return std::to_string(seconds / hour) + " h " + std::to_string(seconds % hour / minute) + " min";
}

// A word that the style sheet knows.
std::string shown_as(const std::string& status) {
  constexpr std::array<std::string_view, 8> known{"pending",   "waiting", "running", "completed",
                                                  "cancelled", "failed",  "timeout", "lost"};
  for (const std::string_view word : known) {
    if (status == word) return status;
  }
  return "other";
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
  const std::string known = shown_as(status);
  const std::string message = text_of(job, "message");
  const std::string progress = text_of(job, "progress");
  const std::string cluster = text_of(job, "cluster");
  return "<tr data-status=\"" + known + "\"><th scope=\"row\" class=\"c-job\"><a>" +
         html(text_of(job, "name")) + "</a>" +
         (message.empty() ? "" : "<span class=\"message\">" + html(message) + "</span>") + "</th>" +
         cell("status",
              "<span class=\"status\" data-status=\"" + known + "\">" + html(status) + "</span>") +
         cell("progress", progress.empty() ? progress : html(progress) + " %") +
         cell("updated", moment(text_of(job, "time"))) + cell("duration", duration_of(job)) +
         cell("next", moment(text_of(job, "next_scheduled_run"))) +
         cell("host",
              html(text_of(job, "host")) +
                  (cluster.empty() ? "" : " <span class=\"muted\">" + html(cluster) + "</span>")) +
         cell("recent", recent_of(job)) + "</tr>";
}

std::string counts_of(const Overview& overview) {
  std::string text;
  for (const auto& count : overview.counts) {
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
