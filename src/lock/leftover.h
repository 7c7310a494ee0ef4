// Whether the owner of a lock file is provably gone, and taking away what it left.
//
//   LockWatch watch(fs, clock);
//   while (const auto sight = look_at(fs, path)) {
//     if (watch.judge(*sight, proof).owner == Owner::Gone) take_away(fs, *sight);
//     sleep
//   }
//
// The evidence, the best first; host names, machine ids and the time of day of two machines are
// none:
//   1. A lock of ours from this boot and these namespaces: no process has that PID and start time.
//   2. A lock of ours, and the kernel lock that its owner must hold is in our hands, on a file
//      system that only one kernel mounts. That tells two machines of one name apart, and a reboot
//      from a second machine, without asking for any name.
//   3. A lock of ours, and nothing of it changed for `watch_time` by the clock of who watches; a
//      living owner touches it every few seconds (advertised_lock.h). Or it is older than
//      `age_limit` by the file system's own clock.
//   4. A bare PID of a script: no process here has it, and the file system is one that only this
//      machine mounts, or else the stamp of the file is `age_limit` off the file system's clock (on
//      either side: it may have been set meanwhile). As the PID may have been given to another
//      process, one older than `longest_script` is over in any case.
//   5. A directory or anything else: its age.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "lock/lock_owner.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

// Puts `text` at `path` in one step, as readers see it; AlreadyExists when something is there.
// Synced: a power cut leaves it whole, or not at all.
enum class Flush { No, Yes };
[[nodiscard]] Status put_whole(os::FileSystem& fs, const std::string& path, const std::string& text,
                               Flush flush = Flush::No);

struct LockSight {
  std::string path;
  os::FileStatus status;
  std::optional<std::string> bytes;  // of a regular file that can be read
  LockText text;
};

// Nothing when there is no such file (or symbolic link, or directory).
[[nodiscard]] std::optional<LockSight> look_at(os::FileSystem& fs, const std::string& path);
// Whether both are the same lock of the same owner, untouched.
[[nodiscard]] bool is_same(const LockSight& one, const LockSight& other);

enum class Owner { Alive, Gone, Unknown };

struct Judgement {
  Owner owner = Owner::Unknown;
  std::string reason;  // for a person, without a full stop
};

// What one process saw of the locks in its way. Not for several threads.
class LockWatch {
 public:
  LockWatch(os::FileSystem& fs, os::Clock& clock) : fs_(fs), clock_(clock) {}

  enum class Proof { None, KernelLockIsOurs };
  [[nodiscard]] Judgement judge(const LockSight& sight, Proof proof);

  // By the file system's own clock; negative when it was set back, nothing when it cannot be read.
  [[nodiscard]] std::optional<std::chrono::milliseconds> age(const LockSight& sight);

 private:
  struct Seen {
    LockSight sight;
    os::Clock::Duration since;  // it has looked like that
    bool was_touched = false;   // by its owner, while we watched
  };
  struct Reading {
    UtcTime time;
    os::Clock::Duration at;
  };
  const Seen& note(const LockSight& sight);
  [[nodiscard]] Judgement judge_ours(const LockSight& sight, Proof proof);
  [[nodiscard]] Judgement judge_script(const LockSight& sight);

  os::FileSystem& fs_;
  os::Clock& clock_;
  std::map<std::string, Seen> seen_;
  std::map<std::string, Reading> file_system_times_;  // by directory
};

inline constexpr std::chrono::seconds watch_time{20};
// How often a living owner touches its lock; old scripts count 120 s and more.
inline constexpr std::chrono::seconds touch_interval{4};
static_assert(touch_interval * 4 < watch_time);

enum class Removal {
  Done,
  Overtaken,  // another lock has its place by now, or somebody else is about to do the same
  Refused,    // it is there, and cannot be deleted
};

// Deletes the lock that was seen, and no other. Exact without any kernel lock, for any number of
// processes: only who created the claim, a hidden file whose name is a digest of what was seen, may
// delete it, and looks once more in between. A claim that a killed process left goes when its owner
// is known to have ended, or by age.
[[nodiscard]] Removal take_away(os::FileSystem& fs, const LockSight& sight);

}  // namespace signalbox
