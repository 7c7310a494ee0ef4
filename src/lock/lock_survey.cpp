#include "lock/lock_survey.h"

#include "base/text.h"
#include "lock/git_locks.h"
#include "lock/waiting.h"
#include "os/kernel_lock.h"

namespace signalbox {
namespace {

using os::KernelLock;
using std::chrono::milliseconds;

constexpr milliseconds watch_step{200};

LockState state_of(LockKind kind, const LockSight& sight, LockWatch& watch, Judgement verdict) {
  return {.kind = kind,
          .path = sight.path,
          .text = sight.text,
          .owner = verdict.owner,
          .reason = std::move(verdict.reason),
          .age = watch.age(sight)};
}

// Nothing when nobody holds it.
std::optional<LockState> kernel_lock_at(os::FileSystem& fs, LockWatch& watch,
                                        const std::string& path) {
  const auto sight = look_at(fs, path);
  const auto found = KernelLock::state(path);
  if (!sight || found == KernelLock::State::Free) return std::nullopt;
  if (found == KernelLock::State::Held) {
    return state_of(LockKind::Kernel, *sight, watch, {Owner::Alive, "the kernel says it is held"});
  }
  auto unusable =
      state_of(LockKind::Kernel, *sight, watch,
               {Owner::Unknown, "no kernel locks here: publishers may cross, which costs a push"});
  unusable.text = {};  // whoever signed it last
  return unusable;
}

// The owner of an advertised lock is known better by the kernel lock it must hold.
Judgement judge_advertised(const LockSight& sight, LockWatch& watch, const std::string& kernel_path,
                           os::FileSystem& fs) {
  Judgement verdict = watch.judge(sight, LockWatch::Proof::None);
  if (verdict.owner != Owner::Unknown || !sight.text.is_ours()) return verdict;
  const LockText holder = read_lock(fs, kernel_path);
  const bool is_the_holder = holder.pid == sight.text.pid && holder.host == sight.text.host &&
                             holder.boot_id == sight.text.boot_id &&
                             holder.start_time == sight.text.start_time;
  if (is_the_holder && KernelLock::state(kernel_path) == KernelLock::State::Held) {
    return {Owner::Alive, "its owner holds the kernel lock"};
  }
  return verdict;
}

Judgement judge_git(const LockSight& sight, LockWatch& watch, LockText& text) {
  if (sight.text.is_ours()) return watch.judge(sight, LockWatch::Proof::None);
  text = {};
  if (const auto pid = os::process_with_open(sight.path)) {
    text.pid = *pid;
    return {Owner::Alive, "process " + std::to_string(*pid) + " has it open"};
  }
  return {Owner::Unknown, "git's own; no process that can be seen from here has it open"};
}

std::vector<LockState> git_locks_of(os::FileSystem& fs, LockWatch& watch,
                                    const std::string& git_directory) {
  std::vector<LockState> states;
  for (const std::string& path : git_locks(fs, git_directory)) {
    const auto sight = look_at(fs, path);
    if (!sight) continue;
    LockText text = sight->text;
    Judgement verdict = judge_git(*sight, watch, text);
    states.push_back(state_of(LockKind::Git, *sight, watch, std::move(verdict)));
    states.back().text = std::move(text);
  }
  return states;
}

// Deletes one lock, or tells why not. `kind` is Advertised or Script, or Git for one of ours.
bool released(os::FileSystem& fs, const LockSight& sight, LockState& state) {
  if (sight.status.type == os::FileType::Directory) {
    const auto removed = fs.remove_directory(sight.path);
    if (!removed) state.reason = removed.error().what;
    return removed.has_value();
  }
  Removal removal = take_away(fs, sight);
  // Of a process that was killed in here: the first try cleared its claim out of the way.
  if (removal == Removal::Overtaken) removal = take_away(fs, sight);
  switch (removal) {
    case Removal::Done:
      return true;
    case Removal::Overtaken:
      state.owner = Owner::Alive;
      state.reason = "somebody else took it meanwhile";
      return false;
    case Removal::Refused:
      break;
  }
  state.reason = "it may not be deleted by this user";
  return false;
}

void release_one(os::FileSystem& fs, os::Clock& clock, LockWatch& watch, LockKind kind,
                 const std::string& path, LockWatch::Proof proof, Release& release) {
  const auto start = clock.monotonic();
  for (;;) {
    const auto sight = look_at(fs, path);
    if (!sight) return;
    Judgement verdict = watch.judge(*sight, proof);
    const bool may_show = verdict.owner == Owner::Unknown && sight->text.is_ours();
    if (may_show && clock.monotonic() - start < watch_time + watch_step) {
      clock.sleep(watch_step);
      continue;
    }
    const bool is_gone = verdict.owner == Owner::Gone;
    LockState state = state_of(kind, *sight, watch, std::move(verdict));
    const bool done = is_gone && released(fs, *sight, state);
    (done ? release.released : release.left).push_back(std::move(state));
    return;
  }
}

}  // namespace

LockSurvey survey_locks(os::FileSystem& fs, os::Clock& clock, const PublisherLock::Places& places) {
  LockSurvey survey;
  LockWatch watch(fs, clock);
  if (const auto sight = look_at(fs, places.advertised())) {
    survey.locks.push_back(state_of(LockKind::Advertised, *sight, watch,
                                    judge_advertised(*sight, watch, places.kernel(), fs)));
  }
  for (const std::string& path : places.of_scripts()) {
    if (const auto sight = look_at(fs, path)) {
      survey.locks.push_back(
          state_of(LockKind::Script, *sight, watch, watch.judge(*sight, LockWatch::Proof::None)));
    }
  }
  for (const std::string& path : {places.kernel(), places.detached()}) {
    if (auto state = kernel_lock_at(fs, watch, path)) survey.locks.push_back(*std::move(state));
  }
  for (LockState& state : git_locks_of(fs, watch, places.git_directory)) {
    survey.locks.push_back(std::move(state));
  }
  for (const LockSight& sight : waiting_processes(fs, watch, places.own_directory)) {
    survey.waiting.push_back(
        state_of(LockKind::Advertised, sight, watch, watch.judge(sight, LockWatch::Proof::None)));
  }
  return survey;
}

Result<Release> release_leftovers(os::FileSystem& fs, os::Clock& clock,
                                  const PublisherLock::Places& places) {
  if (auto made = os::make_directories(fs, places.own_directory); !made) {
    return std::unexpected(made.error());
  }
  const auto kernel_lock = KernelLock::try_acquire(places.kernel());
  if (!kernel_lock) return std::unexpected(kernel_lock.error());
  if (!*kernel_lock) {
    const auto holder = lock_holder(fs, places);
    return fail(
        ErrorKind::Busy,
        "a publisher is at work: " + (holder ? describe(*holder) : "'" + places.kernel() + "'"),
        "it ends by itself; 'signalbox lock status' shows it");
  }
  const auto proof = (*kernel_lock)->reach() == KernelLock::Reach::Everybody
                         ? LockWatch::Proof::KernelLockIsOurs
                         : LockWatch::Proof::None;
  Release release;
  LockWatch watch(fs, clock);
  release_one(fs, clock, watch, LockKind::Advertised, places.advertised(), proof, release);
  for (const std::string& path : places.of_scripts()) {
    release_one(fs, clock, watch, LockKind::Script, path, LockWatch::Proof::None, release);
  }
  for (LockState& state : git_locks_of(fs, watch, places.git_directory)) {
    if (state.text.is_ours()) {
      release_one(fs, clock, watch, LockKind::Git, state.path, proof, release);
    } else {
      release.left.push_back(std::move(state));
    }
  }
  release.marks = delete_dead_marks(fs, watch, places.own_directory);
  return release;
}

}  // namespace signalbox
