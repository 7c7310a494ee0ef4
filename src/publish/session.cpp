#include "publish/session.h"

#include <algorithm>

#include "base/text.h"
#include "board/view.h"
#include "intake/ahead.h"
#include "intake/masking.h"
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

constexpr int tries_to_isolate = 40;  // pushes of one publish that look for a refused event
constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{5000};

// The worktree whose files follow the branch: the one we were called in, or the main one; none
// where core.worktree moved it elsewhere.
std::optional<Clone> checkout_of(os::FileSystem& fs, const Clone& clone,
                                 const Repository& repository, const std::string& branch) {
  const auto elsewhere = repository.config("core.worktree");
  if (elsewhere && absolute_path(elsewhere->starts_with('/') ? *elsewhere
                                                             : clone.common_directory + "/" +
                                                                   *elsewhere) != clone.worktree) {
    return std::nullopt;
  }
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
                 Settings settings, Masker masker, Target target)
    : fs_(fs),
      clock_(clock),
      clone_(std::move(clone)),
      repository_(std::move(repository)),
      settings_(std::move(settings)),
      masker_(std::move(masker)),
      target_(std::move(target)),
      checkout_(checkout_of(fs, clone_, repository_, target_.branch)),
      may_replace_([this](const std::string& path, std::string_view bytes) {
        return may_replace(path, bytes);
      }),
      spool_(fs, clone_.spool_directory()),
      outbox_(fs, clone_.outbox_directory()),
      state_(read_state(fs, clone_.own_directory())) {
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
  auto masker = Masker::with_patterns(settings->secret_patterns);
  if (!masker) return std::unexpected(masker.error());
  auto target = resolve_target(fs, clone, *repository, *settings);
  if (!target) return std::unexpected(target.error());
  return std::unique_ptr<Session>(new Session(fs, clock, clone, *std::move(repository),
                                              *std::move(settings), *std::move(masker),
                                              *std::move(target)));
}

Status Session::catch_up(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                         const PublisherLock& lock) {
  (void)lock;  // taken so that it cannot be forgotten
  auto repository = Repository::open(clone);
  if (!repository) return std::unexpected(repository.error());
  auto masker = Masker::with_patterns({});
  if (!masker) return std::unexpected(masker.error());
  const auto cached = cached_target(fs, clone);
  auto target = cached ? Result<Target>(*cached) : resolve_target(fs, clone, *repository, {});
  if (!target) return std::unexpected(target.error());
  Session session(fs, clock, clone, *std::move(repository), {}, *std::move(masker),
                  *std::move(target));
  PublishOutcome outcome;
  const PublishState before = session.state_;
  const auto tip = session.fetch(outcome);
  if (tip) session.advance_checkout(*tip);
  if (session.state_ != before) (void)write_state(fs, clone.own_directory(), session.state_);
  return tip ? Status{} : Status(std::unexpected(tip.error()));
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
  auto tip = repository_.commit_at(target_.known_tip_ref());
  if (target_.remote.empty()) return tip;
  // A copy of what the remote has: one that a power cut broke is fetched again.
  return tip && !tip->empty() && repository_.has_commit(*tip) ? tip : Result<std::string>("");
}

Result<std::string> Session::shown_tip() const {
  auto tip = known_tip();
  if (!tip || !tip->empty()) return tip;
  return repository_.commit_at("HEAD");
}

// What a force push, or a remote that was made anew, took away is published again: the remote held
// it, so it was promised. From here on nothing forgets it: the events wait in the spool.
Status Session::take_back(const std::string& before, const std::string& tip,
                          PublishOutcome& outcome) {
  std::size_t taken = 0;
  const auto lost = repository_.for_each_lost_event(before, tip, [&](const Event& event) {
    ++taken;
    return spool_.append(event);
  });
  if (!lost) return lost;
  if (taken > 0) {
    outcome.notes.push_back("the branch '" + target_.branch + "' of '" + target_.remote +
                            "' was moved back; it lacked " + std::to_string(taken) +
                            " events, which are published again");
  }
  // It may have been moved back to before its history was compacted and thinned.
  state_.thinned_through.clear();
  state_.compacted.reset();
  return {};
}

