// What keeps the branch and the clone small and tidy. Nothing of the reports waits for it, and no
// failure of it is theirs.
#include <algorithm>

#include "base/age.h"
#include "lock/lock_owner.h"
#include "os/host.h"
#include "publish/leftovers.h"
#include "publish/session.h"
#include "transport/garbage.h"

namespace signalbox {
namespace {

using std::chrono::hours;

constexpr int tries_to_compact = 3;
// A look at the whole history, or a try that failed, is enough for a day.
constexpr hours between_looks{24};
// A clone that publishes at the default budget makes some 4,000 loose objects an hour.
constexpr hours between_collections{1};
constexpr hours after_a_failed_one{24};
// Under the publisher lock, so no report may wait for longer than for a slow push.
constexpr std::chrono::seconds longest_collection{10};
// No git works on a ref, the index or the configuration for so long.
constexpr std::chrono::minutes git_is_gone_after{10};

// A time ahead of the clock was written by a clock that was ahead, and does not count.
bool is_due(const std::optional<UtcTime>& last, hours interval, UtcTime now) {
  return !last || *last > now || now - *last >= interval;
}

// The index is derived, and each host that ever published has one: those of nodes that are gone
// would add up. One that is in use all the same is made again.
void delete_old_indexes(os::FileSystem& fs, const std::string& directory, UtcTime now) {
  constexpr std::chrono::days unused_for{30};
  const auto names = fs.list(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with("index-")) continue;
    const auto found = fs.status(directory + "/" + name);
    if (found && now - found->modified > unused_for) (void)fs.unlink(directory + "/" + name);
  }
}

}  // namespace

// At most one step a publish. It leaves a push of the minute to the end of a run, where the budget
// has more than one.
Status Session::compact(PublishOutcome& outcome) {
  const auto deadline = clock_.monotonic() + settings_.publish_deadline;
  const int budget = std::max(settings_.pushes_per_minute - 1, 1);
  for (int failures = 0;; ++failures) {
    const UtcTime now = clock_.wall();
    if (next_push(state_, budget, true, now) > now) return {};
    const auto step = repository_.compact_history({.parent = outcome.tip,
                                                   .now = now,
                                                   .thin_after_days = settings_.thin_after_days,
                                                   .thinned_through = state_.thinned_through});
    if (!step) return std::unexpected(step.error());
    if (!step->commit.empty()) {
      if (auto pushed = push_commit(step->commit, outcome.tip, outcome); !pushed) {
        if (failures == tries_to_compact) return pushed;
        auto recovered = recover(pushed.error(), failures, deadline, outcome);
        if (!recovered) return recovered;
        continue;
      }
      outcome.compacted_days = step->days;
      outcome.thinned = step->thinned;
    }
    state_.thinned_through = step->thinned_through;
    if (step->finished) state_.compacted = now;
    return {};
  }
}

void Session::compact_when_due(PublishOutcome& outcome) {
  if (outcome.deferred_until || !is_due(state_.compacted, between_looks, clock_.wall())) return;
  const auto done = compact(outcome);
  if (done) return;
  if (done.error().kind != ErrorKind::RaceLost) state_.compacted = clock_.wall();
  outcome.notes.push_back("the history was not compacted: " + describe(done.error()));
}

void Session::collect_garbage_when_due(PublishOutcome& outcome) {
  const UtcTime now = clock_.wall();
  if (!state_.collected) state_.collected = now;  // a new clone has no garbage yet
  const bool failed = !state_.collection_error.empty();
  if (!is_due(state_.collected, failed ? after_a_failed_one : between_collections, now)) return;
  if (has_git_lock(clone_.common_directory) || has_git_lock(clone_.git_directory) ||
      !repository_.operation_in_progress().empty()) {
    return;
  }
  state_.collected = now;
  state_.collection_error.clear();
  const auto expiry = repository_.config("gc.pruneExpire");
  const bool keep_all = expiry && (*expiry == "never" || *expiry == "false");
  const auto done = collect_garbage(clone_.common_directory, keep_all, longest_collection);
  if (done) return;
  state_.collection_error = describe(done.error());
  outcome.notes.push_back(state_.collection_error);
}

// A sync looks at every view, a publish only at those that it changed.
void Session::renew_checked_out_views(const std::string& tip, PublishOutcome& outcome) {
  if (!checkout_ || tip.empty()) return;
  const auto done = renew_views(fs_, *checkout_, target_.branch, tip, may_replace_);
  if (!done) outcome.notes.push_back("views were not renewed: " + done.error().what);
}

// A git that was killed, ours or a person's, leaves its lock, and every git that comes after it
// refuses to work. It is named and stays: whether another host's git has it nobody here can know.
void Session::name_locks_in_the_way(PublishOutcome& outcome) {
  const std::string& common = clone_.common_directory;
  std::vector<std::string> locks{common + "/packed-refs.lock",
                                 common + "/shallow.lock",
                                 common + "/config.lock",
                                 clone_.git_directory + "/HEAD.lock",
                                 clone_.git_directory + "/index.lock",
                                 common + "/refs/heads/" + target_.branch + ".lock"};
  if (!target_.remote.empty()) {
    locks.push_back(common + "/refs/remotes/" + target_.remote + "/" + target_.branch + ".lock");
  }
  for (const std::string& path : locks) {
    const auto found = fs_.status(path);
    if (!found || read_lock(fs_, path).is_ours()) continue;
    const auto now = os::time_at(fs_, common);
    if (!now || *now - found->modified < git_is_gone_after || os::process_with_open(path)) continue;
    outcome.notes.push_back("'" + path + "' is there for " + age(*now - found->modified) +
                            " and stops every git; when no git works here, on any host: rm '" +
                            path + "'");
  }
}

// By the file system's own clock: that of the file just written.
void Session::tidy_up() {
  delete_leftovers(fs_, clone_);
  const auto fresh = fs_.status(clone_.own_directory() + "/state.json");
  if (fresh) delete_old_indexes(fs_, clone_.own_directory(), fresh->modified);
}

}  // namespace signalbox
