// The whole of a report, from what the caller says to a durable event and a fresh view.
//
//   1. the event goes into the clone's spool, fsynced            (invariant 1: now acknowledged)
//      or, when that fails, into the user's fallback spool
//   2. data/status/<job>.json is replaced by rename              (a cache; never decides anything)
//
// Lock-free: any number of processes and hosts may report at once. Costs no libgit2, no SQLite and
// no other program, except when a file that somebody else wrote has to be adopted first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "intake/adoption.h"
#include "intake/compose.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

enum class RecordedIn { Clone, UserState };

struct Recorded {
  Event event;
  RecordedIn where = RecordedIn::Clone;
  std::vector<std::string> warnings;  // one line each: why the fallback, a view left alone
};

class Intake {
 public:
  // `clone` is nothing when no repository was found; `asked` is what the caller asked for then
  // (empty: nothing), and names the fallback spool.
  Intake(os::FileSystem& fs, os::Clock& clock, std::optional<Clone> clone, std::string asked);

  // An error only when the event could be written nowhere. `seen_before` is asked when the job's
  // file turns out to be somebody else's.
  [[nodiscard]] Result<Recorded> report(const Event& said, const SeenBefore& seen_before);

  // Moves events from the user's fallback spools of this clone, and those of reports that named
  // no repository, into the clone's spool. The number moved; events stay where they are when a
  // step fails. `warnings` of damaged files are appended when given.
  [[nodiscard]] Result<std::size_t> bring_home();

 private:
  std::optional<Event> current_view(const JobName& job, Spool& spool, const SeenBefore& seen_before,
                                    Recorded& recorded);
  EventId shown_revision(const std::string& path);
  void refresh_view(const Event& event, const std::optional<Event>& before, Recorded& recorded);
  Status append(const Event& event, Recorded& recorded);

  os::FileSystem& fs_;
  os::Clock& clock_;
  std::optional<Clone> clone_;
  std::string asked_;
  std::string view_directory_;  // empty: nowhere to refresh a view
  bool view_is_foreign_ = false;
};

// Where the views of this clone are kept: data/status of the worktree while the published branch
// is checked out there, else a private directory in the git directory, because the files of a
// detached HEAD or another branch are somebody's work.
[[nodiscard]] std::string view_directory(os::FileSystem& fs, const Clone& clone);

// The spools of the user's state directory that belong to a clone, in the order they are tried.
[[nodiscard]] std::vector<std::string> fallback_spools(const std::optional<Clone>& clone,
                                                       const std::string& asked);

}  // namespace signalbox