// The settled tip is moved only when all is taken back or put back: until then a failure or a kill
// leaves the old one in the state, and the next fetch begins again from there.
Result<std::string> Session::fetch(PublishOutcome& outcome) {
  const auto known = known_tip();
  if (!known) return known;
  const bool has_settled =
      state_.settled_tip != *known && repository_.has_commit(state_.settled_tip);
  const std::vector<std::string> before =
      has_settled ? std::vector{*known, state_.settled_tip} : std::vector{*known};
  const auto tip = transport_->fetch();
  if (!tip || target_.remote.empty()) return tip;
  for (const std::string& held : before) {
    if (held.empty() || held == *tip) continue;
    if (tip->empty()) return put_back(held, outcome);
    const auto forward = repository_.descends_from(*tip, held);
    if (!forward) return std::unexpected(forward.error());
    if (*forward) continue;
    state_.settled_tip = held;
    if (auto done = take_back(held, *tip, outcome); !done) return std::unexpected(done.error());
  }
  state_.settled_tip = *tip;
  return tip;
}

// A branch that was deleted, or a remote that was made anew: git creates it with all its history.
Result<std::string> Session::put_back(const std::string& held, PublishOutcome& outcome) {
  state_.settled_tip = held;
  if (auto done = transport_->push(held, {}); !done) return std::unexpected(done.error());
  outcome.notes.push_back("the branch '" + target_.branch + "' was gone from '" + target_.remote +
                          "'; it was put back as this clone knew it");
  return held;
}

Result<std::string> Session::first_tip(const PublishRequest& request, PublishOutcome& outcome) {
  if (!request.fetch_first) {
    // Optimistic: the tip as last seen. When it is stale the push is rejected, and costs one trip.
    auto known = known_tip();
    if (!known || !known->empty()) return known;
  }
  return fetch(outcome);
}

Status Session::retire(const std::vector<Event>& batch, PublishOutcome& outcome) {
  std::vector<EventId> ids;
  ids.reserve(batch.size());
  for (const Event& event : batch) {
    ids.push_back(event.id);
    suspects_.erase(event.id);
  }
  if (auto done = spool_.retire(ids); !done) return done;
  outcome.published += ids.size();
  return {};
}

Status Session::push(const CommitPlan& plan, PublishOutcome& outcome) {
  const auto commit = repository_.write_commit(plan);
  if (!commit) return std::unexpected(commit.error());
  auto pushed = push_commit(*commit, plan.parent, outcome);
  if (pushed) ++outcome.commits;
  return pushed;
}

Status Session::push_commit(const std::string& commit, const std::string& parent,
                            PublishOutcome& outcome) {
  note_push(state_, clock_.wall());
  if (auto pushed = transport_->push(commit, parent); !pushed) return pushed;
  outcome.tip = commit;
  state_.settled_tip = commit;
  return {};
}

// After a push that did not succeed: the next fetch decides what happened, where trying again can
// help at all.
Status Session::recover(const Error& error, int failures, milliseconds deadline,
                        PublishOutcome& outcome) {
  if (!worth_another_try(error.kind)) return std::unexpected(error);
  const milliseconds wait = jittered_backoff(failures);
  if (clock_.monotonic() + wait > deadline) return std::unexpected(error);
  clock_.sleep(wait);
  auto tip = fetch(outcome);
  if (!tip) return std::unexpected(tip.error());
  outcome.tip = *std::move(tip);
  return {};
}

