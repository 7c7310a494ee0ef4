// Documents that other programs wrote: files of data/status/ that are not sealed, and the
// predecessor's history files. Their events' ids are derived from their content, so that one
// document read twice, anywhere, is one event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "board/view.h"
#include "event/event.h"

namespace signalbox {

// The 48 bits of such an event's id that stand for its content: FNV-1a, for telling versions
// apart, not a signature.
[[nodiscard]] std::uint64_t content_digest(const JobName& job, std::string_view bytes);

// When a file was written, for a document that does not say so. The kernel stamps files with a
// clock that lags by up to a tick (10 ms at 100 Hz); a file written after a report must not seem
// older.
[[nodiscard]] inline UtcTime time_of_file(UtcTime modified) {
  return modified + std::chrono::milliseconds{10};
}

// Whether a document carries the time it was written ("last_updated").
[[nodiscard]] inline bool says_when(const ParsedView& document) {
  return document.event.time != UtcTime{};
}

// The event that a document becomes. `found` is when it appeared, used when it does not say so
// itself with "last_updated". Its clock is above the "revision" the document was edited from; a
// "last_updated" in whole seconds counts as the end of its second.
[[nodiscard]] Event event_from_document(const ParsedView& document, std::string_view bytes,
                                        UtcTime found);

// One document of a file that the predecessor wrote into data/history/.
struct HistoryDocument {
  ParsedView view;
  std::string bytes;
  UtcTime found;  // when it does not say so itself: its "end_time", else what the file's name says
};

// The documents of such a file, or why one is none: `<job>_YYYYMMDD_HHMMSS.json` is one document,
// `YYYY-MM-DD.json` a list of them, each with its "job_name". Nothing from files of other names.
// The predecessor named files by the local time of a host whose zone nobody noted, so the
// document's own words go before the name's.
[[nodiscard]] std::vector<Result<HistoryDocument>> documents_of_history_file(
    std::string_view name, std::string_view bytes);

}  // namespace signalbox
