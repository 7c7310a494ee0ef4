// Locks and temporary files that somebody left behind.
#include "doctor/examination.h"
#include "lock/git_locks.h"
#include "lock/leftover.h"
#include "publish/leftovers.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr minutes git_works_for{1};
constexpr minutes git_is_gone_after{10};

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

Check locks_of_git(const Examination& examination) {
  Check check{.id = "git-locks", .found = "none"};
  std::vector<std::string> young;
  std::vector<std::string> old;
  std::vector<std::string> commands;
  for (const std::string& path : git_locks(examination.fs, examination.clone.common_directory)) {
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
  Check check{.id = "temporary-files", .found = "none"};
  const auto left = find_leftovers(examination.fs, examination.clone);
  if (left.empty()) return check;
  check.verdict = Verdict::Note;
  check.found = counted(left.size(), "file") + " of killed processes: " + some_of(left);
  check.meaning = "the next publish deletes them";
  check.fixable = true;
  if (examination.fix) {
    delete_leftovers(examination.fs, examination.clone);
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
