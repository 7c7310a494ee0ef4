// The file system seam: real files, simulated time, faults, and disks that forget.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "simulation/world.h"

namespace signalbox::simulation {
namespace {

struct stat stat_of(const std::string& path) {
  struct stat found{};
  (void)::lstat(path.c_str(), &found);
  return found;
}

std::unexpected<Error> failed(ErrorKind kind, const std::string& verb, const std::string& path) {
  return fail(kind, "cannot " + verb + " '" + path + "': simulated");
}

// What the file system says of a file besides its bytes: the real one's inode numbers and times
// differ from run to run.
class Attributes {
 public:
  struct Known {
    std::uint64_t inode;
    UtcTime modified;
  };
  Known& of(const std::string& path, std::uint64_t inode) {
    const auto known = known_.find(inode);
    if (known != known_.end()) return known->second;
    return known_.emplace(inode, Known{next_++, time_at(path)}).first->second;
  }
  void renew(const std::string& path, bool is_new = false) {
    const std::uint64_t inode = stat_of(path).st_ino;
    if (is_new) known_.erase(inode);
    of(path, inode).modified = time_at(path);
  }

 private:
  // By the clock of whoever has the disk.
  static UtcTime time_at(const std::string& path) {
    World& here = world();
    const Volume* volume = here.volume_of(path);
    if (volume == nullptr) return here.wall(0);
    return here.wall(volume->disk ? here.host().clock_skew : volume->clock_skew);
  }

  std::map<std::uint64_t, Known> known_;
  std::uint64_t next_ = 1000;
};

Attributes& attributes() {
  static Attributes all;
  return all;
}

class SimulatedFile final : public os::File {
 public:
  SimulatedFile(std::unique_ptr<os::File> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)), inode_(stat_of(path_).st_ino) {}

  Status write(std::string_view bytes) override {
    auto failure = step("write");
    if (is_full(path_)) failure = ErrorKind::NoSpace;
    if (!failure) return file_->write(bytes);
    (void)file_->write(bytes.substr(0, bytes.size() / 2));  // as a full disk does
    return failed(*failure, "write", path_);
  }
  Status sync() override {
    if (const auto failure = step("fsync")) return failed(*failure, "sync", path_);
    if (Disk* disk = disk_of(path_)) disk->synced_file(inode_);
    return {};
  }
  Status close() override {
    const auto failure = step("close");
    auto closed = file_->close();
    if (failure) return failed(*failure, "close", path_);
    return closed;
  }

  static bool is_full(const std::string& path) {
    const Volume* volume = world().volume_of(path);
    return volume != nullptr && world().scheduler.now() < volume->full_until;
  }
  static Disk* disk_of(const std::string& path) {
    Volume* volume = world().volume_of(path);
    return volume == nullptr ? nullptr : volume->disk.get();
  }

 private:
  [[nodiscard]] std::optional<ErrorKind> step(const char* verb) const {
    return world().step(std::string(verb) + " " + world().relative(path_));
  }

  std::unique_ptr<os::File> file_;
  std::string path_;
  std::uint64_t inode_;
};

class SimulatedFileSystem final : public os::FileSystem {
 public:
  Result<std::unique_ptr<os::File>> create(const std::string& path) override {
    if (const auto failure = step("create", path)) return failed(*failure, "create", path);
    auto file = real_.create(path);
    if (!file) return file;
    attributes().renew(path, true);
    if (Disk* disk = SimulatedFile::disk_of(path)) {
      disk->created(path, now());
      disk->before_write(path, now());
    }
    return std::make_unique<SimulatedFile>(*std::move(file), path);
  }

  Result<std::string> read(const std::string& path, std::size_t limit) override {
    if (const auto failure = step("read", path)) return failed(*failure, "read", path);
    return real_.read(path, limit);
  }
  Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                std::size_t limit) override {
    if (const auto failure = step("read", path)) return failed(*failure, "read", path);
    return real_.read_from(path, offset, limit);
  }

  Status append(const std::string& path, std::string_view bytes) override {
    auto failure = step("append", path);
    if (SimulatedFile::is_full(path)) failure = ErrorKind::NoSpace;
    Disk* disk = SimulatedFile::disk_of(path);
    if (disk != nullptr) disk->before_write(path, now());
    const bool is_new = stat_of(path).st_ino == 0;
    auto done = real_.append(path, failure ? bytes.substr(0, bytes.size() / 2) : bytes);
    if (done) attributes().renew(path, is_new);
    if (done && is_new && disk != nullptr) disk->created(path, now());
    if (failure) return failed(*failure, "append to", path);
    return done;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (const auto failure = step("rename", from, to)) return failed(*failure, "rename to", to);
    if (stat_of(from).st_ino == 0) return real_.rename(from, to);
    if (Disk* disk = SimulatedFile::disk_of(from)) disk->before_rename(from, to, now());
    return real_.rename(from, to);
  }

