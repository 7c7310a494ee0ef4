// The file system that holds a directory: what it is, how much room it has, how it is shared.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace signalbox::os {

enum class Reach {
  Memory,  // gone after a reboot
  Local,   // of this host alone: its locks see everybody
  Shared,  // other hosts may have it too; its locks may or may not reach them
  Unknown,
};

struct Volume {
  std::string type;  // "ext4", "NFS", or its magic number in hexadecimal
  Reach reach = Reach::Unknown;
  std::uint64_t bytes_free = 0;  // for a user without privileges; a quota may leave less
  std::uint64_t files_free = 0;
  bool counts_files = false;  // false: it has no limit of its own on their number
};

// By statfs(2). May block as long as a network file system does.
[[nodiscard]] Result<Volume> volume_of(const std::string& directory);

// Whether only one kernel at a time can mount it: whoever sees a file there runs on this machine,
// in whatever container. False also when it cannot be known.
[[nodiscard]] bool is_of_one_machine(const std::string& directory);

[[nodiscard]] std::uint32_t effective_user();

// Lets the group of a file or directory of this user do what the user may, and new files in a
// directory follow its group. Symbolic links are refused.
[[nodiscard]] Status share_with_group(const std::string& path);

}  // namespace signalbox::os
