// Every lock that is in the way of something in a clone: ours, the old scripts', git's own; and who
// waits. For `signalbox lock status`, `signalbox lock release --if-dead` and checks of a clone's
// health.
//
//   const LockSurvey survey = survey_locks(fs, clock, places);
//   const Release release = release_leftovers(fs, clock, places);
//
// Looking takes no lock and changes nothing, but for a hidden file that is made and deleted to read
// the file system's clock. Releasing is done under the kernel lock, deletes only locks whose owner
// is gone by the evidence of leftover.h, and of git's locks only those that Signalbox wrote.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "lock/leftover.h"
#include "lock/publisher_lock.h"

namespace signalbox {

enum class LockKind {
  Advertised,  // dashboard_sync.lock, of a publisher or an old script
  Script,      // status_update.lock, .git_sync_lock/
  Kernel,      // publish.lock and publisher.lock: shown while held, or unusable
  Git,         // index.lock, packed-refs.lock, shallow.lock, refs/**/*.lock, ...
};

struct LockState {
  LockKind kind = LockKind::Advertised;
  std::string path;
  LockText text;  // of git's own: only `pid`, when a process has it open
  Owner owner = Owner::Unknown;
  std::string reason;                            // how that is known
  std::optional<std::chrono::milliseconds> age;  // by the file system's clock, since it was touched
};

struct LockSurvey {
  std::vector<LockState> locks;
  std::vector<LockState> waiting;
};

[[nodiscard]] LockSurvey survey_locks(os::FileSystem& fs, os::Clock& clock,
                                      const PublisherLock::Places& places);

struct Release {
  std::vector<LockState> released;
  std::vector<LockState> left;
  std::size_t marks = 0;  // of waiting processes that are gone
};

// Watches a lock whose owner cannot be asked for as long as that takes (`watch_time`). Busy when
// somebody holds the kernel lock.
[[nodiscard]] Result<Release> release_leftovers(os::FileSystem& fs, os::Clock& clock,
                                                const PublisherLock::Places& places);

}  // namespace signalbox
