// What a seed makes of the world, before it runs: who is there, what they do, and a list of faults,
// each at a step of the run (a verb of a seam is a step). The list is drawn up front, so that a
// failing plan can be made smaller by leaving out faults, actors and reports, one by one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace signalbox::simulation {

enum class FaultKind {
  Kill,         // -9 for the process that takes the step
  PowerCut,     // its host: all processes gone, what was not synced is lost or torn
  FileError,    // the verb fails: no space, input/output error, permission denied
  DiskFull,     // its disk takes no bytes for a while
  Stall,        // the process is not scheduled for a while
  ClockJump,    // of its host's wall clock
  Partition,    // its host does not reach the remote for a while
  Slow,         // the next answers of the remote take long
  AnswerLost,   // the next push is not answered; it arrived or not
  LateArrival,  // the next push times out, and arrives later
  TwiceSent,    // the next push arrives, and once more later
  Refused,      // the remote takes nothing for a while
  Picky,        // the remote refuses what says a certain word, for a while
  LockDeleted,  // somebody deletes the lock files of a clone
  LocksBroken,  // kernel locks exclude nobody for a while
};
inline constexpr int number_of_fault_kinds = 15;

[[nodiscard]] const char* name_of(FaultKind kind);

struct Fault {
  std::uint64_t step = 0;
  FaultKind kind = FaultKind::Kill;
  std::uint64_t parameter = 0;
};

enum class DiskKind {
  Journaling,  // ext4, xfs: one order of all changes of names; any fsync makes all before it last
  Unordered,   // POSIX alone: each change of a name may last or not until its directory is synced
};

// What shrinking may leave out.
struct Reduction {
  std::vector<std::string> actors;    // of actor_names
  std::vector<std::uint64_t> faults;  // their numbers; used only when `all_faults` is false
  bool all_faults = true;
  int most_reports = 1000;  // a reporter
};
inline constexpr const char* actor_names[] = {"person",  "editor", "scripts",
                                              "sharing", "skew",   "syncs"};

struct Plan {
  std::uint64_t seed = 0;
  bool calm = false;  // no faults, no syncs, nobody but reporters: publishers alone must do
  int hosts = 1;      // the first has a clone of its own, the others share one
  DiskKind disk = DiskKind::Journaling;
  bool kernel_locks = true;  // of the shared volume
  bool one_host_name = false;
  bool person = false, editor = false, scripts = false, syncs = true;
  int reporters = 1, reports = 1;        // a host; a reporter
  int jobs = 1;                          // fewer than reporters: several report for one
  int pace = 1;                          // seconds between two reports, at most
  bool busy = false;                     // processes often have to wait for the processor
  std::vector<std::int64_t> clock_skew;  // ms, of each host and of the shared volume
  std::int64_t start = 0;                // ms since 1970
  std::vector<Fault> faults;

  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Plan make_plan(std::uint64_t seed, const Reduction& reduction);

}  // namespace signalbox::simulation
