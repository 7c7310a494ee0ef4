// The whole of a report, from what the caller says to a durable event and a fresh view.
//
//   0. secrets are masked (intake/masking.h)
//   1. the event goes into the clone's spool, fsynced            (invariant 1: now acknowledged)
//      or, when that fails, into the user's fallback spool
//   2. data/status/<job>.json is replaced by rename              (a cache; never decides anything)
//
// Lock-free: any number of processes and hosts may report at once. Costs no libgit2, no SQLite and
// no other program, except when a file that somebody else wrote has to be adopted first.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "intake/adoption.h"
#include "intake/compose.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "secrets/masker.h"

namespace signalbox {

enum class RecordedIn { Clone, UserState };

struct Recorded {
  Event event;
  RecordedIn where = RecordedIn::Clone;
  std::vector<std::string> warnings;  // one line each: why the fallback, a view left alone
};

// This moment on this host: of a report that is tried in two places both times the same, so that
// its two events have one id and are one.
[[nodiscard]] Reporter reporter_here(os::Clock& clock);

class Intake {
 public:
  // `clone` is nothing when no repository was found; `asked` is what the caller asked for then
  // (empty: nothing), and names the fallback spool.
  Intake(os::FileSystem& fs, os::Clock& clock, std::optional<Clone> clone, std::string asked);

  // An error only when the event could be written nowhere. `branch` is asked when the job's
  // file turns out to be somebody else's.
  // `after_file`: the job wrote that file itself just before, as the predecessor asked of it, and
  // this only says so: where nothing more is said than the file says, the file's own event, which
  // waits or is published, is the report, and no other one is made.
  // `durable` is called as soon as the report is acknowledged, before the view is refreshed.
  [[nodiscard]] Result<Recorded> report(const Event& said, Reporter reporter, const Branch& branch,
                                        bool after_file, const std::function<void()>& durable);

 private:
  std::optional<Event> current_view(const JobName& job, Spool& spool, const Branch& branch,
                                    const Masker& masker, Recorded& recorded);
  EventId newest_known(const JobName& job, const std::optional<Event>& current,
                       const Branch& branch);
  bool set_aside(const JobName& job, const std::string& bytes, Recorded& recorded);
  EventId shown_revision(const std::string& path);
  bool may_be_replaced(const std::string& path, const EventId& by);
  void refresh_view(const Event& event, const std::optional<Event>& before, Recorded& recorded);
  Status append(const Event& event, Recorded& recorded);

  os::FileSystem& fs_;
  os::Clock& clock_;
  std::optional<Clone> clone_;
  std::string asked_;
  std::string view_directory_;  // empty: nowhere to refresh a view
  bool view_is_foreign_ = false;
  std::optional<std::string> view_bytes_;  // what the view held when the report was composed
};

// For a clone whose file system does not answer: into the user's state directory, without a look at
// the clone, so that nothing is carried over from the job's view. `asked` is its path, or empty for
// the clone that the caller stands in.
[[nodiscard]] Result<Recorded> report_to_user_state(os::FileSystem& fs, const Reporter& reporter,
                                                    const Event& said, const std::string& asked);

// Where the views of this clone are kept: data/status of the worktree while the published branch
// is checked out there, else a private directory in the git directory, because the files of a
// detached HEAD or another branch are somebody's work.
[[nodiscard]] std::string view_directory(os::FileSystem& fs, const Clone& clone);

}  // namespace signalbox
