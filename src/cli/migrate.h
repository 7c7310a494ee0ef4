// What the files of `signalbox migrate` share.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace signalbox::cli {

inline constexpr const char* red = "\x1b[31m";

struct MigrateOptions {
  std::string repository, crontab_file;
  std::vector<std::string> paths;
  bool json = false, crontab = false;
};

// The clone that is meant. Unsupported when it has no worktree.
[[nodiscard]] Result<Clone> find_worktree(Environment& environment, const MigrateOptions& options);

// `signalbox migrate check`.
[[nodiscard]] Status migrate_check(Environment& environment, const MigrateOptions& options);

}  // namespace signalbox::cli
