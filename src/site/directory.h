// A directory with a site in it, and the manifest that says which files of it are ours: only those
// are ever replaced or removed.
//
//   .signalbox-site        the manifest: a line each of what happened since it was last rewritten
//     + <digest> <path>      the file has bytes of this digest; 0 while it is being written
//     - <path>               the file is gone
//     = {"format":1,...}     what the files above were made from
//   .signalbox-site.lock   held while somebody builds here
//
// A line that a power cut tore counts for nothing. A build that was killed leaves files of two
// states, each of them whole, and the next one mends it: it knows every file that was begun.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "os/kernel_lock.h"
#include "site/pages.h"

namespace signalbox::site {

class Directory {
 public:
  // Makes the directory when there is none. InvalidInput when files of other people stand where
  // those of a site go; Busy when somebody else builds here for longer than ten seconds.
  [[nodiscard]] static Result<Directory> open(os::FileSystem& fs, os::Clock& clock,
                                              const std::string& path);

  // What the last finished build left; an empty object when there was none, or when files that it
  // wrote are gone.
  [[nodiscard]] const Json& made_from() const { return made_from_; }
  [[nodiscard]] std::vector<std::string> paths() const;  // in any order

  // Writes, in one step each and in groups, files whose bytes are other ones; finish() ends the
  // last group. InvalidInput when a file that is not ours is there.
  [[nodiscard]] Status put(File file);
  [[nodiscard]] Status remove(const std::string& path);
  [[nodiscard]] Status finish(const Json& made_from);

  struct Figures {
    std::size_t written = 0, unchanged = 0, removed = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] const Figures& figures() const { return figures_; }
  // Of files written or removed since it was opened, or since the last call.
  [[nodiscard]] std::vector<std::string> take_changed() { return std::exchange(changed_, {}); }

 private:
  Directory(os::FileSystem& fs, std::string path, os::KernelLock lock)
      : fs_(&fs), path_(std::move(path)), lock_(std::move(lock)) {}
  [[nodiscard]] Status read_manifest();
  [[nodiscard]] Status check_that_nobodys_file_is_at(std::string_view name) const;
  void take_line(std::string_view line);
  [[nodiscard]] Status flush();
  [[nodiscard]] Status append(const std::string& lines);
  [[nodiscard]] Status rewrite_manifest() const;
  [[nodiscard]] std::string manifest() const;

  os::FileSystem* fs_;
  std::string path_;
  os::KernelLock lock_;
  Json made_from_ = Json::object();
  std::unordered_map<std::string, std::string> digests_;  // by path
  std::size_t lines_ = 0;                                 // of the manifest
  std::vector<File> group_;
  std::size_t group_bytes_ = 0;
  std::map<std::string, bool> directories_;  // that are known to be there
  std::vector<std::string> changed_;
  Figures figures_;
};

}  // namespace signalbox::site
