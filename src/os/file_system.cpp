#include "os/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "os/entropy.h"

namespace signalbox::os {
namespace {

constexpr mode_t file_mode = 0666;
constexpr mode_t directory_mode = 0777;
constexpr std::string_view temporary_prefix = ".signalbox-tmp-";

std::unexpected<Error> failed(const char* verb, const std::string& path) {
  const int number = errno;
  auto error = system_error(number, std::string("cannot ") + verb + " '" + path + "'");
  errno = number;
  return std::unexpected(std::move(error));
}

class RealFile final : public File {
 public:
  RealFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;
  ~RealFile() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return failed("write", path_);
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Status sync() override {
    // After a failed fsync the kernel may have dropped the dirty pages: asking again would succeed
    // without having written anything, so an error here is final.
    if (::fsync(descriptor_) != 0) return failed("sync", path_);
    return {};
  }

  Status close() override {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0 && errno != EINTR) return failed("close", path_);
    return {};
  }

 private:
  int descriptor_;
  std::string path_;
};

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::Regular;
  if (S_ISDIR(mode)) return FileType::Directory;
  if (S_ISLNK(mode)) return FileType::SymbolicLink;
  return FileType::Other;
}

// A network file system answers ESTALE for a name that another host has just given to a new file;
// asked again, it looks the name up anew.
template <class Call>
auto repeated_when_stale(Call call) {
  constexpr int tries = 3;
  for (int i = 1; i < tries; ++i) {
    auto result = call();
    if (result || errno != ESTALE) return result;
  }
  return call();
}

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> create(const std::string& path) override {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file_mode);
    if (descriptor < 0) return failed("create", path);
    return std::make_unique<RealFile>(descriptor, path);
  }

  Result<std::string> read(const std::string& path, std::size_t limit) override {
    return repeated_when_stale([&] { return read_once(path, limit); });
  }

  static Result<std::string> read_once(const std::string& path, std::size_t limit) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return failed("open", path);
    RealFile closer(descriptor, path);
    struct stat found{};
    if (auto regular = check_regular(descriptor, path, found); !regular) {
      return std::unexpected(regular.error());
    }
    std::string bytes;
    std::size_t used = 0;
    // One byte more than the size found: the end is seen without growing the buffer. Files of /proc
    // have no size.
    const std::size_t expected = found.st_size > 0 ? static_cast<std::size_t>(found.st_size) : 4096;
    bytes.resize(std::min(expected, limit) + 1);
    for (;;) {
      const ssize_t got = ::read(descriptor, bytes.data() + used, bytes.size() - used);
      if (got < 0) {
        if (errno == EINTR) continue;
        return failed("read", path);
      }
      if (got == 0) break;
      used += static_cast<std::size_t>(got);
      if (used > limit) {
        return fail(ErrorKind::TooLarge,
                    "'" + path + "' is larger than " + std::to_string(limit) + " bytes");
      }
      if (used == bytes.size()) bytes.resize(bytes.size() * 2);
    }
    bytes.resize(used);
    return bytes;
  }

  Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                std::size_t limit) override {
    return repeated_when_stale([&] { return read_from_once(path, offset, limit); });
  }

  static Result<std::string> read_from_once(const std::string& path, std::uint64_t offset,
                                            std::size_t limit) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return failed("open", path);
    RealFile closer(descriptor, path);
    struct stat found{};
    if (auto regular = check_regular(descriptor, path, found); !regular) {
      return std::unexpected(regular.error());
    }
    const auto size = static_cast<std::uint64_t>(found.st_size);
    std::string bytes(std::min<std::uint64_t>(limit, size - std::min(offset, size)), '\0');
    std::size_t used = 0;
    while (used < bytes.size()) {
      const ssize_t got = ::pread(descriptor, bytes.data() + used, bytes.size() - used,
                                  static_cast<off_t>(offset + used));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("read", path);
      if (got == 0) break;
      used += static_cast<std::size_t>(got);
    }
    bytes.resize(used);
    return bytes;
  }

  Status append(const std::string& path, std::string_view bytes) override {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
               file_mode);
    if (descriptor < 0) return failed("open", path);
    RealFile file(descriptor, path);
    struct stat found{};
    if (auto regular = check_regular(descriptor, path, found); !regular) return regular;
    ssize_t written = 0;
    do {
      written = ::write(descriptor, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) return failed("write", path);
    if (static_cast<std::size_t>(written) < bytes.size()) {
      return fail(ErrorKind::NoSpace, "only a part could be written to '" + path + "'");
    }
    return file.close();
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename to", to);
    return {};
  }

  Status link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) return failed("link", to);
    return {};
  }

  Status unlink(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed("delete", path);
    return {};
  }

  Status make_executable(const std::string& path) override {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return failed("stat", path);
    const mode_t readable = found.st_mode & (S_IRUSR | S_IRGRP | S_IROTH);
    if (::chmod(path.c_str(), found.st_mode | (readable >> 2U)) != 0) {
      return failed("make executable", path);
    }
    return {};
  }

  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), directory_mode) != 0) return failed("make the directory", path);
    return {};
  }

  Status remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return failed("remove the directory", path);
    return {};
  }

  Status touch(const std::string& path) override {
    if (::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW) != 0) {
      return failed("touch", path);
    }
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("open", path);
    RealFile closer(descriptor, path);
    // Some network file systems have no fsync of a directory; there rename itself is durable.
    if (::fsync(descriptor) != 0 && errno != EINVAL) return failed("sync", path);
    return {};
  }

  Status sync_files(const std::vector<std::string>& paths) override {
    for (const std::string& path : paths) {
      const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
      if (descriptor < 0) continue;  // told below
      // Only a hint: where there is no such call, the fsync does all of it.
      (void)::sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
      ::close(descriptor);
    }
    for (const std::string& path : paths) {
      const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
      if (descriptor < 0 && errno == ENOENT) continue;
      if (descriptor < 0) return failed("open", path);
      RealFile file(descriptor, path);
      if (auto done = file.sync(); !done) return done;
    }
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    return repeated_when_stale([&] { return list_once(path); });
  }

  static Result<std::vector<std::string>> list_once(const std::string& path) {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return failed("list", path);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    const int number = errno;
    ::closedir(directory);
    errno = number;
    if (number != 0) return failed("list", path);
    std::ranges::sort(names);
    return names;
  }

  Result<FileStatus> status(const std::string& path) override {
    return repeated_when_stale([&] { return status_once(path); });
  }

  static Status check_regular(int descriptor, const std::string& path, struct stat& found) {
    if (::fstat(descriptor, &found) != 0) return failed("stat", path);
    if (S_ISREG(found.st_mode)) return {};
    return fail(ErrorKind::InvalidInput, "'" + path + "' is not a regular file");
  }

  static Result<FileStatus> status_once(const std::string& path) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return failed("stat", path);
    const auto modified = std::chrono::seconds{found.st_mtim.tv_sec} +
                          std::chrono::nanoseconds{found.st_mtim.tv_nsec};
    return FileStatus{
        .type = type_of(found.st_mode),
        .size = static_cast<std::uint64_t>(found.st_size),
        .modified = UtcTime{std::chrono::duration_cast<std::chrono::milliseconds>(modified)},
        .inode = found.st_ino,
        .executable = (found.st_mode & S_IXUSR) != 0,
        .permissions = found.st_mode & 07777U,
        .owner = found.st_uid};
  }
};

