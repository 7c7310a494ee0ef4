// The clone itself, the git program, the way to the remote.
#include <algorithm>
#include <array>

#include "doctor/examination.h"
#include "transport/git_inspection.h"

namespace signalbox {
namespace {

// A doctor is waited for; a remote that needs longer is slow enough to be told.
constexpr std::chrono::milliseconds longest_wait{20'000};

// What no waiting helps against.
bool needs_a_person(const std::string& kind) {
  constexpr std::array kinds = {"refused",   "authentication",    "too-large", "invalid-input",
                                "not-found", "permission-denied", "read-only", "unsupported",
                                "corrupt",   "no-space"};
  return std::ranges::find(kinds, kind) != kinds.end();
}

void check_git(Examination& examination) {
  const auto version = git_version();
  if (!version) {
    examination.add({.id = "git",
                     .verdict = Verdict::Broken,
                     .found = printable(version.error().what),
                     .meaning = "reports are recorded, and none is published",
                     .advice = "install git 2.30 or newer, or put it into $PATH"});
    return;
  }
  Check check{.id = "git", .found = "git " + version->text};
  if (!version->is_enough()) {
    check.verdict = Verdict::Broken;
    check.meaning = "publishing needs options that this git does not have";
    check.advice = "install git 2.30 or newer, or put it first into $PATH";
  }
  examination.add(check);
}

GitRemoteOptions options_of(const Examination& examination) {
  const Target& target = examination.session->target();
  return {.git_directory = examination.clone.common_directory,
          .remote = target.remote,
          .branch = target.branch,
          .known_tip_ref = target.known_tip_ref(),
          .timeout = std::min<std::chrono::milliseconds>(
              examination.session->settings().push_timeout, longest_wait)};
}

// False when there is no use in asking it for more.
bool check_reachable(Examination& examination, const GitRemoteOptions& options) {
  const auto start = examination.clock.monotonic();
  const auto tip = remote_tip(options);
  if (!tip) {
    examination.add({.id = "remote",
                     .verdict = Verdict::Broken,
                     .found = printable(tip.error().what, 400),
                     .meaning = "reports wait in the spool until the remote answers again",
                     .advice = tip.error().advice});
    return false;
  }
  Check check{.id = "remote",
              .found = "'" + options.remote + "' answered without a prompt in " +
                       std::to_string((examination.clock.monotonic() - start).count()) + " ms"};
  if (tip->empty()) {
    check.verdict = Verdict::Note;
    check.found += "; it has no branch '" + options.branch + "' yet";
    check.meaning = "the first publish makes it";
  }
  examination.add(check);
  return true;
}

void check_push(Examination& examination, const GitRemoteOptions& options) {
  constexpr const char* limits_of_trying = "hooks and branch rules are asked by a real push only";
  if (examination.tip.empty()) {
    examination.add({.id = "push",
                     .verdict = Verdict::Note,
                     .found = "not tried: this clone has no commit that it could offer",
                     .meaning = limits_of_trying});
    return;
  }
  const auto tried = try_push(options, examination.tip);
  if (tried || tried.error().kind == ErrorKind::RaceLost) {
    examination.add(
        {.id = "push",
         .found = "'" + options.remote + "' lets this user in for writing; " + limits_of_trying});
    return;
  }
  examination.add({.id = "push",
                   .verdict = Verdict::Broken,
                   .found = printable(tried.error().what, 400),
                   .meaning = "this user may read there, and not write: reports wait in the spool",
                   .advice = tried.error().advice});
}

void check_last_publish(Examination& examination) {
  const PublishState& state = examination.state;
  Check check{.id = "last-publish"};
  if (state.last_error.empty()) {
    check.found = state.last_publish
                      ? "went well, " + age(examination.now - *state.last_publish) + " ago"
                      : "nothing was published from here yet";
    examination.add(check);
    return;
  }
  const bool is_hopeless = needs_a_person(state.last_error_kind);
  check.verdict = is_hopeless ? Verdict::Broken : Verdict::Warning;
  check.found = counted(static_cast<std::size_t>(std::max(state.failures, 1)), "failure") +
                " in a row, the last " +
                age(examination.now - state.last_error_time.value_or(examination.now)) +
                " ago: " + printable(state.last_error, 400);
  check.meaning = is_hopeless ? "waiting alone will not help; the reports wait in the spool"
                              : "it is tried again, by the next report or sync";
  check.advice = is_hopeless
                     ? "do what the message says, then: signalbox sync -C " + examination.place()
                     : "signalbox sync -C " + examination.place() + " tries it now";
  examination.add(check);
}

}  // namespace

void check_clone(Examination& examination) {
  const Clone& clone = examination.clone;
  Check check{.id = "clone", .found = examination.place()};
  if (clone.worktree.empty()) check.found += ", without a worktree";
  if (clone.git_directory != clone.common_directory) check.found += ", a linked worktree";
  if (!is_monitor(examination.fs, clone)) {
    check.verdict = Verdict::Warning;
    check.found += " is no monitor: it has no data/status, no signalbox.toml and no reports";
    check.meaning = "reports would be published into a repository that may be meant for other work";
    check.advice = "signalbox init " + examination.place() + " makes it one";
  }
  examination.add(check);
  check_git(examination);
}

void check_remote(Examination& examination) {
  const Target& target = examination.session->target();
  if (target.remote.empty()) {
    examination.add({.id = "remote",
                     .verdict = Verdict::Note,
                     .found = "none: the local branch '" + target.branch + "' is published to",
                     .meaning = "what this disk loses is lost",
                     .advice = "git -C " + examination.place() + " remote add origin URL"});
  } else {
    const auto options = options_of(examination);
    if (check_reachable(examination, options)) check_push(examination, options);
  }
  check_last_publish(examination);
}

}  // namespace signalbox