  Status link(const std::string& from, const std::string& to) override {
    if (const auto failure = step("link", from, to)) return failed(*failure, "link", to);
    auto done = real_.link(from, to);
    Disk* disk = SimulatedFile::disk_of(to);
    if (done && disk != nullptr) disk->created(to, now());
    return done;
  }

  Status unlink(const std::string& path) override {
    if (const auto failure = step("unlink", path)) return failed(*failure, "delete", path);
    Disk* disk = SimulatedFile::disk_of(path);
    if (disk != nullptr && S_ISREG(stat_of(path).st_mode)) disk->before_unlink(path, now());
    return real_.unlink(path);
  }

  Status make_executable(const std::string& path) override { return real_.make_executable(path); }

  Status make_directory(const std::string& path) override {
    auto failure = step("mkdir", path);
    if (SimulatedFile::is_full(path)) failure = ErrorKind::NoSpace;
    if (failure) return failed(*failure, "make", path);
    auto done = real_.make_directory(path);
    Disk* disk = SimulatedFile::disk_of(path);
    if (done) attributes().renew(path, true);
    if (done && disk != nullptr) disk->made_directory(path, now());
    return done;
  }

  Status remove_directory(const std::string& path) override {
    if (const auto failure = step("rmdir", path)) return failed(*failure, "remove", path);
    auto done = real_.remove_directory(path);
    Disk* disk = SimulatedFile::disk_of(path);
    if (done && disk != nullptr) disk->removed_directory(path, now());
    return done;
  }

  Status touch(const std::string& path) override {
    if (const auto failure = step("touch", path)) return failed(*failure, "touch", path);
    auto done = real_.touch(path);
    if (done) attributes().renew(path);
    return done;
  }

  Status sync_directory(const std::string& path) override {
    if (const auto failure = step("fsync", path)) return failed(*failure, "sync", path);
    if (!os::is_directory(real_, path)) return real_.sync_directory(path);
    if (Disk* disk = SimulatedFile::disk_of(path)) disk->synced_directory(path);
    return {};
  }

  Status sync_files(const std::vector<std::string>& paths) override {
    for (const std::string& path : paths) {
      if (const auto failure = step("fsync", path)) return failed(*failure, "sync", path);
      if (Disk* disk = SimulatedFile::disk_of(path)) disk->synced_file(stat_of(path).st_ino);
    }
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    if (const auto failure = step("list", path)) return failed(*failure, "list", path);
    return real_.list(path);
  }

  Result<os::FileStatus> status(const std::string& path) override {
    if (const auto failure = step("stat", path)) return failed(*failure, "stat", path);
    auto found = real_.status(path);
    if (!found) return found;
    const auto& known = attributes().of(path, found->inode);
    found->inode = known.inode;
    found->modified = known.modified;
    return found;
  }

 private:
  static std::optional<ErrorKind> step(const char* verb, const std::string& path,
                                       const std::string& other = {}) {
    World& here = world();
    return here.step(std::string(verb) + " " + here.relative(path) +
                     (other.empty() ? "" : " " + here.relative(other)));
  }
  static Time now() { return world().scheduler.now(); }

  os::FileSystem& real_ = os::real_file_system();
};

class SimulatedClock final : public os::Clock {
 public:
  UtcTime wall() override { return world().wall(world().host().clock_skew); }
  Duration monotonic() override {
    return std::chrono::duration_cast<Duration>(world().scheduler.now());
  }
  void sleep(Duration time) override { world().scheduler.sleep(time); }
};

}  // namespace

os::FileSystem& simulated_file_system() {
  static SimulatedFileSystem file_system;
  return file_system;
}

os::Clock& simulated_clock() {
  static SimulatedClock clock;
  return clock;
}

void overwrite_in_place(const std::string& path, const std::string& bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return;
  attributes().renew(path);
  for (const std::string& half :
       {bytes.substr(0, bytes.size() / 2), bytes.substr(bytes.size() / 2)}) {
    (void)world().step("write in place " + world().relative(path));
    (void)!::write(descriptor, half.data(), half.size());
  }
  attributes().renew(path);
  ::close(descriptor);
}

}  // namespace signalbox::simulation
