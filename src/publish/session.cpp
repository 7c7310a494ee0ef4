#include "publish/session.h"

#include <algorithm>

#include "base/text.h"
#include "board/document.h"
#include "board/view.h"
#include "intake/report.h"
#include "os/entropy.h"
#include "os/host.h"
#include "publish/plan.h"
#include "publish/target.h"
#include "repository/local_branch.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t largest_batch = 5000;  // events a commit
constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{5000};

// The worktree whose files follow the branch: the one we were called in, or the main one.
std::optional<Clone> checkout_of(os::FileSystem& fs, const Clone& clone,
                                 const std::string& branch) {
  if (!clone.worktree.empty() && head_branch(fs, clone) == branch) return clone;
  if (os::base_name_of(clone.common_directory) != ".git") return std::nullopt;
  const auto main_worktree = find_clone(fs, os::parent_of(clone.common_directory));
  if (!main_worktree || main_worktree->common_directory != clone.common_directory ||
      head_branch(fs, *main_worktree) != branch) {
    return std::nullopt;
  }
  return *main_worktree;
}

bool ends_a_run(const std::vector<Event>& batch) {
  return std::ranges::any_of(batch, [](const Event& event) { return is_terminal(event.status); });
}

// A delay between half and all of what doubles with every failure: publishers that collided once
// do not collide again in step.
milliseconds jittered_backoff(int failures) {
  const milliseconds longest =
      std::min(first_backoff * (1 << std::min(failures, 10)), longest_backoff);
  return longest / 2 +
         milliseconds{static_cast<std::int64_t>(
             os::random_bits() % static_cast<std::uint64_t>(longest.count() / 2 + 1))};
}

bool worth_another_try(ErrorKind kind) {
  return kind == ErrorKind::RaceLost || kind == ErrorKind::AnswerLost ||
         kind == ErrorKind::TimedOut;
}

}  // namespace

Session::Session(os::FileSystem& fs, os::Clock& clock, Clone clone, Repository repository,
                 Settings settings, Target target)
    : fs_(fs),
      clock_(clock),
      clone_(std::move(clone)),
      repository_(std::move(repository)),
      settings_(std::move(settings)),
      target_(std::move(target)),
      checkout_(checkout_of(fs, clone_, target_.branch)),
      may_replace_([this](const std::string& path, std::string_view bytes) {
        return may_replace(path, bytes);
      }),
      spool_(fs, clone_.spool_directory()),
      state_(read_state(fs, clone_.own_directory())),
      batch_limit_(largest_batch) {
  if (target_.remote.empty()) {
    Repository::sync_objects();
    transport_ = make_local_branch(fs_, repository_, clone_.common_directory, checkout_,
                                   target_.branch, may_replace_);
  } else {
    transport_ = make_git_remote({.git_directory = clone_.common_directory,
                                  .remote = target_.remote,
                                  .branch = target_.branch,
                                  .known_tip_ref = target_.known_tip_ref(),
                                  .timeout = settings_.push_timeout});
  }
}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(os::FileSystem& fs, os::Clock& clock,
                                               const Clone& clone) {
  auto repository = Repository::open(clone);
  if (!repository) return std::unexpected(repository.error());
  auto settings = read_settings(fs, clone, *repository);
  if (!settings) return std::unexpected(settings.error());
  auto target = resolve_target(fs, clone, *repository, *settings);
  if (!target) return std::unexpected(target.error());
  return std::unique_ptr<Session>(new Session(fs, clock, clone, *std::move(repository),
                                              *std::move(settings), *std::move(target)));
}

Result<HistoryIndex*> Session::index() {
  if (!index_) {
    auto opened = HistoryIndex::open(
        fs_, clone_.own_directory() + "/index-" + hex(host_digest(os::host_name()), 8) + ".db");
    if (!opened) return std::unexpected(opened.error());
    index_ = *std::move(opened);
  }
  return &*index_;
}

Result<std::string> Session::known_tip() const {
  return repository_.commit_at(target_.known_tip_ref());
}

