// A lock of the kernel on a file that is never unlinked: death releases it, so it is never stale.
//
//   auto lock = KernelLock::try_acquire(path);
//   if (!lock) ...            an error: cannot make the file
//   if (!*lock) ...           somebody else holds it
//   ...                       held until destroyed
//
// An open-file-description lock (fcntl, Linux 3.15); where the file system has none, flock. Where
// it has neither, or something that is no file of ours stands at `path` (a directory, a symbolic
// link, another user's file), the lock is "held" but reaches nobody, and the caller relies on the
// remote's ref update alone, as it must anyway. Not inherited across exec. Move-only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace signalbox::os {

class KernelLock {
 public:
  [[nodiscard]] static Result<std::optional<KernelLock>> try_acquire(const std::string& path);

  enum class State { Free, Held, Unknown };
  // Takes nothing, creates nothing.
  [[nodiscard]] static State state(const std::string& path);

  KernelLock(KernelLock&& other) noexcept;
  KernelLock& operator=(KernelLock&& other) noexcept;
  KernelLock(const KernelLock&) = delete;
  KernelLock& operator=(const KernelLock&) = delete;
  ~KernelLock();

  // Whom it keeps out. Everybody: the file system is one that a single kernel mounts (a local
  // disk), so all processes that see the file are under this lock, in whatever container. Others: a
  // network file system, whose locks may end at this host without saying so.
  enum class Reach { Nobody, Others, Everybody };
  [[nodiscard]] Reach reach() const { return reach_; }
  [[nodiscard]] bool excludes() const { return reach_ != Reach::Nobody; }

  // Leaves word of the holder in the file, for people: it stays when the lock is dropped. Best
  // effort.
  void sign(std::string_view text) const;

 private:
  KernelLock(int descriptor, Reach reach) : descriptor_(descriptor), reach_(reach) {}
  int descriptor_;
  Reach reach_;
};

}  // namespace signalbox::os
