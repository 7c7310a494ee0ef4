// A real file system that records the verbs it is asked for and fails the one it is told to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "os/file_system.h"

namespace signalbox::testing {

class FaultyFileSystem : public os::FileSystem {
 public:
  // Fails the `at`th verb (from 0) with `error`; -1 fails none.
  explicit FaultyFileSystem(int at = -1, ErrorKind error = ErrorKind::NoSpace)
      : fail_at_(at), error_(error) {}

  [[nodiscard]] const std::vector<std::string>& verbs() const { return verbs_; }

  Result<std::unique_ptr<os::File>> create(const std::string& path) override {
    if (auto failed = next("create"); !failed) return std::unexpected(failed.error());
    auto file = real_.create(path);
    if (!file) return std::unexpected(file.error());
    return std::make_unique<FaultyFile>(*this, *std::move(file));
  }
  Result<std::string> read(const std::string& path, std::size_t limit) override {
    return real_.read(path, limit);
  }
  Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                std::size_t limit) override {
    return real_.read_from(path, offset, limit);
  }
  Status append(const std::string& path, std::string_view bytes) override {
    if (auto failed = next("append"); !failed) {
      (void)real_.append(path, bytes.substr(0, bytes.size() / 2));  // as a full disk does
      return failed;
    }
    return real_.append(path, bytes);
  }
  Status rename(const std::string& from, const std::string& to) override {
    if (auto failed = next("rename"); !failed) return failed;
    return real_.rename(from, to);
  }
  Status link(const std::string& from, const std::string& to) override {
    if (auto failed = next("link"); !failed) return failed;
    return real_.link(from, to);
  }
  Status unlink(const std::string& path) override {
    if (auto failed = next("unlink"); !failed) return failed;
    return real_.unlink(path);
  }
  Status make_executable(const std::string& path) override { return real_.make_executable(path); }
  Status make_directory(const std::string& path) override {
    if (auto failed = next("make_directory"); !failed) return failed;
    return real_.make_directory(path);
  }
  Status remove_directory(const std::string& path) override {
    if (auto failed = next("remove_directory"); !failed) return failed;
    return real_.remove_directory(path);
  }
  Status touch(const std::string& path) override { return real_.touch(path); }
  Status sync_directory(const std::string& path) override {
    if (auto failed = next("sync_directory"); !failed) return failed;
    return real_.sync_directory(path);
  }
  Status sync_files(const std::vector<std::string>& paths) override {
    if (auto failed = next("sync_files"); !failed) return failed;
    return real_.sync_files(paths);
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  Result<os::FileStatus> status(const std::string& path) override { return real_.status(path); }

 private:
  class FaultyFile final : public os::File {
   public:
    FaultyFile(FaultyFileSystem& owner, std::unique_ptr<os::File> file)
        : owner_(owner), file_(std::move(file)) {}
    Status write(std::string_view bytes) override {
      if (auto failed = owner_.next("write"); !failed) {
        (void)file_->write(bytes.substr(0, bytes.size() / 2));  // as a full disk does
        return failed;
      }
      return file_->write(bytes);
    }
    Status sync() override {
      if (auto failed = owner_.next("sync"); !failed) return failed;
      return file_->sync();
    }
    Status close() override {
      if (auto failed = owner_.next("close"); !failed) return failed;
      return file_->close();
    }

   private:
    FaultyFileSystem& owner_;
    std::unique_ptr<os::File> file_;
  };

  Status next(const std::string& verb) {
    verbs_.push_back(verb);
    if (static_cast<int>(verbs_.size()) - 1 != fail_at_) return {};
    return fail(error_, "injected into " + verb);
  }

  os::FileSystem& real_ = os::real_file_system();
  int fail_at_;
  ErrorKind error_;
  std::vector<std::string> verbs_;
};

}  // namespace signalbox::testing
