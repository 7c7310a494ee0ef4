// The local branch and checkout, and what was done to them: stashes, resets, forced pushes.
#include <algorithm>

#include "doctor/examination.h"

namespace signalbox {
namespace {

constexpr std::chrono::days reflog_shown{30};
constexpr std::chrono::days reflog_is_news{7};

Check position_of(const Examination& examination) {
  const Target& target = examination.session->target();
  const Repository& repository = examination.session->repository();
  Check check{.id = "branch"};
  const auto head = head_branch(examination.fs, examination.clone);
  if (!head || *head != target.branch) {
    check.verdict = Verdict::Note;
    check.found = head ? "'" + printable(*head) + "' is checked out, not '" + target.branch + "'"
                       : "HEAD is detached";
    check.meaning = "the files here do not follow; views are kept in .git/signalbox/views";
    check.advice = "git -C " + examination.place() + " switch " + target.branch;
    return check;
  }
  const auto local = repository.commit_at("refs/heads/" + target.branch);
  const auto tip = examination.session->known_tip();
  if (!local || !tip) return unknown("branch", (local ? tip : local).error());
  if (target.remote.empty()) {
    check.found = "'" + target.branch + "' is the published branch";
    return check;
  }
  if (tip->empty() || local->empty()) {
    check.verdict = Verdict::Note;
    check.found = tip->empty() ? "the remote's branch was not seen yet"
                               : "'" + target.branch + "' has no commit here yet";
    check.advice = "signalbox sync -C " + examination.place();
    return check;
  }
  const auto apart = repository.divergence(*local, *tip);
  if (!apart) return unknown("branch", apart.error());
  const std::string upstream = "'" + target.branch + "' of '" + target.remote + "'";
  if (apart->ahead > 0 && apart->behind > 0) {
    check.verdict = Verdict::Warning;
    check.found = counted(apart->ahead, "commit") + " ahead of and " +
                  std::to_string(apart->behind) + " behind " + upstream;
    check.meaning = "reports are published all the same; the files here no longer follow";
    check.advice = "git -C " + examination.place() + " pull --no-rebase && git -C " +
                   examination.place() + " push";
  } else if (apart->ahead > 0) {
    check.verdict = Verdict::Note;
    check.found = counted(apart->ahead, "commit") + " here that " + upstream + " does not have";
    check.meaning = "Signalbox pushes its own commits only";
    check.advice = "git -C " + examination.place() + " push";
  } else if (apart->behind > 0) {
    check.verdict = Verdict::Note;
    check.found = counted(apart->behind, "commit") + " behind " + upstream;
    check.meaning = "the next sync brings the files here up to it, where nothing is in the way";
    check.advice = "signalbox sync -C " + examination.place();
  } else {
    check.found = "'" + target.branch + "' is at the tip of '" + target.remote + "'";
  }
  return check;
}

Check checkout_of(const Examination& examination) {
  Check check{.id = "checkout"};
  if (examination.clone.worktree.empty()) {
    check.found = "none: a bare repository";
    return check;
  }
  const auto operation = operation_in_progress(examination.clone);
  if (!operation) return unknown("checkout", operation.error());
  const bool follows =
      head_branch(examination.fs, examination.clone) == examination.session->target().branch;
  // What `branch` says already is not said twice.
  const std::string obstacle = !operation->empty() ? *operation
                               : follows           ? examination.state.checkout_obstacle
                                                   : std::string();
  if (obstacle.empty()) {
    check.found = follows ? "nothing is in the way of new files" : "left alone";
    return check;
  }
  check.verdict = Verdict::Warning;
  check.found = printable(obstacle, 300);
  check.meaning = "reports are published all the same; the files here are left as they are";
  check.advice = "finish that work (git -C " + examination.place() +
                 " status), then: signalbox sync -C " + examination.place();
  return check;
}

Check stash_of(const Examination& examination) {
  const auto stashes = examination.session->repository().stashes();
  if (!stashes) return unknown("stash", stashes.error());
  Check check{.id = "stash", .found = "no stash entries"};
  if (stashes->empty()) return check;
  const auto holding = std::ranges::count_if(*stashes, &Repository::Stash::holds_status);
  check.verdict = holding > 0 ? Verdict::Warning : Verdict::Note;
  check.found =
      std::to_string(stashes->size()) + (stashes->size() == 1 ? " stash entry" : " stash entries") +
      (holding > 0 ? ", " + std::to_string(holding) + " with changes of data/status" : "") +
      "; the newest of " + format_seconds(stashes->front().time) + ": " + stashes->front().message;
  if (holding > 0) {
    check.meaning = "an old script may have put status updates away that nobody has seen since";
    check.advice = "git -C " + examination.place() +
                   " stash show -p 'stash@{0}'; what it shows and nobody needs: git stash drop";
  }
  return check;
}

struct Found {
  std::string branch;
  Repository::Rewind rewind;
  bool drops_work = false;  // a reset or a forced push, not an amended commit
};

Check reflog_of(const Examination& examination) {
  const Target& target = examination.session->target();
  std::vector<std::string> refs{"refs/heads/" + target.branch};
  if (!target.remote.empty()) refs.push_back("refs/remotes/" + target.remote + "/" + target.branch);
  std::vector<Found> found;
  for (const std::string& ref : refs) {
    const auto rewinds = examination.session->repository().rewinds(ref);
    if (!rewinds) return unknown("reflog", rewinds.error());
    for (const auto& rewind : *rewinds) {
      if (examination.now - rewind.time > reflog_shown) break;
      const bool drops = ref.starts_with("refs/remotes/") || rewind.message.starts_with("reset:");
      found.push_back({ref, rewind, drops});
    }
  }
  Check check{.id = "reflog", .found = "no reset and no forced push within 30 days"};
  if (found.empty()) return check;
  const bool is_news = std::ranges::any_of(found, [&](const Found& one) {
    return one.drops_work && examination.now - one.rewind.time <= reflog_is_news;
  });
  check.verdict = is_news ? Verdict::Warning : Verdict::Note;
  std::vector<std::string> moves;
  moves.reserve(found.size());
  for (const Found& one : found) {
    moves.push_back(one.branch + " at " + format_seconds(one.rewind.time) + " from " +
                    one.rewind.before.substr(0, 10) + " (" + one.rewind.message + ")");
  }
  check.found = "moved back: " + some_of(moves);
  check.meaning = "published reports are put back by the next sync; a person's commits are not";
  check.advice = "git -C " + examination.place() + " log " + found.front().rewind.before +
                 " shows what was there; find out who or which script does that";
  return check;
}

}  // namespace

void check_branch(Examination& examination) {
  examination.add(position_of(examination));
  examination.add(checkout_of(examination));
  examination.add(stash_of(examination));
  examination.add(reflog_of(examination));
}

}  // namespace signalbox
