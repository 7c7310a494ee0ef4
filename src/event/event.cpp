#include "event/event.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr double largest_number =
    1e15;  // of seconds, percent or megabytes: a bound, not a judgement
// A document's unknown fields are one level deeper in the event that it becomes, in "extra".
constexpr JsonBounds line_bounds{.depth = max_json_depth + 1, .fields = max_json_fields + 100};

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return parse_number(trimmed(value.get_ref<const std::string&>()));
  return std::nullopt;
}

std::optional<double> number_within(const Json& value, double most) {
  const auto found = number_of(value);
  if (!found || !std::isfinite(*found) || *found < 0 || *found > most) return std::nullopt;
  return *found == 0 ? 0 : *found;  // one zero only: -0 would render differently
}

std::optional<std::string> text_of(const Json& value) {
  if (value.is_number()) return to_line(value);
  if (!value.is_string()) return std::nullopt;
  return shortened(value.get_ref<const std::string&>(), field_limit);
}

// Takes one known field; false when its value cannot be used.
bool take_field(const std::string& name, const Json& value, Event& event) {
  const auto take_text = [&](std::optional<std::string>& field) {
    field = text_of(value);
    return field.has_value();
  };
  const auto take_number = [&](std::optional<double>& field, double most) {
    field = number_within(value, most);
    return field.has_value();
  };
  if (value.is_null()) return true;  // "no value", as several writers spell it
  if (name == "run_id" || name == "host") {
    const auto text = text_of(value);
    (name == "host" ? event.host : event.run_id) = text.value_or("");
    return text.has_value();
  }
  if (name == "start_time") return take_text(event.start_time);
  if (name == "end_time") return take_text(event.end_time);
  if (name == "next_scheduled_run") return take_text(event.next_scheduled_run);
  if (name == "progress") return take_number(event.progress, 100);
  if (name == "cpu_usage") return take_number(event.cpu_usage, largest_number);
  if (name == "memory_usage") return take_number(event.memory_usage, largest_number);
  if (name == "duration") {
    const auto seconds = number_within(value, largest_number);
    if (seconds) event.duration = static_cast<std::int64_t>(*seconds);
    return seconds.has_value();
  }
  Json& object = name == "config" ? event.config : event.metrics;
  if (value.is_object()) object = value;
  return value.is_object();
}

constexpr std::array shared_fields = {
    "run_id",    "host",         "start_time",         "end_time", "duration", "progress",
    "cpu_usage", "memory_usage", "next_scheduled_run", "config",   "metrics"};

}  // namespace

Result<std::string> parse_status_word(std::string_view text) {
  constexpr std::size_t longest_word = 64;
  std::string word(trimmed(text.substr(0, 4 * longest_word)));
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (word.empty() || word.size() > longest_word || !std::ranges::all_of(word, allowed)) {
    return fail(ErrorKind::InvalidInput,
                "status '" + printable(text, 60) + "' is not a status word",
                "use pending, waiting, running, completed, failed, cancelled, timeout or another "
                "word of 1 to 64 letters, digits, '_' or '-'");
  }
  return word;
}

bool is_terminal(std::string_view status) {
  return status == "completed" || status == "failed" || status == "cancelled" ||
         status == "timeout";
}

bool ends_its_run(const Event& event) {
  return is_terminal(event.status) && !event.extra.contains("judged_by");
}

bool is_named_run(std::string_view run_id) {
  return !run_id.empty() && !EventId::parse(run_id).has_value();
}

Json take_fields(const Json& document, Event& event, std::string* ignored) {
  Json unknown = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (std::ranges::find(shared_fields, name) == shared_fields.end()) {
      unknown[name] = value;
    } else if (!take_field(name, value, event) && ignored != nullptr) {
      if (!ignored->empty()) *ignored += ", ";
      *ignored += name + " " + shortened(to_line(value), field_limit);
    }
  }
  return unknown;
}

void put_fields(const Event& event, Json& document) {
  if (!event.run_id.empty()) document["run_id"] = event.run_id;
  if (!event.host.empty()) document["host"] = event.host;
  if (event.start_time) document["start_time"] = *event.start_time;
  if (event.end_time) document["end_time"] = *event.end_time;
  if (event.duration) document["duration"] = *event.duration;
  if (event.progress) document["progress"] = number(*event.progress);
  if (event.cpu_usage) document["cpu_usage"] = number(*event.cpu_usage);
  if (event.memory_usage) document["memory_usage"] = number(*event.memory_usage);
  if (event.next_scheduled_run) document["next_scheduled_run"] = *event.next_scheduled_run;
  if (!event.config.empty()) document["config"] = event.config;
  if (!event.metrics.empty()) document["metrics"] = event.metrics;
}

std::string format_event(const Event& event) {
  Json line = Json::object();
  line["id"] = event.id.text();
  line["job"] = event.job.text();
  line["status"] = event.status;
  line["time"] = format_milliseconds(event.time);
  put_fields(event, line);
  if (event.message) line["message"] = *event.message;
  if (event.imported) line["imported"] = true;
  if (!event.extra.empty()) line["extra"] = event.extra;
  return to_line(line);
}

Result<Event> parse_event(std::string_view line) {
  if (line.size() > event_line_limit) return fail(ErrorKind::Corrupt, "an event line is too long");
  const auto document = parse_json(line, line_bounds);
  if (!document) return std::unexpected(document.error());
  if (!document->is_object()) return fail(ErrorKind::Corrupt, "an event is not a JSON object");
  const auto id = EventId::parse(text_at(*document, "id"));
  auto job = JobName::parse(text_at(*document, "job"));
  auto status = parse_status_word(text_at(*document, "status"));
  const auto time = parse_time(text_at(*document, "time"));
  if (!id || !job || !status || !time) {
    return fail(ErrorKind::Corrupt, "an event lacks its id, job, status or time");
  }
  Event event{.id = *id, .job = *std::move(job), .status = *std::move(status), .time = *time};
  const Json unknown = take_fields(*document, event);
  for (const auto& [name, value] : unknown.items()) {
    if (name == "message" && value.is_string()) {
      event.message = shortened(value.get_ref<const std::string&>(), message_limit);
    } else if (name == "imported") {
      event.imported = value == true;
    } else if (name == "extra" && value.is_object()) {
      event.extra = value;
    }
  }
  return event;
}

}  // namespace signalbox
