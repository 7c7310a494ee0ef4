// A lock of the kernel on a file that is never unlinked: death releases it, so it is never stale.
//
//   auto lock = KernelLock::try_acquire(path);
//   if (!lock) ...            an error: cannot open the file
//   if (!*lock) ...           somebody else holds it
//   ...                       held until destroyed
//
// An open-file-description lock (fcntl, Linux 3.15); where the file system has none, flock; where
// it has neither, the lock is "held" but `excludes()` is false, and the caller relies on the
// remote's ref update alone, as it must anyway. Not inherited across exec. Move-only.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace signalbox::os {

class KernelLock {
 public:
  [[nodiscard]] static Result<std::optional<KernelLock>> try_acquire(const std::string& path);

  KernelLock(KernelLock&& other) noexcept;
  KernelLock& operator=(KernelLock&& other) noexcept;
  KernelLock(const KernelLock&) = delete;
  KernelLock& operator=(const KernelLock&) = delete;
  ~KernelLock();

  [[nodiscard]] bool excludes() const { return excludes_; }

 private:
  KernelLock(int descriptor, bool excludes) : descriptor_(descriptor), excludes_(excludes) {}
  int descriptor_;
  bool excludes_;
};

}  // namespace signalbox::os
