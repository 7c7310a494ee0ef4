// What the publishers of a race said in their logs: who held the lock when, and which pushes
// failed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "log/reader.h"
#include "os/file_system.h"
#include "race/timeline.h"

namespace signalbox {

class LogWatch {
 public:
  // `start`: the wall clock at the start of the timeline.
  LogWatch(os::FileSystem& fs, const std::vector<Clone>& clones, UtcTime start, Timeline& timeline);

  // Reads on. Logs are kept for a while only: to be called every few seconds.
  void read();
  [[nodiscard]] std::uint64_t failed_pushes() const { return failed_pushes_; }

 private:
  struct Holder {
    int pid = 0;
    UtcTime since;
  };
  void take(std::size_t clone, const LogEntry& entry);
  void note(std::size_t clone, UtcTime until);

  UtcTime start_;
  Timeline& timeline_;
  std::vector<LogReader> readers_;
  std::map<std::size_t, Holder> holders_;  // by clone
  std::uint64_t failed_pushes_ = 0;
};

}  // namespace signalbox
