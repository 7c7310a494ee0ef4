// What a lock file says about its owner, and whether that process lives.
//
// A lock of ours, a line each: PID, host, boot id, start time of the process in clock ticks,
// operation, time (UTC), namespaces (os::process_namespaces). A predecessor's holds a PID alone.
// One that does not end with its line, or within the lines of ours, was cut off and names nobody.
// Pure, but for owner_life(), which asks this host's kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "os/file_system.h"
#include "os/host.h"

namespace signalbox {

inline constexpr std::size_t lock_file_limit = 4096;  // a longer file is not a lock of anyone

struct LockText {
  int pid = 0;  // 0: none that could be read
  std::string host, boot_id, start_time, operation, since, namespaces;
  [[nodiscard]] bool is_ours() const { return !host.empty(); }  // else a script's, or garbage
};

// The lines that name this process among all of all hosts; a lock of ours begins with them.
[[nodiscard]] std::string format_owner();
[[nodiscard]] std::string format_lock(const std::string& operation, UtcTime now);
[[nodiscard]] LockText parse_lock(std::string_view bytes);
// What the file at `path` says; nothing that is known when it cannot be read.
[[nodiscard]] LockText read_lock(os::FileSystem& fs, const std::string& path);

// Unknown for another host, boot or namespace: PIDs mean nothing there. A bare PID is looked up
// here, so that Ended says only that no process of this host has it.
[[nodiscard]] os::ProcessLife owner_life(const LockText& text);

}  // namespace signalbox
