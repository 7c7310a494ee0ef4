// History segments: immutable files of event lines (docs/formats/segment-spool-lock.md).
//
//   data/history/2025/08/17/06/20250817T060000123-0000-5f2c91ab-0123456789ab-9f86d081.ndjson
//                              <id of the first event>                      -<digest>
//
// A segment holds events of one hour (of their ids), sorted by id, each once, a line each. The
// digest is the start of its blob id: the name is a function of the content, so two files of one
// name are one file, in anyone's merge.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"

namespace signalbox {

inline constexpr std::size_t segment_limit = 64UL << 20U;  // bytes of a segment that is read

// The name of a segment in its hour's directory.
[[nodiscard]] std::string segment_name(std::string_view first_id, std::string_view blob);
// Empty when the name is not a segment's.
[[nodiscard]] std::string_view first_id_of(std::string_view segment_name);

// The id of an event line, without parsing the line; empty when it does not start like one.
[[nodiscard]] std::string_view id_of_line(std::string_view line);

// Calls `visit` with every line that starts with an event id.
void for_each_line(std::string_view segment,
                   const std::function<void(std::string_view id, std::string_view line)>& visit);

// The union of lines of several segments: sorted by id, each id once.
[[nodiscard]] std::string merge_segments(std::span<const std::string> segments);

// The events of a file in data/history/: a segment's lines, or a predecessor's status document
// (`<job>_YYYYMMDD_HHMMSS.json`). What cannot be read is left out.
[[nodiscard]] std::vector<Event> events_of_file(std::string_view path, std::string_view bytes);

}  // namespace signalbox