enum class Lasting { No, Yes };

Status write_new(FileSystem& fs, const std::string& path, std::string_view bytes, Lasting lasting) {
  auto file = fs.create(path);
  if (!file) return std::unexpected(file.error());
  if (auto done = (*file)->write(bytes); !done) return done;
  if (lasting == Lasting::Yes) {
    if (auto done = (*file)->sync(); !done) return done;
  }
  return (*file)->close();
}

Status replace(FileSystem& fs, const std::string& path, std::string_view bytes, Lasting lasting,
               const std::function<bool()>& still_right) {
  const std::string temporary = temporary_name(parent_of(path));
  auto done = write_new(fs, temporary, bytes, lasting);
  if (done && still_right && !still_right()) {
    done = fail(ErrorKind::Busy, "'" + path + "' was changed by another program meanwhile");
  }
  if (done) done = fs.rename(temporary, path);
  // The first error is the one to tell; what stays behind is deleted later by age.
  if (!done) (void)fs.unlink(temporary);
  return done;
}

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem file_system;
  return file_system;
}

Status make_directories(FileSystem& fs, const std::string& path) {
  const std::string parent = parent_of(path);
  auto made = fs.make_directory(path);
  if (!made && made.error().kind == ErrorKind::NotFound && parent != path) {
    if (auto done = make_directories(fs, parent); !done) return done;
    made = fs.make_directory(path);
  }
  if (made) return fs.sync_directory(parent);
  if (is_directory(fs, path)) return {};
  return made;
}

Status replace_file(FileSystem& fs, const std::string& path, std::string_view bytes,
                    const std::function<bool()>& still_right) {
  return replace(fs, path, bytes, Lasting::No, still_right);
}

Status replace_file_synced(FileSystem& fs, const std::string& path, std::string_view bytes,
                           const std::function<bool()>& still_right) {
  return replace(fs, path, bytes, Lasting::Yes, still_right);
}

void follow_group_sharing(const std::string& directory) {
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0) return;
  if ((found.st_mode & S_ISGID) == 0 || (found.st_mode & S_IWGRP) == 0) return;
  const mode_t before = ::umask(0);
  (void)::umask(before & ~static_cast<mode_t>(S_IRWXG));
}

Result<UtcTime> time_at(FileSystem& fs, const std::string& directory) {
  const std::string fresh = temporary_name(directory);
  const auto file = fs.create(fresh);
  if (!file) return std::unexpected(file.error());
  const auto found = fs.status(fresh);
  (void)fs.unlink(fresh);  // a leftover is deleted by age
  if (!found) return std::unexpected(found.error());
  return found->modified;
}

std::string temporary_name(const std::string& directory) {
  return directory + "/" + temporary_file_name(random_bits());
}

std::string temporary_file_name(std::uint64_t number) {
  return std::string(temporary_prefix) + hex(number, 16);
}

bool is_temporary_name(std::string_view name) {
  return name.starts_with(temporary_prefix);
}

std::vector<std::string> leftovers_in(FileSystem& fs, const std::string& directory) {
  constexpr std::chrono::hours longer_than_any_write{1};
  const auto place = fs.status(directory);
  if (!place || place->type != FileType::Directory) return {};
  auto names = fs.list(directory);
  if (!names) return {};
  std::erase_if(*names, [](const std::string& name) { return !is_temporary_name(name); });
  if (names->empty()) return {};
  const auto now = time_at(fs, directory);
  if (!now) return {};
  std::vector<std::string> left;
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    const auto found = fs.status(path);
    if (found && *now - found->modified > longer_than_any_write) left.push_back(path);
  }
  return left;
}

bool exists(FileSystem& fs, const std::string& path) {
  return fs.status(path).has_value();
}

bool is_directory(FileSystem& fs, const std::string& path) {
  const auto found = fs.status(path);
  if (!found) return false;
  if (found->type == FileType::SymbolicLink) return fs.list(path).has_value();
  return found->type == FileType::Directory;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace signalbox::os