Result<bool> Session::seen_before(const JobName& job, std::string_view bytes,
                                  std::uint64_t digest) {
  const auto tip = known_tip();
  if (!tip) return std::unexpected(tip.error());
  // What the branch shows now, the commonest answer and the cheapest.
  const auto shown = repository_.view(*tip, job);
  if (!shown) return std::unexpected(shown.error());
  if (*shown && (*shown)->bytes == bytes) return true;
  const auto events = index();
  if (!events) return std::unexpected(events.error());
  if (auto done = repository_.update_index(**events, *tip, nullptr); !done) {
    return std::unexpected(done.error());
  }
  const auto known = (*events)->knows_content(job, digest);
  if (!known || *known) return known;
  return repository_.had_version(*tip, view_path(job), bytes);
}

// Reports that waited in the user's state directory, and files that other programs wrote.
Status Session::take_in(PublishOutcome& outcome) {
  Intake intake(fs_, clock_, clone_, clone_.worktree);
  if (auto moved = intake.bring_home(); !moved) {
    outcome.notes.push_back("the fallback spool was not brought home: " + moved.error().what);
  }
  if (!checkout_) return {};
  const std::string directory = checkout_->worktree + "/" + std::string(status_directory);
  const auto adoption =
      adopt_directory(fs_, directory, spool_,
                      [this](const JobName& job, std::string_view bytes, std::uint64_t digest) {
                        return seen_before(job, bytes, digest);
                      });
  if (!adoption) return std::unexpected(adoption.error());
  outcome.adopted = adoption->events.size();
  std::ranges::copy(adoption->left_alone, std::back_inserter(outcome.notes));
  return {};
}

Result<std::string> Session::first_tip(const PublishRequest& request) {
  if (!request.fetch_first) {
    // Optimistic: the tip as last seen. When it is stale the push is rejected, and costs one trip.
    auto known = known_tip();
    if (!known || !known->empty()) return known;
  }
  return transport_->fetch();
}

Status Session::retire(const std::vector<Event>& batch, PublishOutcome& outcome) {
  std::vector<EventId> ids;
  ids.reserve(batch.size());
  for (const Event& event : batch) ids.push_back(event.id);
  if (auto done = spool_.retire(ids); !done) return done;
  outcome.published += ids.size();
  return {};
}

Status Session::push(const CommitPlan& plan, PublishOutcome& outcome) {
  const auto commit = repository_.write_commit(plan);
  if (!commit) return std::unexpected(commit.error());
  note_push(state_, clock_.wall());
  if (auto pushed = transport_->push(*commit, plan.parent); !pushed) return pushed;
  outcome.tip = *commit;
  ++outcome.commits;
  return {};
}

// After a push that did not succeed: the next fetch decides what happened, where trying again can
// help at all.
Status Session::recover(const Error& error, int failures, UtcTime deadline,
                        PublishOutcome& outcome) {
  if (!worth_another_try(error.kind)) return std::unexpected(error);
  const milliseconds wait = jittered_backoff(failures);
  if (clock_.wall() + wait > deadline) return std::unexpected(error);
  clock_.sleep(wait);
  auto tip = transport_->fetch();
  if (!tip) return std::unexpected(tip.error());
  outcome.tip = *std::move(tip);
  return {};
}

Status Session::publish_batches(const PublishRequest& request, PublishOutcome& outcome) {
  const UtcTime deadline = clock_.wall() + settings_.publish_deadline;
  int failures = 0;
  for (;;) {
    // Read again before every try, so that an old value never overwrites a newer one.
    const auto pending = spool_.pending(batch_limit_);
    if (!pending) return std::unexpected(pending.error());
    for (const std::string& damaged : pending->damaged) {
      outcome.notes.push_back("damaged spool file: " + damaged);
    }
    const auto status_tree = repository_.status_tree(outcome.tip);
    if (!status_tree) return std::unexpected(status_tree.error());
    if (pending->events.empty() && *status_tree == state_.clean_status_tree) return {};

    const UtcTime now = clock_.wall();
    const bool urgent = request.urgent || ends_a_run(pending->events);
    const UtcTime next = next_push(state_, settings_.pushes_per_minute, urgent, now);
    if (failures == 0 && next > now) {
      outcome.deferred_until = next;
      return {};
    }
    const auto events = index();
    if (!events) return std::unexpected(events.error());
    const auto plan = make_plan(repository_, **events, outcome.tip, pending->events,
                                state_.clean_status_tree, now, request.progress);
    if (!plan) return std::unexpected(plan.error());
    if (!plan->nothing_to_do) {
      if (auto pushed = push(plan->commit, outcome); !pushed) {
        if (pushed.error().kind == ErrorKind::TooLarge && pending->events.size() > 1) {
          batch_limit_ = std::max<std::size_t>(pending->events.size() / 8, 1);
          continue;
        }
        auto recovered = recover(pushed.error(), failures++, deadline, outcome);
        if (!recovered) return recovered;
        continue;
      }
    }
    // Invariant 2: only now, when the tip that the remote took, or was seen to have, holds them.
    if (auto done = retire(pending->events, outcome); !done) return done;
    if (const auto clean = repository_.status_tree(outcome.tip)) state_.clean_status_tree = *clean;
    failures = 0;
    if (pending->events.size() == pending->waiting) return {};
  }
}

