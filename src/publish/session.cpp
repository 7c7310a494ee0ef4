#include "publish/session.h"

#include "base/text.h"
#include "board/view.h"
#include "os/host.h"
#include "publish/target.h"
#include "repository/local_branch.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace {

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
    transport_ = make_local_branch(fs_, clock_, repository_, clone_.common_directory, checkout_,
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
  const auto outcome =
      fast_forward_checkout(fs_, clock_, *checkout_, target_.branch, tip, may_replace_);
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
  if (done && request.fetch_first) renew_checked_out_views(outcome.tip, outcome);
  if (done) collect_garbage_when_due(outcome);
  if (done && request.fetch_first) name_locks_in_the_way(outcome);
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
