#include "site/summary.h"

#include <algorithm>

#include "base/text.h"
#include "board/estimate.h"

namespace signalbox::site {
namespace {

constexpr std::size_t longest_message = 200;

int attention_to(const std::string& status) {
  if (status == "failed") return 9;
  if (status == "timeout") return 8;
  if (status == "cancelled") return 5;
  if (status == "running") return 4;
  if (status == "pending" || status == "waiting") return 3;
  if (status == "completed") return 1;
  return 6;  // a word of the job's own: nobody knows whether it is a good one
}

void put_text(Json& object, const char* name, const std::optional<std::string>& text) {
  if (text && !text->empty()) object[name] = *text;
}

std::string project_of(const Event& shown) {
  const std::string project = text_at(shown.extra, "project");
  return project.empty() ? text_at(shown.config, "project") : project;
}

void put_slurm(const Event& shown, Json& summary) {
  const auto slurm = shown.extra.find("slurm");
  if (slurm == shown.extra.end() || !slurm->is_object()) return;
  put_text(summary, "cluster", text_at(*slurm, "cluster"));
  put_text(summary, "partition", text_at(*slurm, "partition"));
  const auto job = slurm->find("job_id");
  if (job != slurm->end() && job->is_number_integer()) summary["slurm_job_id"] = *job;
}

Json tasks_of(const RollUp& tasks) {
  Json states = Json::object();
  for (const auto& [state, count] : tasks.states) states[state] = count;
  return {{"total", tasks.total}, {"unheard", tasks.unheard}, {"states", states}};
}

// To three digits: it is only drawn, and a digit less in each of so many is a shorter page.
std::int64_t rounded(std::int64_t seconds) {
  std::int64_t unit = 1;
  while (seconds / unit >= 1000) unit *= 10;
  return (seconds + unit / 2) / unit * unit;
}

Json recent_of(std::span<const Run> runs) {
  Json recent = Json::array();
  for (std::size_t i = std::min(runs.size(), recent_runs); i-- > 0;) {
    recent.push_back(Json::array(
        {runs[i].status, runs[i].duration ? Json(rounded(*runs[i].duration)) : Json()}));
  }
  return recent;
}

}  // namespace

Summary summary_of(const Event& shown, std::span<const Run> runs,
                   const std::optional<RollUp>& tasks) {
  Summary summary{.status = tasks ? tasks->status() : shown.status};
  summary.attention = attention_to(summary.status);
  Json& json = summary.json = Json::object();
  json["name"] = shown.job.text();
  json["status"] = summary.status;
  json["time"] = format_milliseconds(shown.time);
  const bool is_known = !runs.empty() && runs.front().status == shown.status;
  json["since"] = format_milliseconds(is_known ? runs.front().since() : shown.time);
  put_text(json, "run_id", shown.run_id);
  put_text(json, "start_time", shown.start_time);
  put_text(json, "end_time", shown.end_time);
  if (shown.duration) json["duration"] = *shown.duration;
  if (shown.progress) json["progress"] = number(*shown.progress);
  if (shown.cpu_usage) json["cpu_usage"] = number(*shown.cpu_usage);
  if (shown.memory_usage) json["memory_usage"] = number(*shown.memory_usage);
  put_text(json, "next_scheduled_run", shown.next_scheduled_run);
  put_text(json, "host", shown.host);
  put_slurm(shown, json);
  put_text(json, "project", project_of(shown));
  if (shown.message) {
    const std::string_view message = *shown.message;
    put_text(json, "message",
             shortened(trimmed(message.substr(0, message.find('\n'))), longest_message));
  }
  const auto usual = usual_duration(runs);
  // What time alone changes is for the reader's clock: here it is the time of the last report.
  const auto median = usual ? std::optional(std::chrono::seconds{usual->median}) : std::nullopt;
  if (const auto estimate = estimated_end(shown, median, shown.time); estimate && !tasks) {
    json["estimated_end"] = format_milliseconds(estimate->end);
  }
  if (usual) {
    json["usual"] = {{"median", usual->median}, {"p95", usual->p95}, {"runs", usual->runs}};
  }
  if (tasks) json["tasks"] = tasks_of(*tasks);
  json["recent"] = recent_of(runs);
  json["attention"] = summary.attention;
  return summary;
}

}  // namespace signalbox::site
