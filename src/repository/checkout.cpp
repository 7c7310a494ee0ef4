#include "repository/checkout.h"

#include <sys/stat.h>

#include <optional>

#include "base/text.h"
#include "board/view.h"
#include "lock/advertised_lock.h"
#include "os/signals.h"
#include "repository/checkout_plan.h"
#include "repository/implementation.h"
#include "transport/git_remote.h"

// The order is what makes a kill harmless:
//   files     sealed views, a newer version than HEAD's: the next call may replace them again
//   index     its entries are then the new tip's, which the next call accepts as they are
//   ref       last, by compare-and-swap: from here on everything is at the new tip
// A journal beside the index names the two commits for as long as this goes on. Who finds one
// finishes that step first, before the next: between index and ref alone, entries of a tip that
// HEAD does not have would look like a person's staged changes. And what a power cut made of files
// is not taken for a person's work.
// Each of these is on the disk before the next begins. A power cut that took the index alone would
// leave all that was published as staged for removal; one that took bytes of a file, as changed.
// All of it under git's own index.lock, which holds our name, so that one that a killed process
// left behind is known as ours and taken over.

namespace signalbox {
namespace {

constexpr std::size_t index_limit = 512UL << 20U;

CheckoutOutcome obstacle(std::string text) {
  return {false, std::move(text)};
}

// git's index.lock, as ours.
Result<AdvertisedLock> lock_index(os::FileSystem& fs, os::Clock& clock,
                                  const std::string& index_path) {
  LockWatch watch(fs, clock);
  return AdvertisedLock::try_acquire(fs, index_path + ".lock",
                                     format_lock("fast-forward", clock.wall()), watch,
                                     {.take_over = AdvertisedLock::TakeOver::OnlyOurOwn});
}

// A killed fast-forward leaves its index.lock, and git's own step may have come to its end without
// it: then nothing is left to move, but every git command of a person would find the lock.
Status clear_leftover_lock(os::FileSystem& fs, os::Clock& clock, const std::string& index_path) {
  if (!os::exists(fs, index_path + ".lock")) return {};
  const auto taken_over = lock_index(fs, clock, index_path);
  return taken_over ? Status{} : Status(std::unexpected(taken_over.error()));
}

// The step that is under way: "<before> <tip>\n" in the git directory of the worktree.
class Journal {
 public:
  Journal(os::FileSystem& fs, const Clone& clone)
      : fs_(fs), path_(clone.git_directory + "/signalbox-fast-forward") {}

  Status begin(const std::string& before, const std::string& tip) {
    auto done = os::replace_file_synced(fs_, path_, before + " " + tip + "\n");
    return done ? fs_.sync_directory(os::parent_of(path_)) : done;
  }
  void end() { (void)fs_.unlink(path_); }  // a leftover is found to be over by its first commit

  // The tip of a step that began at `before` and did not end.
  [[nodiscard]] std::optional<std::string> unfinished(const std::string& before) const {
    const auto text = fs_.read(path_, 256);
    if (!text) return std::nullopt;
    const std::string_view line = trimmed(*text);
    const auto space = line.find(' ');
    if (space == std::string_view::npos || line.substr(0, space) != before) return std::nullopt;
    return std::string(line.substr(space + 1));
  }

 private:
  os::FileSystem& fs_;
  std::string path_;
};

class FastForward {
 public:
  FastForward(os::FileSystem& fs, os::Clock& clock, const Clone& clone, git_repository* repository,
              std::string branch_ref, std::string before, std::string tip)
      : fs_(fs),
        clock_(clock),
        clone_(clone),
        repository_(repository),
        branch_ref_(std::move(branch_ref)),
        before_(std::move(before)),
        tip_(std::move(tip)),
        index_path_(clone.git_directory + "/index"),
        draft_path_(os::temporary_name(clone.git_directory)) {}
  FastForward(const FastForward&) = delete;
  FastForward& operator=(const FastForward&) = delete;
  ~FastForward() { (void)fs_.unlink(draft_path_); }  // gone already when all went well

  // `resumed`: a step from here on was begun and did not end.
  Result<CheckoutOutcome> run(const MayReplace& may_replace, bool resumed) {
    const os::DeferredSignals deferred;
    const auto lock = lock_index(fs_, clock_, index_path_);
    if (!lock) return std::unexpected(lock.error());
    if (!lock->held()) return obstacle("another git command is at work (index.lock)");
    // Now that nobody else can: what was looked at before may have changed.
    if (auto changed = no_longer_there(); !changed.empty()) return obstacle(std::move(changed));
    const auto index = open_draft();
    if (!index) return obstacle("the index has a form that is left alone: " + index.error().what);
    const auto from = git::tree_at(repository_, before_, {});
    if (!from) return std::unexpected(from.error());
    const auto to = git::tree_at(repository_, tip_, {});
    if (!to) return std::unexpected(to.error());
    auto plan = plan_checkout(fs_, repository_, clone_.worktree, from->get(), to->get(),
                              index->get(), {.may_replace = may_replace, .resumed = resumed});
    if (!plan) return std::unexpected(plan.error());
    if (!plan->obstacle.empty()) return obstacle(std::move(plan->obstacle));
    // A plan for many files takes its time, and people go on editing.
    for (const PathChange& change : plan->changes) {
      if (change.action != FileAction::Keep && !is_as_planned(fs_, clone_.worktree, change)) {
        return obstacle("'" + printable(change.path) + "' was changed meanwhile");
      }
    }
    Journal journal(fs_, clone_);
    if (auto begun = journal.begin(before_, tip_); !begun) return std::unexpected(begun.error());
    for (PathChange& change : plan->changes) {
      if (auto done = apply(change, index->get()); !done) return std::unexpected(done.error());
    }
    if (auto done = sync(plan->changes); !done) return std::unexpected(done.error());
    if (auto done = finish(index->get()); !done) return std::unexpected(done.error());
    journal.end();
    return CheckoutOutcome{.current = true};
  }

