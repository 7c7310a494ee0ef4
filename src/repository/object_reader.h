// A repository read as plain commits, trees and blobs, without any opinion on what they mean: for
// those who check what a publisher wrote and must not see it through the publisher's eyes.
//
// Nothing is written. Object ids are 40 hexadecimal digits; "" stands for no commit, an empty tree.
// One thread at a time an object.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace signalbox {

class ObjectReader {
 public:
  // By git directory or worktree. Unsupported for a shallow clone: its past is cut off.
  [[nodiscard]] static Result<ObjectReader> open(const std::string& path);
  ObjectReader(ObjectReader&&) noexcept;
  ObjectReader& operator=(ObjectReader&&) noexcept;
  ~ObjectReader();

  [[nodiscard]] Result<std::string> commit_at(const std::string& ref) const;  // "" when missing
  // The commit that a person's words name ("v1", "main~3", a part of an id); NotFound.
  [[nodiscard]] Result<std::string> commit_named(const std::string& words) const;
  [[nodiscard]] bool has_commit(const std::string& commit) const;
  // Whether `ancestor` is `commit` or an ancestor of it. Walks the past.
  [[nodiscard]] Result<bool> descends_from(const std::string& commit,
                                           const std::string& ancestor) const;

  struct Commit {
    std::string id;
    std::vector<std::string> parents;
    std::string subject;  // first line of the message
  };
  [[nodiscard]] Result<Commit> commit(const std::string& id) const;

  // A path whose content, mode or kind differs.
  struct Change {
    std::string path;
    std::string before, after;  // object ids; "" where it is not there
    bool is_file = false;       // a regular file afterwards, not a symbolic link or a submodule
  };
  [[nodiscard]] Result<std::vector<Change>> changes(const std::string& before,
                                                    const std::string& after) const;

  struct Entry {
    std::string name;
    std::string object;
    bool is_directory = false;
  };
  // Files and directories directly in a directory ("" is the top), sorted by name; none when it is
  // not there.
  [[nodiscard]] Result<std::vector<Entry>> list(const std::string& commit,
                                                const std::string& directory) const;
  // The object at a path, "" when there is none.
  [[nodiscard]] Result<std::string> object_at(const std::string& commit,
                                              const std::string& path) const;
  // TooLarge above `limit` bytes.
  [[nodiscard]] Result<std::string> read(const std::string& blob, std::size_t limit) const;

 private:
  struct Impl;
  explicit ObjectReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox
