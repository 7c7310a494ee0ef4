// The runs of all jobs, derived from the events and kept beside them in the index's database: what
// a page of the dashboard needs of a run, found by job, by day and by its last change.
//
// The index notes of which runs events came or went; whoever derives (site/derivation.h) reads
// those events, puts the runs they make, and settles the note. A run is told twice: `shown`, JSON
// as a page has it, and `record`, what the deriver needs again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "index/history_index.h"

namespace signalbox {

using Day = std::chrono::sys_days;

class RunTable {
 public:
  // The index must outlive it.
  explicit RunTable(HistoryIndex& index) : index_(index) {}

  // A run of which events came or went; `run` is empty for events that name none.
  struct Stale {
    JobName job;
    std::string run;
    EventId first;  // of those events
  };
  [[nodiscard]] Result<std::vector<Stale>> stale() const;  // by job
  [[nodiscard]] Status settle(const Stale& stale) const;

  // Events of a job from an id on, oldest first.
  [[nodiscard]] Result<std::vector<Event>> events_from(const JobName& job,
                                                       const EventId& first) const;
  [[nodiscard]] Result<std::optional<Event>> event(const JobName& job, const EventId& id) const;
  // Where to begin so that every run that `stale` names, of one job, is read whole; `nameless` when
  // events without a run_id are among them: then the runs of all such events from there on.
  struct Beginning {
    EventId first;
    std::optional<EventId> nameless;
  };
  [[nodiscard]] Result<Beginning> beginning_of(std::span<const Stale> stale) const;

  struct Row {
    std::string run;
    EventId first;  // event
    bool nameless = false;
    UtcTime start;
    std::string status;
    std::optional<std::int64_t> seconds;
    UtcTime since;
    std::string shown, record;
  };
  // Replaces and removes; the days concerned are then out of date.
  [[nodiscard]] Status put(const JobName& job, const Row& row) const;
  [[nodiscard]] Status remove(const JobName& job, const std::string& run) const;
  [[nodiscard]] Status remove_nameless(const JobName& job, const EventId& first) const;

  // `record` or `shown` of the last runs of a job by start, newest first.
  [[nodiscard]] Result<std::vector<std::string>> last_records(const JobName& job,
                                                              std::size_t limit) const;
  [[nodiscard]] Result<std::vector<std::string>> last_shown(const JobName& job,
                                                            std::size_t limit) const;
  [[nodiscard]] Result<std::size_t> count(const JobName& job) const;
  // At most `most` events of a run, evenly chosen, oldest first.
  [[nodiscard]] Result<std::vector<Event>> sample(const JobName& job, const std::string& run,
                                                  std::size_t most) const;

  struct OfJob {
    std::string job, json;
  };
  [[nodiscard]] Result<std::vector<OfJob>> shown_of_day(Day day) const;  // by start
  // Records of the runs, of all jobs, that changed last.
  [[nodiscard]] Result<std::vector<OfJob>> last_changed(std::size_t limit) const;

  // Of each day, oldest first, and each status, how many runs started, and how long those took that
  // are known to.
  struct DayCount {
    Day day;
    std::string status;
    std::int64_t runs = 0, seconds = 0;
  };
  [[nodiscard]] Result<std::vector<DayCount>> days(const JobName& job, std::size_t last_days) const;
  [[nodiscard]] Result<std::vector<DayCount>> of_day(Day day) const;

  // The days that are out of date, and what is known of them once they are put.
  [[nodiscard]] Result<std::vector<Day>> stale_days() const;
  struct DayRow {
    Day day;
    std::int64_t runs = 0;  // 0: the day is taken out
    std::string json;
    std::int64_t changed = 0;
  };
  [[nodiscard]] Status put(const DayRow& row) const;
  [[nodiscard]] Result<std::vector<DayRow>> all_days() const;  // oldest first

 private:
  HistoryIndex& index_;
};

}  // namespace signalbox