// Read again before every try, so that an old value never overwrites a newer one.
Result<Spool::Pending> Session::next_batch(PublishOutcome& outcome) {
  auto pending = spool_.pending(state_.batch_limit + held_back_.size());
  if (!pending) return pending;
  for (const std::string& damaged : pending->damaged) {
    outcome.notes.push_back("damaged spool file: " + damaged);
  }
  outcome.unreadable = pending->unreadable.size();
  for (const std::string& why : pending->unreadable) {
    outcome.notes.push_back("a report waits that cannot be read: " + why);
  }
  for (Event& event : pending->events) event = masked(std::move(event), masker_);
  pending->waiting -= std::erase_if(
      pending->events, [&](const Event& event) { return held_back_.contains(event.id); });
  return pending;
}

// One event that the remote will not have (a token in a message, a size limit) must not keep the
// others: smaller batches find it. When the remote refuses everything, that costs a few pushes and
// changes nothing. True when another try makes sense.
bool Session::narrow_down(const std::vector<Event>& batch, ErrorKind kind,
                          PublishOutcome& outcome) {
  constexpr std::size_t step = 8;
  constexpr std::size_t refused_alone = 3;  // in a row: then it is not them
  const bool may_be_one = kind == ErrorKind::TooLarge || kind == ErrorKind::Refused;
  if (!may_be_one || batch.empty() || ++isolating_ > tries_to_isolate) return false;
  if (batch.size() > 1) {
    state_.batch_limit = std::max<std::size_t>(batch.size() / step, 1);
    return true;
  }
  const EventId& id = batch.front().id;
  if (!suspects_.contains(id)) {
    held_back_.insert(id);
    return held_back_.size() < refused_alone;
  }
  // Refused alone, then another went through, then refused alone again.
  if (!spool_.set_aside(id)) return false;
  outcome.notes.push_back("the remote refuses the report " + id.text() + "; it was set aside in '" +
                          spool_.refused_directory() + "'");
  suspects_.erase(id);
  return true;
}

Status Session::publish_batches(const PublishRequest& request, PublishLog& log,
                                PublishOutcome& outcome) {
  const auto deadline = clock_.monotonic() + settings_.publish_deadline;
  int failures = 0;
  const std::size_t usual_limit = state_.batch_limit;
  std::optional<Error> refused;
  for (;;) {
    const auto pending = next_batch(outcome);
    if (!pending) return std::unexpected(pending.error());
    if (pending->events.empty() && refused && !held_back_.empty()) {
      if (refused->kind == ErrorKind::Refused) state_.batch_limit = usual_limit;
      return std::unexpected(*refused);
    }
    const auto files = next_files(!pending->events.empty(), outcome);
    if (!files) return std::unexpected(files.error());
    if (pending->events.empty() && files->empty() && refused && !held_files_.empty()) {
      // No error: reports that come next must not wait for a file that can be made again.
      outcome.notes.push_back("the remote refuses files of the outbox, which wait: " +
                              refused->what);
      return {};
    }
    const auto status_tree = repository_.status_tree(outcome.tip);
    if (!status_tree) return std::unexpected(status_tree.error());
    if (pending->events.empty() && files->empty() && *status_tree == state_.clean_status_tree) {
      return {};
    }

    const UtcTime now = clock_.wall();
    const bool urgent = request.urgent || ends_a_run(pending->events);
    const UtcTime next = next_push(state_, settings_.pushes_per_minute, urgent, now);
    if (failures == 0 && !refused && !without_health_ && suspects_.empty() && next > now) {
      outcome.deferred_until = next;
      return {};
    }
    const auto events = index();
    if (!events) return std::unexpected(events.error());
    auto plan = make_plan(repository_, **events, outcome.tip, pending->events, *files,
                          state_.clean_status_tree, masker_, now, request.progress);
    if (!plan) return std::unexpected(plan.error());
    for (const std::string& path : plan->no_room) {
      outcome.notes.push_back(path + ": the branch has something else in its place");
    }
    if (!plan->nothing_to_do) {
      const bool tells = add_health(plan->commit, pending->events, now);
      if (auto pushed = push(plan->commit, outcome); !pushed) {
        log.push_failed(pushed.error());
        if (tells && leave_out_health(pushed.error().kind)) continue;
        health_is_suspect_ = false;
        const bool alone = plan->commit.events.empty() && plan->commit.views.empty();
        if (clock_.monotonic() < deadline &&
            narrow_down_files(*files, alone, pushed.error().kind, outcome)) {
          refused = pushed.error();
          continue;
        }
        if (clock_.monotonic() < deadline &&
            narrow_down(pending->events, pushed.error().kind, outcome)) {
          refused = pushed.error();
          continue;
        }
        if (pushed.error().kind == ErrorKind::Refused) state_.batch_limit = usual_limit;
        auto recovered = recover(pushed.error(), failures++, deadline, outcome);
        if (!recovered) return recovered;
        continue;
      }
      note_health(tells, now);
      suspects_.merge(held_back_);
      held_back_.clear();
      state_.batch_limit = std::min(state_.batch_limit * 2, largest_batch);
    }
    // Invariant 2: only now, when the tip that the remote took, or was seen to have, holds them.
    if (auto done = retire(pending->events, outcome); !done) return done;
    log.published(pending->events);
    if (auto done = retire_files(*files, plan->no_room, outcome); !done) return done;
    if (const auto clean = repository_.status_tree(outcome.tip)) state_.clean_status_tree = *clean;
    // A cache for reports: without it they are shown when the clock has caught up.
    (void)note_ahead(fs_, clone_.own_directory(), plan->newest, now);
    failures = 0;
    refused.reset();
    if (pending->events.size() == pending->waiting && suspects_.empty() &&
        outbox_.waiting() <= outcome.files_left) {
      return {};
    }
  }
}

