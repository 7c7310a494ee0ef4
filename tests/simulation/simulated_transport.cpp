// The `transport` room in a world without a git program: the remote is a repository beside the
// clones, its branch moves by compare-and-swap, and the network does what the plan says.
#include "simulation/remote.h"
#include "simulation/repositories.h"
#include "simulation/world.h"
#include "transport/garbage.h"
#include "transport/git_remote.h"

namespace signalbox {
namespace simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* tracking_ref = "refs/remotes/origin/main";

// One report in some, and its view.
constexpr const char* picky_words = "step 2";

milliseconds latency() {
  World& here = world();
  const bool is_slow = here.scheduler.now() < here.slow_until;
  return milliseconds{is_slow ? here.schedule.between(1'000, 90'000)
                              : here.schedule.between(2, 120)};
}

// The way to the remote; an error when it takes too long, or there is none.
Status travel(const char* what, milliseconds timeout) {
  World& here = world();
  (void)here.step(what);  // git's own files are not for this fault
  const milliseconds time = latency();
  here.scheduler.sleep(std::min(time, timeout));
  if (!here.reaches_remote()) {
    return fail(ErrorKind::Unreachable, "the remote cannot be reached: simulated");
  }
  if (time >= timeout) return fail(ErrorKind::TimedOut, "the remote does not answer: simulated");
  return {};
}

void arrive_later(const std::string& advertised, const std::string& commit) {
  World& here = world();
  const milliseconds delay{here.chance.between(100, 120'000)};
  here.start(-1, "network", false, [advertised, commit, delay] {
    world().scheduler.sleep(delay);
    const bool moved = move_remote(advertised, commit);
    world().trace("a push arrives late, and " + std::string(moved ? "moves" : "does not move") +
                  " the branch");
  });
}

class SimulatedRemote final : public Transport {
 public:
  explicit SimulatedRemote(GitRemoteOptions options) : options_(std::move(options)) {
    if (options_.branch != "main") world().wrong = "the branch '" + options_.branch + "' is used";
  }

  Result<std::string> fetch() override {
    if (auto gone = travel("fetch", options_.timeout); !gone) return std::unexpected(gone.error());
    const std::string tip = remote_tip();
    (void)world().step("fetched " + tip.substr(0, 10));
    note(tip);
    return tip;
  }

  Status push(const std::string& commit, const std::string& /*expected*/) override {
    World& here = world();
    if (auto gone = travel("push", options_.timeout); !gone) return gone;
    if (here.scheduler.now() < here.refused_until) {
      return fail(ErrorKind::Refused, "the remote refuses: simulated");
    }
    const std::string advertised = remote_tip();
    if (here.scheduler.now() < here.picky_until &&
        brings(remote_directory(), advertised, commit, picky_words)) {
      return fail(ErrorKind::Refused, "the remote refuses these words: simulated");
    }
    if (!descends_from(remote_directory(), commit, advertised)) {
      return fail(ErrorKind::RaceLost, "the branch is elsewhere: simulated");
    }
    if (auto gone = travel("send", options_.timeout); !gone) return gone;
    const PushFate fate = here.next_push.value_or(PushFate::Usual);
    here.next_push.reset();
    if (fate == PushFate::LostBefore) return lost();
    if (fate == PushFate::ArrivesLate) {
      arrive_later(advertised, commit);
      return fail(ErrorKind::TimedOut, "the remote does not answer: simulated");
    }
    if (fate == PushFate::ArrivesTwice) arrive_later(advertised, commit);
    const bool moved = move_remote(advertised, commit);
    (void)here.step("pushed " + commit.substr(0, 10) + (moved ? "" : " too late"));
    if (fate == PushFate::LostAfter) return lost();
    if (!moved) return fail(ErrorKind::RaceLost, "the branch moved meanwhile: simulated");
    note(commit);
    return {};
  }

 private:
  static Status lost() { return fail(ErrorKind::AnswerLost, "the answer was lost: simulated"); }

  void note(const std::string& tip) const {
    for (const std::string& ref : {options_.known_tip_ref, std::string(tracking_ref)}) {
      if (tip.empty()) {
        delete_ref(options_.git_directory, ref);
      } else {
        write_ref(options_.git_directory, ref, tip);
      }
    }
  }

  GitRemoteOptions options_;
};

}  // namespace

std::string remote_directory() {
  return world().root + "/remote";
}

std::string remote_tip() {
  return read_ref(remote_directory(), branch_ref);
}

bool move_remote(const std::string& from, const std::string& to) {
  if (remote_tip() != from) return from != to && remote_tip() == to;
  if (from == to) return true;
  write_ref(remote_directory(), branch_ref, to);
  world().tips.push_back(to);
  world().trace("the branch is at " + to);
  return true;
}

}  // namespace simulation

std::unique_ptr<Transport> make_git_remote(const GitRemoteOptions& options) {
  return std::make_unique<simulation::SimulatedRemote>(options);
}

Status update_ref(const std::string& git_directory, const std::string& ref,
                  const std::string& commit, const std::string& expected,
                  const std::string& /*message*/) {
  auto& here = simulation::world();
  if (const auto failure = here.step("update-ref " + ref + " " + commit.substr(0, 10))) {
    return fail(*failure, "cannot move '" + ref + "': simulated");
  }
  if (simulation::read_ref(git_directory, ref) != expected) {
    return fail(ErrorKind::RaceLost, "'" + ref + "' moved");
  }
  simulation::write_ref(git_directory, ref, commit);
  (void)here.step("updated " + ref);
  return {};
}

bool is_trusted_by_git(const std::string& /*git_directory*/) {
  return false;
}

bool has_git_lock(const std::string& /*git_directory*/) {
  return false;
}

// What git packs and prunes is git's business.
Status collect_garbage(const std::string& /*git_directory*/, bool /*keep_all*/,
                       std::chrono::milliseconds /*timeout*/) {
  return {};
}

}  // namespace signalbox
