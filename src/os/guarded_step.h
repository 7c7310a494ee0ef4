// A step that may stand still in the kernel, done by a child so that its caller need not: on a
// network file system whose server does not answer every call waits until it does.
//
//   const auto end = run_guarded(10s, 10s, [&](const Passed& passed) {
//     ...           in a copy of this process
//     passed();     what had to be done is done
//     return 0;     the child's exit code
//   });
//   if (!end.exit_code && !end.has_passed) ...   it may have done anything or nothing
//
// A step that has passed may take as long as `afterwards`. A child that is left behind is killed,
// which the kernel may only do when its call returns; nobody waits for it. So it has none of the
// caller's files: its standard input is empty, and what it prints comes through this process. To be
// called with no other thread running. Where no child can be had the step is done here. Not for
// durable decisions: what the child had in memory is gone with it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace signalbox::os {

using Passed = std::function<void()>;

struct GuardedEnd {
  bool has_passed = false;
  std::optional<int> exit_code;  // nothing: it stood still, or died by a signal
};

[[nodiscard]] GuardedEnd run_guarded(std::chrono::milliseconds patience,
                                     std::chrono::milliseconds afterwards,
                                     const std::function<int(const Passed& passed)>& step);

// Whether any file system that this process sees is one that may stand still: a network's or a
// user-space one. Read from the kernel's table of mounts, without touching any of them.
[[nodiscard]] bool has_network_mounts();

}  // namespace signalbox::os
