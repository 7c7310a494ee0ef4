// The lock file that people and old scripts see. See publisher_lock.h; the checkout takes
// git's index.lock by the same means.
#pragma once

#include <optional>
#include <string>

#include "lock/publisher_lock.h"
#include "os/file_system.h"

namespace signalbox {

// What a lock file says. A predecessor's holds its PID alone.
struct LockText {
  int pid = 0;
  std::string host, boot_id, start_time, operation, since;
  [[nodiscard]] bool is_ours() const { return !host.empty(); }
};

[[nodiscard]] std::string format_lock(const std::string& operation, UtcTime now);
[[nodiscard]] LockText parse_lock(std::string_view bytes);

// Whether the owner of a lock of this age is provably gone.
[[nodiscard]] bool owner_is_gone(const LockText& text, std::chrono::milliseconds age);

// Whether a process of this host with this PID and, when known, this start time runs.
[[nodiscard]] bool owner_is_alive(const LockText& text);

enum class Advertised { Ours, Taken };
enum class TakeOver { AnyLeftover, OnlyOurOwn };

// Tries once to put `text` at `path`, in one step, taking over a leftover whose owner is gone.
// Called under the kernel lock. `OnlyOurOwn`: for git's index.lock, where another's leftover is
// a person's to judge. `removed` is told what a leftover that had to go said.
[[nodiscard]] Result<Advertised> advertise(os::FileSystem& fs, const std::string& path,
                                           const std::string& text,
                                           TakeOver take_over = TakeOver::AnyLeftover,
                                           std::optional<LockText>* removed = nullptr);

// Removes the file when it still holds `text`: an old script may have deleted it, or have put its
// own in its place.
void withdraw(os::FileSystem& fs, const std::string& path, const std::string& text);

// Whether one of the predecessor's other locks (a file or a directory) is held, judged by its age.
[[nodiscard]] bool predecessor_holds(os::FileSystem& fs, const std::string& path);

[[nodiscard]] LockText read_lock(os::FileSystem& fs, const std::string& path);

}  // namespace signalbox
