// The files of a site in a directory, to be read while they are built anew there (each is replaced
// in one step), and how that goes. Safe to call from several threads.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "os/file_system.h"

namespace signalbox::serve {

inline constexpr std::size_t site_file_limit = 64UL << 20U;  // bytes

// How the last builds went.
struct Progress {
  std::string tip, error;  // `error`: of the last build; empty when it went well
  UtcTime built;           // the last that went well
  std::size_t builds = 0;
  std::size_t waiting = 0;  // events that the remote is not known to have
};

class SiteFiles {
 public:
  SiteFiles(os::FileSystem& fs, std::string directory)
      : fs_(fs), directory_(std::move(directory)) {}

  // The paths that there are from now on; no other can be read.
  void replace(const std::vector<std::string>& paths, const Progress& progress);
  void note_error(const std::string& error);

  [[nodiscard]] Progress progress() const;
  // NotFound for a path that is none of the site's.
  [[nodiscard]] Result<std::string> read(const std::string& path) const;

  // The JSON text that the first page begins with, and those in its shards (docs/formats/site.md).
  [[nodiscard]] Result<std::string> snapshot() const;
  [[nodiscard]] Result<std::string> shard(const std::string& path) const;

 private:
  os::FileSystem& fs_;
  std::string directory_;
  mutable std::mutex mutex_;
  std::unordered_set<std::string> paths_;
  Progress progress_;
};

// Of a document of our own, which may be larger than a stranger's.
[[nodiscard]] Result<Json> parse_own(const std::string& text);

}  // namespace signalbox::serve
