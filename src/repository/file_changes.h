// Changes to files at a tip of any branch, gathered for one commit on it.
//
//   FileChanges changes(repository, tip);
//   changes.put(path, bytes) ... changes.remove(path) ...
//   if (!changes.empty()) changes.commit(message, time)
//
// A file that has the bytes already is no change. Nothing is on the disk before commit(), and
// nothing is reachable from a ref before the caller pushes it. One at a time a repository.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "repository/repository.h"

namespace signalbox {

class FileChanges {
 public:
  // `tip`: "" for a branch without a commit. `repository` must live as long.
  FileChanges(const Repository& repository, std::string tip);
  ~FileChanges();
  FileChanges(const FileChanges&) = delete;
  FileChanges& operator=(const FileChanges&) = delete;

  // Once a path. InvalidInput where a directory, a link or a submodule stands in its place, or a
  // file in the place of one of its directories.
  [[nodiscard]] Status put(const std::string& path, const std::string& bytes);
  [[nodiscard]] Status remove(const std::string& path);  // of what is no file: nothing

  struct Figures {
    std::size_t written = 0, removed = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] const Figures& figures() const;
  [[nodiscard]] bool empty() const { return figures().written + figures().removed == 0; }

  [[nodiscard]] Result<std::string> commit(const std::string& message, UtcTime time);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox
