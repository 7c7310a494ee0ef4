// From events to what the pages show: brings the runs, summaries, alerts, days and logs that the
// index keeps (index/run_table.h, index/summary_table.h) up to a tip. The cost grows with what
// changed; the result depends on the events alone, whatever was derived before.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "clone/settings.h"
#include "os/file_system.h"
#include "repository/repository.h"

namespace signalbox::site {

// Where a site comes from.
struct Source {
  os::FileSystem& fs;  // for the time zones
  const Repository& repository;
  HistoryIndex& index;
  const Settings& settings;
  std::string tip;             // a commit; "" when the branch has none
  std::vector<Event> waiting;  // that the tip does not hold yet, and are shown as if it did
};

using Progress = std::function<void(std::size_t done, std::size_t total)>;

// The last change (SummaryTable::Row::changed) and what it is counted from: another epoch, other
// numbers.
struct State {
  std::string epoch;
  std::int64_t change = 0;
  friend bool operator==(const State&, const State&) = default;
};

// In transactions of some hundred jobs, so that nobody else's work waits for long.
[[nodiscard]] Result<State> derive(const Source& source, const Progress& progress);

// Adds the waiting events and derives from them. Inside SummaryTable::provisionally().
[[nodiscard]] Result<State> derive_waiting(const Source& source);

}  // namespace signalbox::site
