// Files in memory, for parsers that read what they parse themselves. One directory's worth: names
// are whole paths, a directory is there when a file is in it. What a reader may do besides (delete
// what is damaged, replace a file) works; locks and other programs do not see any of it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/file_system.h"

namespace signalbox::fuzz {

class Files final : public os::FileSystem {
 public:
  std::map<std::string, std::string> bytes;

  Result<std::unique_ptr<os::File>> create(const std::string& path) override {
    if (!bytes.emplace(path, "").second) return fail(ErrorKind::AlreadyExists, path);
    return std::make_unique<Open>(*this, path);
  }
  Result<std::string> read(const std::string& path, std::size_t limit) override {
    const auto found = bytes.find(path);
    if (found == bytes.end()) return fail(ErrorKind::NotFound, path);
    if (found->second.size() > limit) return fail(ErrorKind::TooLarge, path);
    return found->second;
  }
  Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                std::size_t limit) override {
    const auto found = bytes.find(path);
    if (found == bytes.end()) return fail(ErrorKind::NotFound, path);
    return offset < found->second.size() ? found->second.substr(offset, limit) : std::string();
  }
  Status append(const std::string& path, std::string_view more) override {
    bytes[path] += more;
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    auto moved = bytes.extract(from);
    if (moved.empty()) return fail(ErrorKind::NotFound, from);
    moved.key() = to;
    bytes.erase(to);
    bytes.insert(std::move(moved));
    return {};
  }
  Status link(const std::string& from, const std::string& to) override {
    if (!bytes.contains(from)) return fail(ErrorKind::NotFound, from);
    if (!bytes.emplace(to, bytes.at(from)).second) return fail(ErrorKind::AlreadyExists, to);
    return {};
  }
  Status unlink(const std::string& path) override {
    return bytes.erase(path) > 0 ? Status{} : fail(ErrorKind::NotFound, path);
  }
  Status make_executable(const std::string&) override { return {}; }
  Status make_directory(const std::string&) override { return {}; }
  Status remove_directory(const std::string&) override { return {}; }
  Status touch(const std::string&) override { return {}; }
  Status sync_directory(const std::string&) override { return {}; }
  Status sync_files(const std::vector<std::string>&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    for (const auto& [name, text] : bytes) {
      if (os::parent_of(name) == path) names.push_back(os::base_name_of(name));
    }
    if (names.empty()) return fail(ErrorKind::NotFound, path);
    return names;
  }
  Result<os::FileStatus> status(const std::string& path) override {
    const auto found = bytes.find(path);
    if (found == bytes.end()) return fail(ErrorKind::NotFound, path);
    return os::FileStatus{.type = os::FileType::Regular, .size = found->second.size()};
  }

 private:
  class Open final : public os::File {
   public:
    Open(Files& files, std::string path) : files_(files), path_(std::move(path)) {}
    Status write(std::string_view more) override { return files_.append(path_, more); }
    Status sync() override { return {}; }
    Status close() override { return {}; }

   private:
    Files& files_;
    std::string path_;
  };
};

}  // namespace signalbox::fuzz