void Session::advance_checkout(const std::string& tip) {
  state_.checkout_obstacle.clear();
  if (tip.empty() || clone_.worktree.empty()) return;
  if (!checkout_) {
    const auto head = head_branch(fs_, clone_);
    state_.checkout_obstacle =
        head ? "the branch '" + printable(*head) + "' is checked out, not '" + target_.branch + "'"
             : "HEAD is detached";
    return;
  }
  const auto outcome = fast_forward_checkout(fs_, *checkout_, target_.branch, tip, may_replace_);
  if (!outcome) {
    state_.checkout_obstacle = outcome.error().what;
  } else if (!outcome->current) {
    state_.checkout_obstacle = outcome->obstacle;
  }
}

// A sealed view that is not newer than the tip's, or another program's file that is an event.
bool Session::may_replace(const std::string& path, std::string_view bytes) {
  const auto job = job_of_status_file(os::base_name_of(path));
  if (!job || os::parent_of(path) != status_directory) return false;
  const auto local = parse_view(*job, bytes);
  if (!local) return false;
  if (!local->sealed) {
    const std::uint64_t digest = content_digest(*job, bytes);
    const auto waiting = spool_.waiting_ids();
    const std::string random = hex(digest, 12);
    if (waiting && std::ranges::any_of(
                       *waiting, [&](const EventId& id) { return id.random_text() == random; })) {
      return true;
    }
    const auto seen = seen_before(*job, bytes, digest);
    return seen && *seen;
  }
  const auto ids = spool_.waiting_ids();
  const bool waits = ids && std::ranges::binary_search(*ids, local->event.id);
  return !waits;
}

// Temporary files of killed processes, by the file system's own clock: that of the file just
// written.
void Session::tidy_up() {
  const auto fresh = fs_.status(clone_.own_directory() + "/state.json");
  if (!fresh) return;
  for (const std::string& directory :
       {clone_.git_directory, clone_.common_directory, clone_.own_directory(), spool_.directory(),
        view_directory(fs_, clone_)}) {
    os::delete_leftovers(fs_, directory, fresh->modified);
  }
}

Result<PublishOutcome> Session::publish(const PublisherLock& lock, const PublishRequest& request) {
  (void)lock;  // taken so that it cannot be forgotten
  PublishOutcome outcome;
  const PublishState before = state_;
  auto done = take_in(outcome);
  if (done) {
    auto tip = first_tip(request);
    done = tip ? Status{} : Status(std::unexpected(tip.error()));
    if (tip) outcome.tip = *std::move(tip);
  }
  if (done) done = publish_batches(request, outcome);

  const UtcTime now = clock_.wall();
  if (done) {
    if (!outcome.tip.empty()) advance_checkout(outcome.tip);
    if (outcome.published > 0 || outcome.commits > 0 || !state_.last_publish) {
      state_.last_publish = now;
    }
    state_.last_error.clear();
    state_.last_error_time.reset();
    state_.not_before.reset();
    state_.failures = 0;
  } else {
    state_.last_error = printable(describe(done.error()), 500);
    state_.last_error_time = now;
    ++state_.failures;
    state_.not_before = now + retry_delay(done.error().kind, state_.failures);
  }
  if (state_ != before) {
    // Losing the state costs a look: a full disk must not turn a good publish into an error.
    (void)write_state(fs_, clone_.own_directory(), state_);
    tidy_up();
  }
  if (!done) return std::unexpected(done.error());
  return outcome;
}

}  // namespace signalbox