 private:
  [[nodiscard]] std::string no_longer_there() const {
    const auto head = head_branch(fs_, clone_);
    if (!head || "refs/heads/" + *head != branch_ref_) return "another branch was checked out";
    return git::operation_in_progress(repository_);
  }

  // libgit2 would take index.lock itself to write the index in place; a copy is edited instead.
  Result<git::Index> open_draft() {
    const auto bytes = fs_.read(index_path_, index_limit);
    if (bytes) {
      old_index_ = *bytes;
      auto file = fs_.create(draft_path_);
      if (!file) return std::unexpected(file.error());
      if (auto done = (*file)->write(*bytes); !done) return std::unexpected(done.error());
      if (auto done = (*file)->close(); !done) return std::unexpected(done.error());
    } else if (bytes.error().kind != ErrorKind::NotFound) {
      return std::unexpected(bytes.error());
    }
    git_index* handle = nullptr;
    if (const int code = git_index_open(&handle, draft_path_.c_str()); code < 0) {
      return std::unexpected(git::error(code, "cannot read the index"));
    }
    return git::Index(handle);
  }

  Status apply(PathChange& change, git_index* index) {
    const std::string path = clone_.worktree + "/" + change.path;
    Status done;
    if (change.action == FileAction::Write) done = write(change, path);
    if (change.action == FileAction::Remove) done = remove(change, path);
    if (!done && done.error().kind == ErrorKind::Busy) {
      // Somebody changed the file just now: it stays, as a change that is not committed.
      change.clean = false;
      done = {};
    }
    if (!done) return done;
    return change.removed ? remove_entry(change, index) : set_entry(change, path, index);
  }

  Status write(const PathChange& change, const std::string& path) {
    constexpr std::size_t no_limit = std::string::npos;
    const auto bytes = git::read_blob(repository_, change.blob, no_limit);
    // libgit2 calls an object that it may not open locked; Busy would be a file that somebody
    // changed.
    if (!bytes) return fail(ErrorKind::InputOutput, bytes.error().what);
    const auto unchanged = [&] { return is_as_planned(fs_, clone_.worktree, change); };
    auto done = os::replace_file(fs_, path, *bytes, unchanged);
    if (!done && done.error().kind == ErrorKind::NotFound) {
      done = os::make_directories(fs_, os::parent_of(path));
      if (done) done = os::replace_file(fs_, path, *bytes, unchanged);
    }
    if (done && change.executable) done = fs_.make_executable(path);
    return done;
  }

  // Also what was there already: a report does not sync the view that it shows itself in.
  Status sync(const std::vector<PathChange>& changes) {
    std::vector<std::string> files;
    for (const PathChange& change : changes) {
      if (change.clean && !change.removed) files.push_back(clone_.worktree + "/" + change.path);
    }
    return fs_.sync_files(files);
  }

  Status remove(const PathChange& change, const std::string& path) {
    if (!is_as_planned(fs_, clone_.worktree, change)) {
      return fail(ErrorKind::Busy, "'" + path + "' was changed meanwhile");
    }
    auto done = fs_.unlink(path);
    if (!done && done.error().kind == ErrorKind::NotFound) done = {};
    if (done) remove_emptied_directories(change.path);
    return done;
  }

  // As git does: a directory of the history goes with its last file. One that cannot go, because
  // something else is in it, ends the walk.
  void remove_emptied_directories(const std::string& path) {
    std::string directory = os::parent_of(path);
    while (directory.starts_with(std::string(history_directory) + "/") &&
           fs_.remove_directory(clone_.worktree + "/" + directory)) {
      directory = os::parent_of(directory);
    }
  }

  Status remove_entry(const PathChange& change, git_index* index) {
    const int code = git_index_remove(index, change.path.c_str(), 0);
    if (code < 0 && code != GIT_ENOTFOUND) {
      return std::unexpected(git::error(code, "cannot edit the index"));
    }
    return {};
  }

