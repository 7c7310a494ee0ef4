// The entry of `signalbox cron`.
#include <algorithm>

#include "base/text.h"
#include "cron/crontab.h"
#include "cron/quoting.h"

namespace signalbox {
namespace {

constexpr int hour = 60;
constexpr int day = 24 * hour;

std::string mark_of(const std::string& worktree) {
  return "# signalbox cron: syncs " + worktree +
         "; 'signalbox cron remove' takes these two lines out";
}

// The five fields, with the minutes shifted.
std::string fields_of(int minutes, std::uint64_t spread) {
  const auto shift = static_cast<int>(spread % static_cast<std::uint64_t>(std::min(minutes, hour)));
  const std::string first = std::to_string(shift);
  if (minutes == 1) return "* * * * *";
  if (minutes < hour) return first + "-59/" + std::to_string(minutes) + " * * * *";
  if (minutes == hour) return first + " * * * *";
  if (minutes == day) {
    const auto at = static_cast<int>(spread / hour % 24);
    return first + " " + std::to_string(at) + " * * *";
  }
  return first + " */" + std::to_string(minutes / hour) + " * * *";
}

struct Found {
  std::size_t begin = std::string_view::npos;  // of the mark
  std::size_t line = 0;                        // of the line under it
  std::size_t end = 0;                         // behind that line and its newline
};

Found find(std::string_view crontab, std::string mark) {
  mark += "\n";
  for (auto at = crontab.find(mark); at != std::string_view::npos;
       at = crontab.find(mark, at + 1)) {
    if (at > 0 && crontab[at - 1] != '\n') continue;
    Found found{.begin = at, .line = at + mark.size()};
    const auto newline = crontab.find('\n', found.line);
    found.end = newline == std::string_view::npos ? crontab.size() : newline + 1;
    // Somebody took the line and left the mark: the next one is not ours.
    const std::string_view line = crontab.substr(found.line, found.end - found.line);
    if (line.find(" sync -q -C ") == std::string_view::npos) found.end = found.line;
    return found;
  }
  return {};
}

}  // namespace

bool is_schedule(int minutes) {
  if (minutes >= 1 && minutes < hour) return hour % minutes == 0;
  return minutes >= hour && minutes <= day && minutes % hour == 0 && day % minutes == 0;
}

Result<CronEntry> scheduled_entry(const std::string& worktree, const std::string& program,
                                  const SyncSchedule& schedule, std::uint64_t spread) {
  std::string everything = worktree + program + schedule.slurm_conf;
  for (const std::string& word : schedule.sbatch_options) everything += word;
  for (const std::string& directory : schedule.directories) everything += directory;
  if (everything.find('\n') != std::string::npos) {
    return fail(ErrorKind::InvalidInput, "a newline cannot stand in a crontab");
  }
  const std::string sync = shell_quoted(program) + " sync -q -C " + shell_quoted(worktree);
  std::string command = sync;
  if (schedule.by_sbatch) {
    // One at a time, however long the queue is, and no more of a node than a sync takes.
    command =
        "sbatch --job-name=signalbox-sync --dependency=singleton --time=10 --mem=512M "
        "--output=/dev/null";
    for (const std::string& word : schedule.sbatch_options) command += " " + shell_quoted(word);
    command += " --wrap=" + shell_quoted(sync);
  }
  if (!schedule.slurm_conf.empty()) {
    command = "SLURM_CONF=" + shell_quoted(schedule.slurm_conf) + " " + command;
  }
  if (!schedule.directories.empty()) {
    std::string path;
    for (const std::string& directory : schedule.directories) path += shell_quoted(directory) + ":";
    command = "PATH=" + path + "\"$PATH\" " + command;
  }
  return CronEntry{.mark = mark_of(worktree),
                   .line = fields_of(schedule.minutes, spread) + " " + escaped_for_cron(command) +
                           " >/dev/null"};
}

std::string find_scheduled_line(std::string_view crontab, const std::string& worktree) {
  const Found found = find(crontab, mark_of(worktree));
  if (found.begin == std::string_view::npos) return {};
  return std::string(trimmed(crontab.substr(found.line, found.end - found.line)));
}

std::string with_scheduled_entry(std::string_view crontab, const CronEntry& entry) {
  const Found found = find(crontab, entry.mark);
  if (found.begin == std::string_view::npos) return with_entry(crontab, entry);
  std::string text(crontab);
  return text.replace(found.begin, found.end - found.begin, entry.mark + "\n" + entry.line + "\n");
}

std::string without_scheduled_entry(std::string_view crontab, const std::string& worktree) {
  std::string text(crontab);
  const Found found = find(crontab, mark_of(worktree));
  if (found.begin != std::string_view::npos) text.erase(found.begin, found.end - found.begin);
  return text;
}

}  // namespace signalbox
