// logs/dashboard_sync.log in the worktree, what the guide's `tail` and `grep` read: the last lines
// of the log of all hosts, rendered anew and put in place by rename whenever a publish or sync
// ends. So two hosts never append to one file, and nobody reads half of it. It is derived: it may
// be deleted.
//
// Old scripts append to the same file while a clone is migrated. Their lines are those without our
// mark (log/entry.h); they are taken into this host's log before the file is replaced, each once,
// and shown from there. Best effort: the file is looked at right before the rename, and what was
// still appended to the replaced one is taken from it afterwards; a script that opened the file
// before the rename and writes after that loses its line.
//
// A file that holds more than is shown is kept under a second name, "....before-signalbox", the
// first time.
//
// One at a time, by the kernel lock `render.lock` beside the log, waited for up to two seconds:
// then the one who holds it, or the next, shows these entries too. Entries about single jobs are
// left out: who counts "completed" and "failed" there asks about syncs.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"

namespace signalbox {

inline constexpr std::string_view kept_log_ending = ".before-signalbox";

struct RenderBounds {
  std::size_t lines = 2000;
  std::size_t bytes = 256UL << 10U;
};

// `path`: a regular file or missing, in a directory that is there; anything else is an error and
// stays. Busy when others hold the lock, or keep appending.
[[nodiscard]] Status render_log(os::FileSystem& fs, os::Clock& clock, Log& log,
                                const std::string& path, const RenderBounds& bounds = {});

}  // namespace signalbox
