// A race: writers, publishers, syncs and people on one branch, faults, and the verdict whether
// anything that was acknowledged is lost.
//
//   Stage stage(fs, request);                     race/stage.h
//   auto result = race(fs, clock, stage, request, watch);
//   stage.withdraw();                             whatever became of it
//   stage.remove();                               or keep it
//
// Everything it starts has ended when it returns; when it is killed instead, who adopted its
// orphans ends them (race/guardian.h). It changes the environment of this process, for all it
// starts: the user's state directory is the stage's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "race/request.h"
#include "race/stage.h"
#include "race/timeline.h"

namespace signalbox {

struct RaceProgress {
  std::string phase;
  std::chrono::milliseconds elapsed{0};
  std::uint64_t acknowledged = 0;
  std::size_t waiting = 0;  // events in the spools
  std::size_t faults = 0;
};

struct RaceResult {
  bool proven = false;
  std::uint64_t acknowledged = 0;
  std::uint64_t not_recorded = 0;   // and told so
  std::uint64_t in_user_spool = 0;  // of the acknowledged: the clone had no room
  std::uint64_t published = 0;      // events; of the predecessor: updates that arrived
  std::uint64_t lost = 0;
  std::uint64_t doubled = 0;
  std::uint64_t backwards = 0;
  std::vector<std::string> violations;  // the first of each rule, a line
  std::uint64_t commits = 0;            // in the branch's history
  std::uint64_t commits_by_people = 0;
  std::uint64_t failed_pushes = 0;
  std::chrono::microseconds p50{0}, p99{0}, longest{0};  // of a report
  std::map<Fault, std::size_t> faults;
  std::size_t writers_killed = 0;
  std::size_t put_back = 0;    // reports that the remote had refused
  std::size_t dead_locks = 0;  // lock files of killed gits that were deleted
  std::chrono::milliseconds writing{0}, settling{0}, checking{0};
  std::uint64_t memory = 0;              // largest resident set of this process, bytes
  std::uint64_t memory_of_programs = 0;  // of the largest process of the race
  Timeline timeline{0};
};

using RaceWatch = std::function<void(const RaceProgress& progress)>;

// An error when the race could not be held, or no verdict be had; a lost report is none.
[[nodiscard]] Result<RaceResult> race(os::FileSystem& fs, os::Clock& clock, Stage& stage,
                                      const RaceRequest& request, const RaceWatch& watch);

}  // namespace signalbox
