// The runs of a job: what its events say of each, from the first report to the end. Pure and
// order-free, as the fold is (board/fold.h).
//
// Events with the same run_id are of one run. Events of other programs' files name none: of those,
// in the order of their ids, one goes on where the one before tells the same beginning, or had not
// ended and tells no other one; an end is that of what ran before. Such a run has the id of its
// first event, and a report that goes on from any of its events (intake/compose.h gives it that
// event's id as run_id) is of it too.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"

namespace signalbox {

struct Run {
  std::string id;      // the run_id, or that of the first event
  std::string status;  // what fold() chooses among its events says, also in what follows
  UtcTime start;       // as the job says, else of the first report
  std::optional<UtcTime> end;
  std::optional<std::int64_t> duration;  // seconds
  std::string host, message;             // the message's first line, at most 200 bytes
  std::optional<std::int64_t> exit_code, slurm_job_id;
  std::optional<double> progress;
  std::string next_scheduled_run;
  bool lost = false;  // failed, and nobody knows how

  struct Peak {
    double value;
    UtcTime time;
    friend bool operator==(const Peak&, const Peak&) = default;
  };
  std::optional<Peak> cpu, memory;  // the greatest of all reports

  // When it came into each status, oldest first; at most the last 20.
  struct Change {
    UtcTime time;
    std::string status;
    friend bool operator==(const Change&, const Change&) = default;
  };
  std::vector<Change> changes;
  // The longest time without a report while it was running.
  struct Silence {
    UtcTime from, to;
    friend bool operator==(const Silence&, const Silence&) = default;
  };
  std::optional<Silence> silence;
  UtcTime heard;            // time of the newest report
  std::size_t reports = 0;  // that are known in full

  [[nodiscard]] UtcTime since() const { return changes.empty() ? start : changes.back().time; }
  friend bool operator==(const Run&, const Run&) = default;
};

// Whether `next`, an event without a run_id, is of the run of `event`, the one before it by id.
[[nodiscard]] bool goes_on(const Event& event, const Event& next);

// Events of one run, not empty, in any order.
[[nodiscard]] Run run_of(std::span<const Event> events);

// Events of one job in any order, as runs by their ids. An event twice is once.
[[nodiscard]] std::map<std::string, std::vector<Event>> group_by_run(std::span<const Event> events);

// Newest first: by start, then by id.
[[nodiscard]] std::vector<Run> runs_of(std::span<const Event> events);

// Typical durations of the last completed runs that tell theirs; nothing before there are three.
struct UsualDuration {
  std::int64_t median = 0, p95 = 0;  // seconds
  std::size_t runs = 0;              // they are from; at most 20
};
[[nodiscard]] std::optional<UsualDuration> usual_duration(std::span<const Run> newest_first);

}  // namespace signalbox