void Session::advance_checkout(const std::string& tip) {
  state_.checkout_obstacle.clear();
  if (tip.empty() || clone_.worktree.empty()) return;
  if (!checkout_) {
    const auto head = head_branch(fs_, clone_);
    state_.checkout_obstacle =
        !head ? "HEAD is detached"
        : *head == target_.branch
            ? "the worktree is elsewhere (core.worktree)"
            : "the branch '" + printable(*head) + "' is checked out, not '" + target_.branch + "'";
    return;
  }
  const auto outcome = fast_forward_checkout(fs_, *checkout_, target_.branch, tip, may_replace_);
  if (!outcome) {
    state_.checkout_obstacle = outcome.error().what;
  } else if (!outcome->current) {
    state_.checkout_obstacle = outcome->obstacle;
  }
}

Result<PublishOutcome> Session::publish(const PublisherLock& lock, const PublishRequest& request,
                                        PublishLog& log) {
  (void)lock;  // taken so that it cannot be forgotten
  PublishOutcome outcome;
  const PublishState before = state_;
  auto done = take_in(outcome);
  if (done) {
    auto tip = first_tip(request, outcome);
    done = tip ? Status{} : Status(std::unexpected(tip.error()));
    if (tip) outcome.tip = *std::move(tip);
  }
  if (done) done = publish_batches(request, log, outcome);
  if (done && request.compact) compact_when_due(outcome);
  if (done && request.fetch_first) publish_health(outcome);

  const UtcTime now = clock_.wall();
  // Also where something was refused: the news that came with it are news all the same.
  const bool is_remote = !target_.remote.empty();
  const auto known = is_remote ? known_tip() : Result<std::string>(outcome.tip);
  if (known && !known->empty() && (done || is_remote)) advance_checkout(*known);
  if (done) collect_garbage_when_due(outcome);
  if (done) {
    if (outcome.published > 0 || outcome.commits > 0 || !state_.last_publish) {
      state_.last_publish = now;
    }
    if (request.fetch_first) note_sync(state_, now, request.scheduled);
    state_.last_error.clear();
    state_.last_error_kind.clear();
    state_.last_error_time.reset();
    state_.not_before.reset();
    state_.failures = 0;
  } else {
    state_.last_error_kind = word_of(done.error().kind);
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
