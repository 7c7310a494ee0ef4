// What a job says: one complete report. An event carries everything its job's view shows, so the
// state of a job is one event, chosen from a set (see board/fold.h), and never a patch over others.
//
// On disk an event is one line of JSON (docs/formats/event.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "event/event_id.h"
#include "event/job_name.h"

namespace signalbox {

// Bounds on what one event may hold; longer texts are cut, larger documents refused.
inline constexpr std::size_t message_limit = 16UL << 10U;    // bytes
inline constexpr std::size_t field_limit = 1024;             // bytes of a short text field
inline constexpr std::size_t document_limit = 256UL << 10U;  // bytes of a status file
inline constexpr std::size_t event_line_limit = 1UL << 20U;  // bytes of an event on disk
inline constexpr std::size_t view_limit = 5UL << 18U;        // bytes of our own rendering of one

struct Event {
  EventId id;
  JobName job;
  std::string run_id;  // empty: an adopted file that named none
  std::string status;  // a status word, see parse_status_word()
  UtcTime time;        // wall clock of the reporter: for showing, never for deciding
  std::string host;
  std::optional<std::string> start_time;  // as the caller wrote them
  std::optional<std::string> end_time;
  std::optional<std::int64_t> duration;  // seconds, >= 0
  std::optional<double> progress;        // 0 to 100
  std::optional<double> cpu_usage;       // percent, >= 0
  std::optional<double> memory_usage;    // megabytes, >= 0
  std::optional<std::string> next_scheduled_run;
  std::optional<std::string> message;  // the log entry of this report
  Json config = Json::object();
  Json metrics = Json::object();
  Json extra = Json::object();  // fields that Signalbox does not know, kept as they are
  bool imported = false;        // from the past of the branch: gives no view to a job that has none

  friend bool operator==(const Event&, const Event&) = default;
};

// [a-z0-9_-]{1,64}; upper case is folded, as in "RUNNING". InvalidInput for anything else.
[[nodiscard]] Result<std::string> parse_status_word(std::string_view text);

// completed, failed, cancelled, timeout: the run is over.
[[nodiscard]] bool is_terminal(std::string_view status);

// Whether the job itself says that its run is over. What a sync found out about a job that said
// nothing more ("judged_by", reconcile/verdicts.h) is no such word: the job may live and go on.
[[nodiscard]] bool ends_its_run(const Event& event);

// A run that nobody named has the id of its first event; a named run has any other text.
[[nodiscard]] bool is_named_run(std::string_view run_id);

// One line of JSON without a newline; the same event gives the same bytes.
[[nodiscard]] std::string format_event(const Event& event);

// Corrupt for anything that format_event() could not have written in its main fields. Unknown
// fields are kept in `extra`.
[[nodiscard]] Result<Event> parse_event(std::string_view line);

// Moves the fields that status files and event lines share (run_id, host, start_time, end_time,
// duration, progress, cpu_usage, memory_usage, next_scheduled_run, config, metrics) from a
// document into `event` and returns the fields it does not know. A number in quotes is taken as a
// number, and a number as a text. Values of a wrong type or out of range are left out, and named
// with the value, comma separated, in `ignored` when given.
[[nodiscard]] Json take_fields(const Json& document, Event& event, std::string* ignored = nullptr);

// Appends the same fields to a JSON object in a fixed order; absent ones are left out.
void put_fields(const Event& event, Json& document);

}  // namespace signalbox
