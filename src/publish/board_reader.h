// The board as a person here sees it: the views of the tip, folded with what still waits.
#pragma once

#include <optional>
#include <vector>

#include "intake/fallback.h"
#include "os/clock.h"
#include "publish/session.h"

namespace signalbox {

// What `read` gives for the index, a Result, when that is brought up to the tip that is shown.
template <class Read>
[[nodiscard]] auto read_index(Session& session, const Repository::Progress& progress, Read read)
    -> std::invoke_result_t<Read, HistoryIndex&> {
  const auto tip = session.shown_tip();
  if (!tip) return std::unexpected(tip.error());
  return session.with_index([&](HistoryIndex& index) -> std::invoke_result_t<Read, HistoryIndex&> {
    if (auto done = session.repository().update_index(index, *tip, progress); !done) {
      return std::unexpected(done.error());
    }
    return read(index);
  });
}

// Events of the clone's spool and of the user's fallback spools for it.
[[nodiscard]] Result<std::vector<Event>> read_waiting_events(os::FileSystem& fs,
                                                             const Clone& clone);

struct BoardRow {
  Event event;
  bool waiting = false;  // the event shown is not known to be at the remote
};

// Sorted by job. `job`: only this one.
[[nodiscard]] Result<std::vector<BoardRow>> read_board(os::FileSystem& fs, const Clone& clone,
                                                       Session& session,
                                                       const std::optional<JobName>& job);

// The tasks of an array job: one event each, the published ones folded with what waits.
// `array_job_id`: SLURM's, as the job's newest event names it. Brings the index up to date.
[[nodiscard]] Result<std::vector<Event>> read_tasks(os::FileSystem& fs, const Clone& clone,
                                                    Session& session, const JobName& job,
                                                    std::int64_t array_job_id);

struct HistoryRow {
  Event event;
  bool waiting = false;
};

struct History {
  std::vector<HistoryRow> rows;  // newest first
  std::size_t thinned = 0;       // reports of which only the id is left, by the query's `since`
};
[[nodiscard]] Result<History> read_history(os::FileSystem& fs, const Clone& clone, Session& session,
                                           const JobName& job, const HistoryIndex::Query& query,
                                           const Repository::Progress& progress);

struct WaitingEvents {
  std::size_t in_clone = 0;
  std::size_t in_user_state = 0;  // spools of the user's state directory that come home here
  std::optional<UtcTime> oldest;
  std::vector<std::string> damaged, refused;  // files of events that were set aside
  std::vector<FallbackSpool> orphaned;        // spools of the user's for clones that are not there
};
[[nodiscard]] Result<WaitingEvents> read_waiting(os::FileSystem& fs, const Clone& clone);

}  // namespace signalbox
