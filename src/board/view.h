// The view of a job: the file data/status/<job>.json, as the predecessor wrote it and as its
// readers expect it, plus run_id, host, metrics, revision and checksum (docs/formats/view.md).
//
// A view is a rendering of exactly one event. Its last field is a checksum over all bytes before
// it: a file whose checksum holds is "sealed", Signalbox's own rendering of an event that was
// recorded elsewhere, and never news. A file without one, or that was edited since, was written
// by somebody else and says something new.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "event/event.h"

namespace signalbox {

inline constexpr std::string_view status_directory = "data/status";
inline constexpr std::string_view history_directory = "data/history";

// "data/status/<job>.json", relative to the top of the repository.
[[nodiscard]] std::string view_path(const JobName& job);

// A rendering adds the fields that a view derives to all those that an event may have.
inline constexpr JsonBounds rendering_bounds{.depth = max_json_depth + 1,
                                             .fields = max_json_fields + 200};

// The bytes of the file, newline at the end included. Deterministic.
[[nodiscard]] std::string render_view(const Event& event);

// Whether the checksum at the end of a file holds; says nothing about older or newer.
[[nodiscard]] bool is_sealed(std::string_view bytes);

// The "revision" near the end of a view's bytes, without parsing them; an empty id when there is
// none. For a quick look at our own renderings.
[[nodiscard]] EventId revision_of(std::string_view bytes);

struct ParsedView {
  // For a sealed view the event it shows, to the second in `time`. For another's file the event
  // it would become: `id` is its "revision" when it carries a valid one, else empty, and `time`
  // its "last_updated", else the epoch.
  Event event;
  bool sealed = false;
  // Fields that could not be used, with their values: `progress "150", config "fast"`. Kept as
  // well in the event, as the unknown field "ignored", so that adopting a file drops nothing of it.
  std::string ignored;
};

// `job` is the job that the file's name says: a "job_name" inside that differs is ignored.
// Corrupt when the bytes are no JSON object or hold no usable "status".
[[nodiscard]] Result<ParsedView> parse_view(const JobName& job, std::string_view bytes);

}  // namespace signalbox
