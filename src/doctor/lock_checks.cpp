// Locks and temporary files that somebody left behind.
#include <algorithm>

#include "doctor/examination.h"
#include "intake/report.h"
#include "lock/leftover.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr minutes git_works_for{1};
constexpr minutes git_is_gone_after{10};
constexpr std::size_t most_refs = 10'000;
constexpr int deepest_ref = 16;  // directories

PublisherLock::Places places_of(const Clone& clone) {
  return {.git_directory = clone.common_directory,
          .own_directory = clone.own_directory(),
          .worktree = clone.worktree};
}

// By the file system's own clock; nothing when there is no such file.
std::optional<milliseconds> age_of(const Examination& examination, const std::string& path) {
  const auto found = examination.fs.status(path);
  if (!found) return std::nullopt;
  const auto now = os::time_at(examination.fs, examination.clone.common_directory);
  return now.value_or(examination.now) - found->modified;
}

// Taking the lock takes over a leftover; letting it go takes the file away.
bool clear_advertised_lock(const Examination& examination, const std::string& path) {
  {
    const auto lock = PublisherLock::acquire(
        examination.fs, examination.clock, places_of(examination.clone), "doctor", milliseconds{0});
    if (!lock) return false;
  }
  return !os::exists(examination.fs, path);
}

Check publisher_lock(Examination& examination) {
  Check check{.id = "lock", .found = "free"};
  const auto holder = lock_holder(examination.fs, places_of(examination.clone));
  if (!holder) return check;
  check.found = printable(describe(*holder), 300);
  if (holder->alive) return check;
  const auto age = age_of(examination, holder->path).value_or(milliseconds{0});
  const auto sight = look_at(examination.fs, holder->path);
  if (!sight) return check;  // gone meanwhile
  const bool is_directory = sight->status.type == os::FileType::Directory;
  LockWatch watch(examination.fs, examination.clock);
  const bool is_gone = watch.judge(*sight, LockWatch::Proof::None).owner == Owner::Gone;
  check.found += ", since " + signalbox::age(age) + " ago";
  if (!is_gone) {
    check.verdict = Verdict::Note;
    check.meaning = "its owner cannot be seen from this host; it counts as held for 5 minutes";
    return check;
  }
  check.verdict = Verdict::Warning;
  check.found += "; its owner is gone";
  check.meaning = "Signalbox passes it; an old script would wait for it";
  check.fixable = sight->text.is_ours() && !is_directory;
  check.advice = check.fixable ? "signalbox doctor --fix -C " + examination.place()
                               : "rm -r '" + printable(holder->path, 300) + "'";
  if (examination.fix && check.fixable && clear_advertised_lock(examination, holder->path)) {
    check.verdict = Verdict::Ok;
    check.fixed = "the lock of a process that is gone was taken away";
  }
  return check;
}

void collect_ref_locks(os::FileSystem& fs, const std::string& directory, int depth,
                       std::size_t& seen, std::vector<std::string>& locks) {
  const auto names = fs.list(directory);
  if (!names || depth > deepest_ref) return;
  for (const std::string& name : *names) {
    if (++seen > most_refs) return;
    const std::string path = directory + "/" + name;
    const auto found = fs.status(path);
    if (!found) continue;
    if (found->type == os::FileType::Directory) {
      collect_ref_locks(fs, path, depth + 1, seen, locks);
    } else if (name.ends_with(".lock")) {
      locks.push_back(path);
    }
  }
}

std::vector<std::string> git_locks(const Examination& examination) {
  const Clone& clone = examination.clone;
  std::vector<std::string> paths{
      clone.git_directory + "/index.lock",      clone.git_directory + "/HEAD.lock",
      clone.common_directory + "/HEAD.lock",    clone.common_directory + "/packed-refs.lock",
      clone.common_directory + "/shallow.lock", clone.common_directory + "/config.lock",
      clone.common_directory + "/index.lock",   clone.common_directory + "/gc.pid.lock"};
  std::ranges::sort(paths);
  const auto twice = std::ranges::unique(paths);
  paths.erase(twice.begin(), twice.end());
  std::erase_if(paths, [&](const std::string& path) { return !os::exists(examination.fs, path); });
  std::size_t seen = 0;
  collect_ref_locks(examination.fs, clone.common_directory + "/refs", 0, seen, paths);
  return paths;
}

Check locks_of_git(const Examination& examination) {
  Check check{.id = "git-locks", .found = "none"};
  std::vector<std::string> young;
  std::vector<std::string> old;
  std::vector<std::string> commands;
  for (const std::string& path : git_locks(examination)) {
    const auto age = age_of(examination, path);
    if (!age || *age < git_works_for) continue;
    const std::string shown = "'" + path + "' of " + signalbox::age(*age) + " ago";
    if (*age < git_is_gone_after || read_lock(examination.fs, path).is_ours()) {
      young.push_back(shown);
    } else {
      old.push_back(shown);
      commands.push_back("rm '" + path + "'");
    }
  }
  if (!old.empty()) {
    check.verdict = Verdict::Warning;
    check.found = some_of(old);
    check.meaning =
        "left by a git that was killed, or by an editor that is open: git refuses to "
        "work, and the files here do not follow";
    check.advice = "when no git works here, on any host: " + some_of(commands);
  } else if (!young.empty()) {
    check.verdict = Verdict::Note;
    check.found = some_of(young);
    check.meaning =
        "a git may be at work; a leftover of Signalbox's own is gone after the next sync";
  }
  return check;
}

Check temporary_files(const Examination& examination) {
  const Clone& clone = examination.clone;
  constexpr std::chrono::hours longer_than_any_write{1};
  const std::vector<std::string> directories{clone.git_directory, clone.common_directory,
                                             clone.own_directory(), clone.spool_directory(),
                                             view_directory(examination.fs, clone)};
  const auto now = os::time_at(examination.fs, clone.common_directory);
  Check check{.id = "temporary-files", .found = "none"};
  if (!now) return check;  // where nothing can be written, `disk` says so
  std::vector<std::string> left;
  for (const std::string& directory : directories) {
    const auto names = examination.fs.list(directory);
    if (!names) continue;
    for (const std::string& name : *names) {
      const auto file = os::is_temporary_name(name)
                            ? examination.fs.status(directory + "/" + name)
                            : Result<os::FileStatus>(fail(ErrorKind::NotFound, std::string()));
      if (file && *now - file->modified > longer_than_any_write) {
        left.push_back(directory + "/" + name);
      }
    }
  }
  std::ranges::sort(left);
  const auto twice = std::ranges::unique(left);
  left.erase(twice.begin(), twice.end());
  if (left.empty()) return check;
  check.verdict = Verdict::Note;
  check.found = counted(left.size(), "file") + " of killed processes: " + some_of(left);
  check.meaning = "the next publish deletes them";
  check.fixable = true;
  if (examination.fix) {
    for (const std::string& directory : directories) {
      os::delete_leftovers(examination.fs, directory, *now);
    }
    check.verdict = Verdict::Ok;
    check.fixed = "deleted";
  }
  return check;
}

}  // namespace

void check_locks(Examination& examination) {
  examination.add(publisher_lock(examination));
  examination.add(locks_of_git(examination));
  examination.add(temporary_files(examination));
}

}  // namespace signalbox
