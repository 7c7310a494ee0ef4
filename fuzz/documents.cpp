// Hostile bytes into everything that parses what others wrote: event lines, status files, segments,
// settings, lock files, logs and what git says. A crash, a sanitizer's finding or a broken property
// ends it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "board/document.h"
#include "board/view.h"
#include "clone/settings.h"
#include "details/tail.h"
#include "event/event.h"
#include "lock/lock_owner.h"
#include "log/entry.h"
#include "repository/retention.h"
#include "repository/segment.h"
#include "secrets/masker.h"
#include "transport/git_remote.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace signalbox;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto event = parse_event(bytes)) {
    const std::string line = format_event(*event);
    const auto again = parse_event(line);
    require(again && format_event(*again) == line);
  }
  static const JobName job = JobName::parse("job").value();
  if (const auto view = parse_view(job, bytes)) {
    const Event event = event_from_document(*view, bytes, UtcTime{});
    const auto again = parse_view(job, render_view(event));
    require(again && again->sealed && again->event.id == event.id);
    // What is adopted can be read back from the spool and the history.
    const auto line = parse_event(format_event(event));
    require(line && line->id == event.id);
  }
  for (const Event& event :
       content_of_file("data/history/job_20250817_060000.json", bytes).events) {
    require(!event.id.empty());
  }
  const std::string merged = merge_segments(std::vector<std::string>{std::string(bytes)});
  require(merge_segments(std::vector{merged}) == merged);
  const std::string thin = thinned(merged);
  require(thinned(thin) == thin);
  std::string whole;
  for (const std::string& part : parts_of_day(thin)) whole += part;
  require(whole == thin);
  (void)parse_settings(bytes);
  (void)parse_lock(bytes);
  // What old scripts wrote is an entry that is read back and known for ours.
  LogEntry entry = parse_foreign_line(bytes.substr(0, bytes.find('\n')), UtcTime{});
  entry.host = file_word(bytes);
  require(is_rendered(render_log_entry(entry)));
  require(parse_log_entry(format_log_entry(entry)).has_value());
  (void)parse_log_entry(bytes);
  const PushOutput output{.exit_status = 1, .porcelain = bytes, .errors = bytes};
  require(!interpret_push(output, "origin"));
  const std::string once = Masker().masked(std::string(bytes));
  require(Masker().masked(once) == once);
  if (auto document = parse_json(bytes)) {
    Masker().mask(*document);
    const Json masked = *document;
    Masker().mask(*document);
    require(*document == masked);
  }
  if (const auto text = readable_tail(bytes, false, 10, Masker())) {
    const auto tail = parse_tail(format_tail({.project = "p", .host = "h", .text = *text}));
    require(tail && tail->text == *text);
  }
  (void)parse_tail(bytes);
  require(redacted(bytes).find('\n') == std::string::npos);
  return 0;
}
