// What stays of a day that is over: pure functions over the lines of its segments
// (repository/segment.h), sorted by id, each id once, as merge_segments() gives them.
//
//   lines = merge_segments(all files of the day)
//   lines = thinned(lines)              when the day is old
//   for each part of parts_of_day(lines): a file of the day's directory
//
// All three are functions of the lines alone: clones that compact one day at once write the same
// bytes, and a day that was compacted already is not changed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

// A file of a day has at most so many bytes (GitHub recommends no larger objects), or one line.
inline constexpr std::size_t day_part_limit = 1UL << 20U;

// The lines with the progress reports between others of their run replaced by thinned lines. Kept
// in full, of each job's run in each hour: the first and the last event, every event whose status
// is not that of the one before, every end of a run. So a job's newest event is kept, and whatever
// events come on top, the fold (board/fold.h) over the rest chooses what it would have chosen:
// an event that goes has a later one of its run, which is shadowed only when it is too.
// A line that is no event is kept as it is.
[[nodiscard]] std::string thinned(std::string_view lines);

// The files of a day: one, or for a day that exceeds day_part_limit at least one an hour, cut at
// line ends. Only the files of its hour change with a late event.
[[nodiscard]] std::vector<std::string> parts_of_day(std::string_view lines);

}  // namespace signalbox
