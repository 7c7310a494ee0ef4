// The processes of a race: all of them descendants of this one, also those that detach themselves,
// so that none is overlooked at the end.
//
//   adopt_orphans();                       once, before the first is started
//   Processes processes(fs, program);
//   auto pid = processes.start(task);      a copy of this process
//   processes.reap();                      now and then
//   end_descendants(fs);                   at the end
//
// To be used by one thread. A started process is killed when the thread that started it dies.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/file_system.h"

namespace signalbox {

// From now on a descendant whose parent ends becomes a child of this process.
void adopt_orphans();

// Kills every descendant, and those that they started meanwhile, and waits until they are gone: ten
// seconds at most, for what stands still in the kernel cannot be waited for.
void end_descendants(os::FileSystem& fs);

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::vector<std::string> arguments;  // none: gone meanwhile
};

// All descendants of this process but the dead.
[[nodiscard]] std::vector<Process> descendants(os::FileSystem& fs);

class Processes {
 public:
  struct Program {
    std::vector<std::string> arguments;  // [0] is looked up in $PATH
    std::string directory;
    std::string output;           // a file that its standard streams are appended to
    std::uint64_t file_size = 0;  // bytes that it may write to a file; 0: as many as it likes
  };

  // `task` returns the exit code.
  [[nodiscard]] Result<pid_t> start(const std::function<int()>& task);
  [[nodiscard]] Result<pid_t> start(const Program& program);

  struct Ended {
    pid_t pid = 0;
    int status = 0;  // 128 + signal when killed by one
  };
  [[nodiscard]] std::vector<Ended> reap();

  // The largest resident set of a process that was waited for, here or by one of those. Bytes.
  [[nodiscard]] static std::uint64_t largest_memory();
};

}  // namespace signalbox
