// The log collector: from logs of a project to files in the outbox.
//
// Read are regular files only, in the directories that were named (not below them) and files that
// were named. A name may be a symbolic link of this user's or root's; in a directory none is
// followed. Secrets are masked before anything is
// written; what cannot be read or scanned is not collected, and is named. A log that says what it
// said makes no change, also when its time is new. Of a project's logs of one host the newest are
// kept; nobody touches another host's.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "details/tail.h"
#include "os/file_system.h"
#include "spool/outbox.h"

namespace signalbox {

struct CollectRequest {
  JobName project;
  std::string host;
  std::vector<std::string> places;                                      // directories and files
  std::vector<std::string> endings = {".log", ".out", ".err", ".txt"};  // in directories
  std::size_t lines = 500;                                              // 1 to most_log_lines
  std::size_t keep_files = 50;                                          // of a project and host
  std::size_t keep_bytes = 5UL << 20U;
};

// What is collected already: what the branch holds, with the outbox over it.
struct Collected {
  std::vector<std::string> paths;  // of this project and host
  std::function<Result<std::optional<std::string>>(const std::string& path)> bytes;
};

struct Collection {
  std::vector<std::string> collected;  // paths in the repository that are new or changed
  std::vector<std::string> removed;    // by age
  std::size_t unchanged = 0;
  std::vector<std::string> left_out;  // a line each: which, and why
};

// `jobs`: those of the board, to tell whose a log is.
[[nodiscard]] Result<Collection> collect(os::FileSystem& fs, const CollectRequest& request,
                                         const Masker& masker, std::span<const std::string> jobs,
                                         const Collected& before, Outbox& outbox, UtcTime now);

}  // namespace signalbox
