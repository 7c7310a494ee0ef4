// The batches of a publish: read what waits, plan its commit on the tip, push, retire; after a push
// that did not succeed, again.
#include <algorithm>

#include "intake/ahead.h"
#include "intake/masking.h"
#include "os/entropy.h"
#include "publish/plan.h"
#include "publish/session.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr int tries_to_isolate = 40;  // pushes of one publish that look for a refused event
constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{5000};

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

// Read again before every try, so that an old value never overwrites a newer one.
struct Session::Batch {
  Spool::Pending pending;
  std::vector<Outbox::Entry> files;
  UtcTime now;

  [[nodiscard]] const std::vector<Event>& events() const { return pending.events; }
  [[nodiscard]] bool empty() const { return pending.events.empty() && files.empty(); }
};

// What the tries of one publish know of each other.
struct Session::Tries {
  milliseconds deadline;
  std::size_t usual_limit;       // of a batch, where nothing is refused
  int failures = 0;              // since something went through
  std::optional<Error> refused;  // the last refusal since then
};

Status Session::publish_batches(const PublishRequest& request, PublishLog& log,
                                PublishOutcome& outcome) {
  Tries tries{.deadline = clock_.monotonic() + settings_.publish_deadline,
              .usual_limit = state_.batch_limit};
  for (;;) {
    const auto batch = next_batch(tries, outcome);
    if (!batch) return std::unexpected(batch.error());
    if (!*batch || is_deferred(**batch, request, tries, outcome)) return {};
    auto plan = plan_of(**batch, request, outcome);
    if (!plan) return std::unexpected(plan.error());
    if (!plan->nothing_to_do) {
      const bool tells = add_health(plan->commit, (*batch)->events(), (*batch)->now);
      if (auto pushed = push(plan->commit, outcome); !pushed) {
        log.push_failed(pushed.error());
        if (tells && leave_out_health(pushed.error().kind)) continue;
        auto again = prepare_another_try(pushed.error(), *plan, **batch, tries, outcome);
        if (!again) return again;
        continue;
      }
      note_success(tells, (*batch)->now);
    }
    // Invariant 2: only now, when the tip that the remote took, or was seen to have, holds them.
    if (auto done = retire(**batch, *plan, log, outcome); !done) return done;
    if (is_all(**batch, outcome)) return {};
    tries.failures = 0;
    tries.refused.reset();
  }
}

// Nothing when there is nothing to do, or nothing that the remote takes.
Result<std::optional<Session::Batch>> Session::next_batch(const Tries& tries,
                                                          PublishOutcome& outcome) {
  auto pending = next_events(outcome);
  if (!pending) return std::unexpected(pending.error());
  if (pending->events.empty() && tries.refused && !held_back_.empty()) {
    if (tries.refused->kind == ErrorKind::Refused) state_.batch_limit = tries.usual_limit;
    return std::unexpected(*tries.refused);
  }
  auto files = next_files(!pending->events.empty(), outcome);
  if (!files) return std::unexpected(files.error());
  Batch batch{*std::move(pending), *std::move(files), clock_.wall()};
  if (batch.empty() && tries.refused && !held_files_.empty()) {
    // No error: reports that come next must not wait for a file that can be made again.
    outcome.notes.push_back("the remote refuses files of the outbox, which wait: " +
                            tries.refused->what);
    return std::nullopt;
  }
  const auto status_tree = repository_.status_tree(outcome.tip);
  if (!status_tree) return std::unexpected(status_tree.error());
  if (batch.empty() && *status_tree == state_.clean_status_tree) return std::nullopt;
  return batch;
}

Result<Spool::Pending> Session::next_events(PublishOutcome& outcome) {
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

// The first push waits for room in the budget; one that mends another does not.
bool Session::is_deferred(const Batch& batch, const PublishRequest& request, const Tries& tries,
                          PublishOutcome& outcome) const {
  const bool urgent = request.urgent || ends_a_run(batch.events());
  const UtcTime next = next_push(state_, settings_.pushes_per_minute, urgent, batch.now);
  const bool mends = tries.failures > 0 || tries.refused || without_health_ || !suspects_.empty();
  if (mends || next <= batch.now) return false;
  outcome.deferred_until = next;
  return true;
}

Result<Plan> Session::plan_of(const Batch& batch, const PublishRequest& request,
                              PublishOutcome& outcome) {
  auto plan = with_index([&](HistoryIndex& index) {
    return make_plan(repository_, index, outcome.tip, batch.events(), batch.files,
                     state_.clean_status_tree, masker_, batch.now, request.progress);
  });
  if (!plan) return plan;
  for (const std::string& path : plan->no_room) {
    outcome.notes.push_back(path + ": the branch has something else in its place");
  }
  return plan;
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

void Session::note_success(bool told_health, UtcTime now) {
  note_health(told_health, now);
  suspects_.merge(held_back_);
  held_back_.clear();
  state_.batch_limit = std::min(state_.batch_limit * 2, largest_batch);
}

// Without what the remote may have refused, or on the tip that it has by now. An error when no
// other try makes sense.
Status Session::prepare_another_try(const Error& error, const Plan& plan, const Batch& batch,
                                    Tries& tries, PublishOutcome& outcome) {
  health_is_suspect_ = false;
  const bool alone = plan.commit.events.empty() && plan.commit.views.empty();
  if (clock_.monotonic() < tries.deadline &&
      (narrow_down_files(batch.files, alone, error.kind, outcome) ||
       narrow_down(batch.events(), error.kind, outcome))) {
    tries.refused = error;
    return {};
  }
  if (error.kind == ErrorKind::Refused) state_.batch_limit = tries.usual_limit;
  return recover(error, tries.failures++, tries.deadline, outcome);
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

Status Session::retire(const Batch& batch, const Plan& plan, PublishLog& log,
                       PublishOutcome& outcome) {
  if (auto done = retire_events(batch.events(), outcome); !done) return done;
  log.published(batch.events());
  if (auto done = retire_files(batch.files, plan.no_room, outcome); !done) return done;
  if (const auto clean = repository_.status_tree(outcome.tip)) state_.clean_status_tree = *clean;
  // A cache for reports: without it they are shown when the clock has caught up.
  (void)note_ahead(fs_, clone_.own_directory(), plan.newest, batch.now);
  return {};
}

Status Session::retire_events(const std::vector<Event>& batch, PublishOutcome& outcome) {
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

bool Session::is_all(const Batch& batch, const PublishOutcome& outcome) const {
  return batch.pending.events.size() == batch.pending.waiting && suspects_.empty() &&
         outbox_.waiting() <= outcome.files_left;
}

}  // namespace signalbox
