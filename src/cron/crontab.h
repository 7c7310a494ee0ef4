// A person's crontab, and the one entry in it that is ours. Everything else stays byte for byte.
//
//   # signalbox: syncs /home/u/monitor; 'signalbox migrate undo' takes these two lines out
//   */15 * * * * cd '/home/u/monitor' && SIGNALBOX_BIN='/usr/bin/signalbox' sbatch scripts/...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "os/file_system.h"

namespace signalbox {

class Crontab {
 public:
  // `file`: empty for the user's own, which the program `crontab` keeps; else a file of that form.
  Crontab(os::FileSystem& fs, std::string file) : fs_(fs), file_(std::move(file)) {}

  // At most 1 MiB. NotFound when there is no program `crontab`, or no such file; a person without a
  // crontab has an empty one.
  [[nodiscard]] Result<std::string> read() const;
  // Busy when it is not `before` any more.
  [[nodiscard]] Status replace(const std::string& before, const std::string& after);

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  os::FileSystem& fs_;
  std::string file_;
};

struct CronEntry {
  std::string mark;  // the comment, without a newline
  std::string line;
};

// The entry that syncs a clone every 15 minutes, as the guide has it: by sbatch where there is one.
// InvalidInput when a path holds a newline.
[[nodiscard]] Result<CronEntry> sync_entry(const std::string& worktree, const std::string& program,
                                           bool has_sbatch);

// What `signalbox cron install` keeps: two lines of its own, whatever scripts the clone has.
struct SyncSchedule {
  int minutes = 15;  // one of those that is_schedule() knows
  bool by_sbatch = false;
  std::vector<std::string> sbatch_options;  // words
  // Of the programs that a sync runs, where cron would not look for them by itself.
  std::vector<std::string> directories;
  std::string slurm_conf;  // the file that SLURM's commands are told of; empty: theirs
};

// Minutes that cron can count: 1 to 30 that divide the hour, an hour, 2 to 12 hours that divide the
// day, a day.
[[nodiscard]] bool is_schedule(int minutes);

// The clones of a site must not all come at once: the minute is chosen by `spread`, any number that
// differs between them.
[[nodiscard]] Result<CronEntry> scheduled_entry(const std::string& worktree,
                                                const std::string& program,
                                                const SyncSchedule& schedule, std::uint64_t spread);

// The line under the mark of an entry for this clone, whatever became of it; empty without one.
[[nodiscard]] std::string find_scheduled_line(std::string_view crontab,
                                              const std::string& worktree);
// With the entry in place of one for the same clone, or at the end.
[[nodiscard]] std::string with_scheduled_entry(std::string_view crontab, const CronEntry& entry);
[[nodiscard]] std::string without_scheduled_entry(std::string_view crontab,
                                                  const std::string& worktree);

// A line of the crontab that syncs this clone already, whoever wrote it; empty when there is none.
[[nodiscard]] std::string find_sync_line(std::string_view crontab, const std::string& worktree,
                                         const std::string& home);

[[nodiscard]] std::string with_entry(std::string_view crontab, const CronEntry& entry);
// Without the entry where both its lines are there as they were installed; the same text otherwise.
// `was_without_newline`: so ended the text that the entry was added to; where nothing was added
// behind it, it does again.
[[nodiscard]] std::string without_entry(std::string_view crontab, const CronEntry& entry,
                                        bool was_without_newline);

}  // namespace signalbox
