// The right to publish from this clone. Efficiency, not safety (invariant 5): with it broken,
// two publishers still publish every event once.
//
//   auto lock = PublisherLock::acquire(fs, clock, places, "publish", 30s);
//   publish(*lock, ...);          a function that needs the lock takes it as a parameter
//   ...                           released when destroyed
//
// Held are, in this order:
//   1. a kernel lock on <own_directory>/publish.lock (death releases it);
//   2. the advertised lock <git_directory>/dashboard_sync.lock (advertised_lock.h): old scripts
//   that
//      take that file with `set -C`, `ls .git/*.lock` and `cat` see what they always saw.
// Where one of the two cannot be had (no kernel locks on this file system; something of nobody that
// cannot be deleted stands in its place) the other one serves alone.
// The predecessor's own locks keep us out in turn: dashboard_sync.lock (its PID alone on a line),
// status_update.lock and the directory .git_sync_lock/ at the top of the worktree.
//
// A leftover is taken over only when its owner is provably gone: leftover.h says by what evidence.
// Who has waited for a second is visible (waiting.h).
//
// The kernel lock of a client of a shared file system that is frozen, or dead without its server
// knowing, is never released. When its holder advertised nothing, or only a leftover, for five
// seconds, the lock file is unlinked, under the advertised lock: whoever comes gets a new one.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "os/kernel_lock.h"

namespace signalbox {

inline constexpr std::string_view advertised_lock_name = "dashboard_sync.lock";

struct LockHolder;  // below

class PublisherLock {
 public:
  struct Places {
    std::string git_directory;  // where the advertised lock and the predecessor's locks live
    std::string own_directory;  // where the kernel lock lives
    std::string worktree;       // for .git_sync_lock/; empty in a bare repository

    [[nodiscard]] std::string kernel() const { return own_directory + "/publish.lock"; }
    // Of the one publisher that works in the background: publish/publisher.h.
    [[nodiscard]] std::string detached() const { return own_directory + "/publisher.lock"; }
    [[nodiscard]] std::string advertised() const;
    [[nodiscard]] std::vector<std::string> of_scripts() const;  // besides the advertised one
  };

  // Waits up to `patience`, looking every 50 ms or so, jittered. Busy with the holder's
  // description when it stays taken.
  [[nodiscard]] static Result<PublisherLock> acquire(os::FileSystem& fs, os::Clock& clock,
                                                     const Places& places,
                                                     const std::string& operation,
                                                     std::chrono::milliseconds patience);

  PublisherLock(PublisherLock&&) noexcept;
  PublisherLock& operator=(PublisherLock&&) noexcept;
  ~PublisherLock();

  // False on a file system without kernel locks: efficiency is lost, nothing else.
  [[nodiscard]] bool excludes() const;
  // Whose leftover had to be removed to get it, for the log; nothing when none was there.
  [[nodiscard]] const std::optional<LockHolder>& removed() const;

 private:
  struct Held;
  explicit PublisherLock(std::unique_ptr<Held> held);
  std::unique_ptr<Held> held_;
};

struct LockHolder {
  int pid = 0;
  std::string host;  // empty: a predecessor's script
  std::string operation;
  std::string since;
  std::string path;    // which lock file
  bool alive = false;  // a process of this host that runs; false also when we cannot know
};

// One line for a person: "'.git/dashboard_sync.lock' held by process 4711 on node1 (sync) since
// ...".
[[nodiscard]] std::string describe(const LockHolder& holder);

// Who holds an advertised or predecessor's lock now, for `status`; takes nothing, changes nothing.
[[nodiscard]] std::optional<LockHolder> lock_holder(os::FileSystem& fs,
                                                    const PublisherLock::Places& places);

}  // namespace signalbox
