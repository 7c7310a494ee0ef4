#include "board/view.h"

#include "base/checksum.h"
#include "base/text.h"

namespace signalbox {
namespace {

// The end of a sealed file: `,\n  "checksum": "0123abcd"\n}\n`, computed over all bytes before it.
constexpr std::string_view seal_start = ",\n  \"checksum\": \"";
constexpr std::string_view seal_end = "\"\n}\n";
constexpr int checksum_digits = 8;

std::string seal_of(std::string_view bytes) {
  return std::string(seal_start) + hex(crc32_of(bytes), checksum_digits) + std::string(seal_end);
}

// The predecessor's log_entries: what the view shows for a report is its one message; a longer
// list that another program wrote is kept as it is, in `extra`.
Json log_entries_of(const Event& event) {
  if (const auto kept = event.extra.find("log_entries"); kept != event.extra.end()) return *kept;
  return event.message ? Json::array({*event.message}) : Json::array();
}

void take_log_entries(const Json& entries, Event& event) {
  if (entries.is_null() || (entries.is_array() && entries.empty())) return;
  const Json& last = entries.is_array() ? entries.back() : entries;
  if (last.is_string()) {
    event.message = shortened(last.get_ref<const std::string&>(), message_limit);
  }
  if (!last.is_string() || (entries.is_array() && entries.size() > 1)) {
    event.extra["log_entries"] = entries;
  }
}

// Fields that a view derives from the event itself; they are never unknown.
bool is_derived(std::string_view name) {
  return name == "job_name" || name == "status" || name == "last_updated" || name == "revision" ||
         name == "checksum" || name == "log_entries";
}

}  // namespace

std::string view_path(const JobName& job) {
  return std::string(status_directory) + "/" + job.text() + ".json";
}

bool is_sealed(std::string_view bytes) {
  // A checkout with autocrlf changes every line's end and says nothing new by it.
  if (bytes.find('\r') != std::string_view::npos) {
    std::string unix_lines(bytes);
    std::erase(unix_lines, '\r');
    return is_sealed(unix_lines);
  }
  const std::size_t length = seal_start.size() + checksum_digits + seal_end.size();
  if (bytes.size() < length) return false;
  const std::string_view body = bytes.substr(0, bytes.size() - length);
  return bytes.substr(body.size()) == seal_of(body);
}

EventId revision_of(std::string_view bytes) {
  constexpr std::string_view key = "\"revision\":";
  const auto at = bytes.rfind(key);
  if (at == std::string_view::npos) return {};
  const auto start = bytes.find('"', at + key.size());
  if (start == std::string_view::npos) return {};
  return EventId::parse(bytes.substr(start + 1, EventId::length)).value_or(EventId{});
}

std::string render_view(const Event& event) {
  Json view = Json::object();
  view["job_name"] = event.job.text();
  view["status"] = event.status;
  view["last_updated"] = format_seconds(event.time);
  if (event.start_time) view["start_time"] = *event.start_time;
  if (event.end_time) view["end_time"] = *event.end_time;
  view["duration"] = event.duration.value_or(0);
  view["progress"] = number(event.progress.value_or(0));
  view["cpu_usage"] = number(event.cpu_usage.value_or(0));
  view["memory_usage"] = number(event.memory_usage.value_or(0));
  view["next_scheduled_run"] = event.next_scheduled_run.value_or("");
  view["config"] = event.config;
  view["log_entries"] = log_entries_of(event);
  if (!event.metrics.empty()) view["metrics"] = event.metrics;
  if (!event.run_id.empty()) view["run_id"] = event.run_id;
  if (!event.host.empty()) view["host"] = event.host;
  for (const auto& [name, value] : event.extra.items()) {
    if (!view.contains(name) && name != "revision" && name != "checksum") view[name] = value;
  }
  view["revision"] = event.id.text();
  std::string bytes = to_pretty(view);
  std::size_t end = 2;  // "\n}": the seal brings its own
  if (bytes.size() > document_limit) {
    // Deeply nested fields are mostly indentation by then.
    bytes = to_line(view);
    end = 1;
  }
  bytes.resize(bytes.size() - end);
  return bytes + seal_of(bytes);
}

Result<ParsedView> parse_view(const JobName& job, std::string_view bytes) {
  const bool is_ours = is_sealed(bytes);
  if (bytes.size() > document_limit && !is_ours) {
    return fail(ErrorKind::Corrupt, "the document is too large");
  }
  const auto document = parse_json(bytes, is_ours ? rendering_bounds : JsonBounds{});
  if (!document) return std::unexpected(document.error());
  if (!document->is_object()) return fail(ErrorKind::Corrupt, "the document is not a JSON object");
  auto status = parse_status_word(text_at(*document, "status"));
  if (!status) return fail(ErrorKind::Corrupt, "the document has no usable \"status\"");

  ParsedView view{
      .event = {.id = EventId::parse(text_at(*document, "revision")).value_or(EventId{}),
                .job = job,
                .status = *std::move(status),
                .time = parse_time(text_at(*document, "last_updated")).value_or(UtcTime{})}};
  const Json unknown = take_fields(*document, view.event, &view.ignored);
  for (const auto& [name, value] : unknown.items()) {
    if (!is_derived(name)) view.event.extra[name] = value;
  }
  const auto updated = document->find("last_updated");
  const std::string written = updated == document->end() ? "null" : to_line(*updated);
  if (written != "null" && written != "\"\"" && !parse_time(text_at(*document, "last_updated"))) {
    if (!view.ignored.empty()) view.ignored += ", ";
    view.ignored += "last_updated " + shortened(written, field_limit);
  }
  if (!view.ignored.empty()) view.event.extra["ignored"] = view.ignored;
  if (const auto entries = document->find("log_entries"); entries != document->end()) {
    take_log_entries(*entries, view.event);
  }
  view.sealed = !view.event.id.empty() && is_ours;
  return view;
}

}  // namespace signalbox