  Status set_entry(const PathChange& change, const std::string& path, git_index* index) {
    git_index_entry entry{};
    entry.path = change.path.c_str();
    entry.id = change.blob;
    entry.mode = change.executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
    // With the file's own data git need not read it again; without, git looks for itself.
    struct stat found{};
    if (change.clean && ::lstat(path.c_str(), &found) == 0) {
      entry.ctime = {static_cast<std::int32_t>(found.st_ctim.tv_sec),
                     static_cast<std::uint32_t>(found.st_ctim.tv_nsec)};
      entry.mtime = {static_cast<std::int32_t>(found.st_mtim.tv_sec),
                     static_cast<std::uint32_t>(found.st_mtim.tv_nsec)};
      entry.dev = static_cast<std::uint32_t>(found.st_dev);
      entry.ino = static_cast<std::uint32_t>(found.st_ino);
      entry.uid = found.st_uid;
      entry.gid = found.st_gid;
      entry.file_size = static_cast<std::uint32_t>(found.st_size);
    }
    if (const int code = git_index_add(index, &entry); code < 0) {
      return std::unexpected(git::error(code, "cannot edit the index"));
    }
    return {};
  }

  Status finish(git_index* index) {
    if (const int code = git_index_write(index); code < 0) {
      return std::unexpected(git::error(code, "cannot write the index"));
    }
    // Once more, because libgit2 does not sync what it wrote.
    const auto bytes = fs_.read(draft_path_, index_limit);
    if (!bytes) return std::unexpected(bytes.error());
    (void)fs_.unlink(draft_path_);  // now, while interrupts wait; tried again at the end
    if (auto done = os::replace_file_synced(fs_, index_path_, *bytes); !done) return done;
    if (auto done = fs_.sync_directory(clone_.git_directory); !done) return done;
    auto moved =
        update_ref(clone_.git_directory, branch_ref_, tip_, before_, "signalbox: fast-forward");
    if (moved) return moved;
    // The ref itself says what happened: git may have moved it and not have come to say so.
    git_oid now;
    const int code = git_reference_name_to_id(&now, repository_, branch_ref_.c_str());
    if (code == 0 && git::text_of(now) == tip_) return {};
    if ((code == 0 || code == GIT_ENOTFOUND) && !old_index_.empty()) {
      // Somebody moved the branch past us: the index goes back to what it was under this lock.
      (void)os::replace_file(fs_, index_path_, old_index_);
    }
    return moved;
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  const Clone& clone_;
  git_repository* repository_;
  std::string branch_ref_;
  std::string before_;
  std::string tip_;
  std::string index_path_;
  std::string draft_path_;
  std::string old_index_;
};

}  // namespace

Result<CheckoutOutcome> fast_forward_checkout(os::FileSystem& fs, os::Clock& clock,
                                              const Clone& clone, const std::string& branch,
                                              const std::string& tip,
                                              const MayReplace& may_replace) {
  if (auto done = clear_leftover_lock(fs, clock, clone.git_directory + "/index"); !done) {
    return std::unexpected(done.error());
  }
  const auto head = head_branch(fs, clone);
  if (!head) return obstacle("HEAD is detached");
  if (*head != branch) return obstacle("the branch '" + printable(*head) + "' is checked out");
  const auto opened = git::open(clone.git_directory);
  if (!opened) return std::unexpected(opened.error());
  git_repository* repository = opened->get();

  const std::string branch_ref = "refs/heads/" + branch;
  git_oid oid;
  const int code = git_reference_name_to_id(&oid, repository, branch_ref.c_str());
  if (code < 0 && code != GIT_ENOTFOUND) {
    return std::unexpected(git::error(code, "cannot read '" + branch_ref + "'"));
  }
  const std::string before = code == 0 ? git::text_of(oid) : std::string();
  if (before == tip) return CheckoutOutcome{.current = true};
  if (auto busy = git::operation_in_progress(repository); !busy.empty()) return obstacle(busy);
  // A person who is ahead has all of it.
  const auto ahead =
      before.empty() ? Result<bool>(false) : git::descends_from(repository, before, tip);
  if (!ahead) return std::unexpected(ahead.error());
  if (*ahead) return CheckoutOutcome{.current = true};
  const auto behind = git::descends_from(repository, tip, before);
  if (!behind) return std::unexpected(behind.error());
  if (!*behind) {
    return obstacle("the branch '" + branch +
                    "' has commits that are not at the remote (to catch up: git stash push -u "
                    "-- data/status; git pull --rebase; git push)");
  }
  const auto unfinished = Journal(fs, clone).unfinished(before);
  // A step towards a commit that was pruned meanwhile is one that nobody can finish.
  const bool can_finish = unfinished && *unfinished != tip &&
                          git::lookup_commit(repository, *unfinished) &&
                          git::descends_from(repository, *unfinished, before).value_or(false);
  if (can_finish) {
    auto outcome = FastForward(fs, clock, clone, repository, branch_ref, before, *unfinished)
                       .run(may_replace, true);
    if (!outcome || !outcome->current) return outcome;
    // Whether `tip` descends from that one too is another question. Its journal is over by now.
    return fast_forward_checkout(fs, clock, clone, branch, tip, may_replace);
  }
  return FastForward(fs, clock, clone, repository, branch_ref, before, tip)
      .run(may_replace, unfinished.has_value());
}

}  // namespace signalbox
