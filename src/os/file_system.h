// The file system behind a seam: the few verbs the product needs, one real implementation, and in
// the tests one that fails on demand. Each durable step is a visible verb (write, sync,
// sync_directory); nothing here syncs on its own.
//
// Calling sequence of a durable file:
//   create(temporary) -> write -> rename(temporary, name) -> sync -> close -> sync_directory
// as spool/spool.cpp has it.
//
// Paths are used as they are: the caller builds them from validated names. Symbolic links are not
// followed in the last component of a path that is created or read. All functions are safe to
// call from several threads and processes; none takes a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace signalbox::os {

enum class FileType { Regular, Directory, SymbolicLink, Other };

struct FileStatus {
  FileType type = FileType::Other;
  std::uint64_t size = 0;  // bytes
  UtcTime modified;        // by the file system's clock, which may not be this host's
  std::uint64_t inode = 0;
  bool executable = false;
  unsigned permissions = 0;  // the low twelve bits of the mode: 02775
  std::uint32_t owner = 0;   // user id
};

// A file open for writing. Closing may report what a network file system delayed until then, so
// its result is looked at before the file is renamed into place.
class File {
 public:
  virtual ~File() = default;
  [[nodiscard]] virtual Status write(std::string_view bytes) = 0;  // all of them, or an error
  [[nodiscard]] virtual Status sync() = 0;                         // fsync
  [[nodiscard]] virtual Status close() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Creates a new file, mode 0666 less the umask; AlreadyExists when the name is taken.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;

  // All of a regular file. TooLarge above `limit` bytes; never blocks on a FIFO or a device.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path, std::size_t limit) = 0;
  // At most `limit` bytes of a regular file from `offset` on; fewer at its end, none beyond it.
  [[nodiscard]] virtual Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                                      std::size_t limit) = 0;
  // Adds bytes to the end of a regular file, which is created when missing, by one write: whole
  // and in one piece also beside other writers of this host. Never to a file that two hosts append
  // to: network file systems lose lines then. After an error a part may be there.
  [[nodiscard]] virtual Status append(const std::string& path, std::string_view bytes) = 0;

  [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
  // A second name for a file; AlreadyExists when `to` is taken. The one exclusive creation that
  // NFS repeats safely.
  [[nodiscard]] virtual Status link(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Status unlink(const std::string& path) = 0;
  [[nodiscard]] virtual Status make_executable(const std::string& path) = 0;   // where readable
  [[nodiscard]] virtual Status make_directory(const std::string& path) = 0;    // one level
  [[nodiscard]] virtual Status remove_directory(const std::string& path) = 0;  // an empty one
  // Its time of modification becomes now, by the file system's clock.
  [[nodiscard]] virtual Status touch(const std::string& path) = 0;
  [[nodiscard]] virtual Status sync_directory(const std::string& path) = 0;
  // The bytes of regular files, as File::sync() does it for one. All of them are on their way
  // before the first is waited for: on a journaling file system that is one wait for many. One that
  // is gone is passed by.
  [[nodiscard]] virtual Status sync_files(const std::vector<std::string>& paths) = 0;

  // Names in a directory without "." and "..", sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  [[nodiscard]] virtual Result<FileStatus> status(const std::string& path) = 0;  // lstat
};

// The operating system's own.
[[nodiscard]] FileSystem& real_file_system();

// Creates `path` and every missing parent, each durable before the next one is made: what is
// later synced inside survives with them. A directory that is there already is fine.
[[nodiscard]] Status make_directories(FileSystem& fs, const std::string& path);

// Puts `bytes` at `path` in one step: a hidden temporary file beside it, then a rename. Readers see
// the old bytes or the new; nothing is synced, so a power cut may bring back the old. On an error
// `path` is what it was and the temporary file is gone, as far as that is possible.
// `still_right` is asked right before the rename, when all else is done; when it says no, Busy.
[[nodiscard]] Status replace_file(FileSystem& fs, const std::string& path, std::string_view bytes,
                                  const std::function<bool()>& still_right = {});

// The same, and the bytes are on the disk before they have the name: a power cut leaves the old
// ones or the new. The name itself lasts when the directory is synced.
[[nodiscard]] Status replace_file_synced(FileSystem& fs, const std::string& path,
                                         std::string_view bytes,
                                         const std::function<bool()>& still_right = {});

// In a directory that is shared with its group (setgid and writable for it, as `git init --shared`
// makes them), what this process creates from now on may be written by the group too: its umask is
// opened. To be called before threads are started.
void follow_group_sharing(const std::string& directory);

// The time of day of the file system of `directory`, which need not be this host's: that of a file
// made to see it.
[[nodiscard]] Result<UtcTime> time_at(FileSystem& fs, const std::string& directory);

// A new hidden name in `directory` for a temporary file.
[[nodiscard]] std::string temporary_name(const std::string& directory);

// The hidden name, without a directory, that `number` gives: for a temporary file that several
// processes must agree on.
[[nodiscard]] std::string temporary_file_name(std::uint64_t number);

// Names that replace_file() gives its temporary files; those that a killed process left behind
// are deleted by age.
[[nodiscard]] bool is_temporary_name(std::string_view name);

// Paths of the temporary files in `directory` that a killed process left there more than an hour
// ago, by that file system's own clock; of a symbolic link, and where nothing can be written, none.
// Looks no further where none lies.
[[nodiscard]] std::vector<std::string> leftovers_in(FileSystem& fs, const std::string& directory);

[[nodiscard]] bool exists(FileSystem& fs, const std::string& path);
[[nodiscard]] bool is_directory(FileSystem& fs, const std::string& path);

[[nodiscard]] std::string parent_of(const std::string& path);
[[nodiscard]] std::string base_name_of(const std::string& path);

}  // namespace signalbox::os
