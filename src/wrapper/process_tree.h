// What a process and its descendants use, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "os/file_system.h"

namespace signalbox {

struct TreeUse {
  double cpu_seconds = 0;    // of all that live, and of their children that ended
  std::uint64_t memory = 0;  // resident bytes; pages that two share count twice
  int processes = 0;         // 0: it is gone
};

// Costs a few reads a process of the tree, whatever else runs on the machine. A descendant whose
// parent ended before it belongs to nobody, and is not counted.
[[nodiscard]] TreeUse use_of_tree(os::FileSystem& fs, pid_t root);

}  // namespace signalbox
