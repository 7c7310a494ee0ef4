// A file system one directory of which stands on a disk that is full while a flag says so: a file
// is created there, and writing to it ends half-way with NoSpace, as on a real one.
#pragma once

#include <atomic>
#include <string>

#include "os/file_system.h"

namespace signalbox {

class FullDisk : public os::FileSystem {
 public:
  FullDisk(os::FileSystem& below, std::string directory, const std::atomic<bool>& is_full)
      : below_(below), directory_(std::move(directory)), is_full_(is_full) {}

  [[nodiscard]] Result<std::unique_ptr<os::File>> create(const std::string& path) override;
  [[nodiscard]] Status append(const std::string& path, std::string_view bytes) override;

  [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t limit) override {
    return below_.read(path, limit);
  }
  [[nodiscard]] Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                              std::size_t limit) override {
    return below_.read_from(path, offset, limit);
  }
  [[nodiscard]] Status rename(const std::string& from, const std::string& to) override {
    return below_.rename(from, to);
  }
  [[nodiscard]] Status link(const std::string& from, const std::string& to) override {
    return below_.link(from, to);
  }
  [[nodiscard]] Status unlink(const std::string& path) override { return below_.unlink(path); }
  [[nodiscard]] Status make_executable(const std::string& path) override {
    return below_.make_executable(path);
  }
  [[nodiscard]] Status make_directory(const std::string& path) override {
    return below_.make_directory(path);
  }
  [[nodiscard]] Status remove_directory(const std::string& path) override {
    return below_.remove_directory(path);
  }
  [[nodiscard]] Status touch(const std::string& path) override { return below_.touch(path); }
  [[nodiscard]] Status sync_directory(const std::string& path) override {
    return below_.sync_directory(path);
  }
  [[nodiscard]] Status sync_files(const std::vector<std::string>& paths) override {
    return below_.sync_files(paths);
  }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) override {
    return below_.list(path);
  }
  [[nodiscard]] Result<os::FileStatus> status(const std::string& path) override {
    return below_.status(path);
  }

 private:
  [[nodiscard]] bool is_without_room(const std::string& path) const {
    return is_full_ && path.starts_with(directory_ + "/");
  }

  os::FileSystem& below_;
  std::string directory_;
  const std::atomic<bool>& is_full_;
};

}  // namespace signalbox
