// Who waits for the publisher lock, visible to `signalbox lock status`: a small file a process in
// <own_directory>/waiting/, of the form of a lock of ours (lock_owner.h), from the moment it has
// waited for a second: the common path costs nothing. A file that a killed process left is deleted
// by the next one that comes to wait.
#pragma once

#include <string>
#include <vector>

#include "lock/leftover.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

// There for as long as this lives. Best effort: who cannot write it waits all the same.
class WaitingMark {
 public:
  WaitingMark(os::FileSystem& fs, os::Clock& clock, const std::string& own_directory,
              const std::string& operation);
  WaitingMark(const WaitingMark&) = delete;
  WaitingMark& operator=(const WaitingMark&) = delete;
  ~WaitingMark();

 private:
  os::FileSystem& fs_;
  std::string path_;
};

// Those that wait, as far as is known; the dead left out. Changes nothing.
[[nodiscard]] std::vector<LockSight> waiting_processes(os::FileSystem& fs, LockWatch& watch,
                                                       const std::string& own_directory);

// Deletes the files of those that are gone; how many.
std::size_t delete_dead_marks(os::FileSystem& fs, LockWatch& watch,
                              const std::string& own_directory);

}  // namespace signalbox
