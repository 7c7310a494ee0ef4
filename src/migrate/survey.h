// A look at everything that calls the predecessor: the clone's own scripts, a crontab, and the job
// scripts that a person names. Changes nothing.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "clone/clone.h"
#include "migrate/calls.h"
#include "migrate/installation.h"

namespace signalbox {

struct Finding {
  std::string file;  // "crontab", or a path
  Call call;
  bool is_replaced = false;  // in a script that `apply` replaces: goes with it
};

struct Survey {
  std::vector<ScriptState> scripts;
  std::vector<Finding> findings;
  std::size_t files = 0;             // that were read
  std::vector<std::string> skipped;  // a line each: why a file was not read
};

// `crontab`: its text. `paths`: files and directories; directories are read to a depth of 8,
// without following symbolic links, .git left out. At most 10,000 files of at most 1 MiB; binary
// files are left out. An error only when a path is not there.
[[nodiscard]] Result<Survey> survey(os::FileSystem& fs, const Installation& installation,
                                    const std::string& crontab,
                                    const std::vector<std::string>& paths);

}  // namespace signalbox
