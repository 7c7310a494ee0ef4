#include "os/volume.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace signalbox::os {
namespace {

struct Known {
  std::uint64_t magic;
  const char* type;
  Reach reach;
};

// statfs(2) and linux/magic.h; the last few from their own sources.
constexpr std::array known_types = {
    Known{0xEF53, "ext4", Reach::Local},          Known{0x58465342, "XFS", Reach::Local},
    Known{0x9123683E, "btrfs", Reach::Local},     Known{0x2FC12FC1, "ZFS", Reach::Local},
    Known{0xF2F52010, "F2FS", Reach::Local},      Known{0xCA451A4E, "bcachefs", Reach::Local},
    Known{0x794C7630, "overlayfs", Reach::Local}, Known{0x01021994, "tmpfs", Reach::Memory},
    Known{0x858458F6, "ramfs", Reach::Memory},    Known{0x6969, "NFS", Reach::Shared},
    Known{0xFF534D42, "CIFS", Reach::Shared},     Known{0xFE534D42, "SMB", Reach::Shared},
    Known{0x65735546, "FUSE", Reach::Shared},     Known{0x0BD00BD0, "Lustre", Reach::Shared},
    Known{0x47504653, "GPFS", Reach::Shared},     Known{0x19830326, "BeeGFS", Reach::Shared},
    Known{0x00C36400, "CephFS", Reach::Shared},   Known{0x5346414F, "AFS", Reach::Shared},
    Known{0x01161970, "GFS2", Reach::Shared},     Known{0x7461636F, "OCFS2", Reach::Shared},
    Known{0x20030528, "OrangeFS", Reach::Shared}, Known{0x01021997, "9p", Reach::Shared},
};

}  // namespace

Result<Volume> volume_of(const std::string& directory) {
  struct statfs found{};
  while (::statfs(directory.c_str(), &found) != 0) {
    if (errno == EINTR) continue;
    return std::unexpected(
        system_error(errno, "cannot look at the file system of '" + directory + "'"));
  }
  const auto magic = static_cast<std::uint32_t>(found.f_type);
  Volume volume{.type = "0x" + hex(magic, 8),
                .reach = Reach::Unknown,
                .bytes_free = static_cast<std::uint64_t>(found.f_bavail) *
                              static_cast<std::uint64_t>(found.f_bsize),
                .files_free = found.f_ffree,
                .counts_files = found.f_files > 0};
  for (const Known& known : known_types) {
    if (known.magic != magic) continue;
    volume.type = known.type;
    volume.reach = known.reach;
  }
  return volume;
}

bool is_of_one_machine(const std::string& directory) {
  const auto volume = volume_of(directory);
  return volume && (volume->reach == Reach::Local || volume->reach == Reach::Memory);
}

std::uint32_t effective_user() {
  return ::geteuid();
}

Status share_with_group(const std::string& path) {
  const auto failed = [&](const char* verb) {
    return std::unexpected(system_error(errno, std::string("cannot ") + verb + " '" + path + "'"));
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return failed("open");
  struct stat found{};
  int code = ::fstat(descriptor, &found);
  if (code == 0) {
    const mode_t as_user = (found.st_mode & static_cast<mode_t>(S_IRWXU)) >> 3U;
    const mode_t follows = S_ISDIR(found.st_mode) ? static_cast<mode_t>(S_ISGID) : 0;
    code = ::fchmod(descriptor, (found.st_mode & 07777U) | as_user | follows);
  }
  const auto result = code == 0 ? Status{} : Status(failed("share"));
  ::close(descriptor);
  return result;
}

}  // namespace signalbox::os
