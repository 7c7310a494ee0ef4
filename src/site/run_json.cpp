#include "site/run_json.h"

namespace signalbox::site {
namespace {

std::int64_t number_of(UtcTime time) {
  return time.time_since_epoch().count();
}
UtcTime time_of(const Json& value) {
  return UtcTime{
      std::chrono::milliseconds{value.is_number_integer() ? value.get<std::int64_t>() : 0}};
}

template <class T>
void put(Json& object, const char* name, const std::optional<T>& value) {
  if (value) object[name] = *value;
}
void put(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}
void put(Json& object, const char* name, const std::optional<double>& value) {
  if (value) object[name] = number(*value);
}

const Json* find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}
std::optional<std::int64_t> whole_at(const Json& object, const char* name) {
  const Json* value = find(object, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}
std::optional<double> number_at(const Json& object, const char* name) {
  const Json* value = find(object, name);
  return value != nullptr && value->is_number() ? std::optional(value->get<double>())
                                                : std::nullopt;
}
std::optional<UtcTime> time_at(const Json& object, const char* name) {
  const Json* value = find(object, name);
  return value == nullptr ? std::nullopt : std::optional(time_of(*value));
}

void put(Json& object, const char* name, const std::optional<Run::Peak>& peak) {
  if (peak) object[name] = Json::array({peak->value, number_of(peak->time)});
}
std::optional<Run::Peak> peak_at(const Json& object, const char* name) {
  const Json* value = find(object, name);
  if (value == nullptr || !value->is_array() || value->size() != 2) return std::nullopt;
  if (!value->front().is_number()) return std::nullopt;
  return Run::Peak{value->front().get<double>(), time_of(value->back())};
}

}  // namespace

Json shown_run(const Run& run) {
  Json object = Json::object();
  object["run_id"] = run.id;
  object["status"] = run.status;
  object["start"] = format_milliseconds(run.start);
  if (run.end) object["end"] = format_milliseconds(*run.end);
  put(object, "duration", run.duration);
  put(object, "host", run.host);
  put(object, "exit_code", run.exit_code);
  put(object, "message", run.message);
  put(object, "progress", run.progress);
  if (run.cpu) object["cpu_peak"] = number(run.cpu->value);
  if (run.memory) object["memory_peak"] = number(run.memory->value);
  put(object, "slurm_job_id", run.slurm_job_id);
  object["reports"] = run.reports;
  return object;
}

std::string format_run(const Run& run) {
  Json object = Json::object();
  object["id"] = run.id;
  object["status"] = run.status;
  object["start"] = number_of(run.start);
  if (run.end) object["end"] = number_of(*run.end);
  put(object, "duration", run.duration);
  put(object, "host", run.host);
  put(object, "message", run.message);
  put(object, "exit_code", run.exit_code);
  put(object, "slurm_job_id", run.slurm_job_id);
  put(object, "progress", run.progress);
  put(object, "next", run.next_scheduled_run);
  if (run.lost) object["lost"] = true;
  put(object, "cpu", run.cpu);
  put(object, "memory", run.memory);
  object["changes"] = Json::array();
  for (const Run::Change& change : run.changes) {
    object["changes"].push_back(Json::array({number_of(change.time), change.status}));
  }
  if (run.silence) {
    object["silence"] = Json::array({number_of(run.silence->from), number_of(run.silence->to)});
  }
  object["heard"] = number_of(run.heard);
  object["reports"] = run.reports;
  return to_line(object);
}

Result<Run> parse_run(std::string_view record) {
  const auto object = parse_json(record);
  if (!object) return std::unexpected(object.error());
  if (!object->is_object() || !object->contains("id") || !object->contains("start")) {
    return fail(ErrorKind::Corrupt, "the index holds a run that is none");
  }
  Run run{.id = text_at(*object, "id"),
          .status = text_at(*object, "status"),
          .start = time_of(object->at("start")),
          .end = time_at(*object, "end"),
          .duration = whole_at(*object, "duration"),
          .host = text_at(*object, "host"),
          .message = text_at(*object, "message"),
          .exit_code = whole_at(*object, "exit_code"),
          .slurm_job_id = whole_at(*object, "slurm_job_id"),
          .progress = number_at(*object, "progress"),
          .next_scheduled_run = text_at(*object, "next"),
          .lost = object->contains("lost"),
          .cpu = peak_at(*object, "cpu"),
          .memory = peak_at(*object, "memory"),
          .heard = time_at(*object, "heard").value_or(UtcTime{}),
          .reports = static_cast<std::size_t>(whole_at(*object, "reports").value_or(0))};
  if (const Json* changes = find(*object, "changes")) {
    for (const Json& change : *changes) {
      if (!change.is_array() || change.size() != 2 || !change.back().is_string()) continue;
      run.changes.push_back({time_of(change.front()), change.back().get<std::string>()});
    }
  }
  const Json* silence = find(*object, "silence");
  if (silence != nullptr && silence->is_array() && silence->size() == 2) {
    run.silence = Run::Silence{time_of(silence->front()), time_of(silence->back())};
  }
  return run;
}

}  // namespace signalbox::site
