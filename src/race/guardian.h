// Runs something in a child, and sees to it that whatever way that ends, nothing of it is left.
#pragma once

#include <functional>

#include "os/file_system.h"

namespace signalbox {

struct Guarded {
  int exit_code = 0;
  int signal = 0;  // that ended it, or that this process got meanwhile; 0: none
};

// `task` runs in a copy of this process and returns an exit code. When it has ended, by itself or
// by a signal, all its descendants are killed, and then `tidy` runs, here. An interrupt of this
// process (SIGINT, SIGTERM, SIGHUP, SIGQUIT) is passed on to the child, and from then on ignored.
// When this process itself is killed, the child can see that it has lost its guardian:
[[nodiscard]] Guarded run_guarded_task(os::FileSystem& fs, const std::function<int()>& task,
                                       const std::function<void()>& tidy);

// True in the child of a guardian that died.
[[nodiscard]] bool has_lost_its_guardian();

}  // namespace signalbox
