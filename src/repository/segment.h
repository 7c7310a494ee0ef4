// History segments: immutable files of event lines (docs/formats/segment-spool-lock.md).
//
//   data/history/2025/08/17/06/20250817T060000123-0000-5f2c91ab-0123456789ab-9f86d081.ndjson
//                              <id of the first event>                      -<digest>
//
//   data/history/2025/08/17/20250817T000000123-0000-5f2c91ab-0123456789ab-2c26b46b68.ndjson
//
// A segment holds events of one hour or, once that is over, of one day (of their ids), sorted by
// id, each once, a line each. The digest is the start of its blob id: the name is a function of the
// content, so two files of one name are one file, in anyone's merge.
//
// A progress report that was thinned (repository/retention.h) leaves a short line behind, without
// what it said: {"id":"...","job":"weather"}. It stands for the event wherever an id is looked for.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "index/history_index.h"

namespace signalbox {

inline constexpr std::size_t segment_limit = 64UL << 20U;  // bytes of a segment that is read

// The name of a segment in its hour's directory.
[[nodiscard]] std::string segment_name(std::string_view first_id, std::string_view blob);
// Empty when the name is not a segment's.
[[nodiscard]] std::string_view first_id_of(std::string_view segment_name);

// The id of an event line, without parsing the line; empty when it does not start like one.
[[nodiscard]] std::string_view id_of_line(std::string_view line);

// The short line of a thinned event, and the job of such a line: nothing for any other line.
[[nodiscard]] std::string thinned_line(const EventId& id, const JobName& job);
[[nodiscard]] std::optional<JobName> job_of_thinned_line(std::string_view line);

// Calls `visit` with every line that starts with an event id.
void for_each_line(std::string_view segment,
                   const std::function<void(std::string_view id, std::string_view line)>& visit);

// The union of lines of several segments: sorted by id, each id once. A thinned line wins over a
// full one: what was thinned stays so, wherever a copy of it comes from.
[[nodiscard]] std::string merge_segments(std::span<const std::string> segments);

// What a file in data/history/ says: a segment's lines, or a predecessor's status
// documents (board/document.h). What cannot be read is left out.
struct FileContent {
  std::vector<Event> events;
  std::vector<HistoryIndex::Thinned> thinned;
};
[[nodiscard]] FileContent content_of_file(std::string_view path, std::string_view bytes);

}  // namespace signalbox
