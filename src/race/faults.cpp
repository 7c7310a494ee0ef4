#include "race/faults.h"

#include <signal.h>

#include <algorithm>

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t victim_kinds = 4;
// After so long without one of the chosen kind any process will do.
constexpr milliseconds choosy{2000};
constexpr milliseconds look_again{100};
constexpr std::chrono::hours clock_error{1};
// What a sync may write to a file while the disk is full: enough to begin, not enough to push.
constexpr std::uint64_t little_room = 512;

}  // namespace

Faults::Faults(os::FileSystem& fs, const Stage& stage, std::string program,
               std::vector<PlannedWriter> writers, Scoreboard& board, Processes& processes,
               Timeline& timeline, FaultPlan plan)
    : fs_(fs),
      stage_(stage),
      program_(std::move(program)),
      writers_(std::move(writers)),
      board_(board),
      processes_(processes),
      timeline_(timeline),
      plan_(std::move(plan)) {
  if (!plan_.is_empty()) next_ = plan_.next();
}

void Faults::tick(Time now, const Cast& cast) {
  if (plan_.is_empty()) return;
  const auto over =
      std::ranges::partition(running_, [&](const Running& running) { return running.until > now; });
  const std::vector<Running> ended(over.begin(), over.end());
  running_.erase(over.begin(), over.end());
  for (const Running& running : ended) end(running, now);
  while (next_.at <= now) {
    due_.push_back(next_);
    next_ = plan_.next();
  }
  std::erase_if(due_, [&](const PlannedFault& fault) { return begin(fault, now, cast); });
}

void Faults::heal(Time now) {
  due_.clear();
  for (const Running& running : std::exchange(running_, {})) end(running, now);
}

// True when it has begun, or has to be given up.
bool Faults::begin(const PlannedFault& fault, Time now, const Cast& cast) {
  if (fault.kind == Fault::Kill || fault.kind == Fault::Pause) {
    // The table of processes is not read more often than a few times a second.
    if (now - fault.at > milliseconds{0} && (now - fault.at) % look_again > look_again / 2) {
      return false;
    }
    return signal_somebody(fault, now, cast);
  }
  spoil({.begun = now,
         .until = now + fault.length,
         .fault = fault,
         .clone = fault.choice % stage_.clones().size()});
  return true;
}

std::map<Faults::Victim, std::vector<Process>> Faults::victims(const Cast& cast) const {
  std::map<Victim, std::vector<Process>> found;
  std::set<pid_t> of_people = cast.people;
  for (const Process& process : descendants(fs_)) {  // parents come before their children
    if (of_people.contains(process.parent) || of_people.contains(process.pid)) {
      of_people.insert(process.pid);
      continue;
    }
    if (cast.writers.contains(process.pid)) {
      found[Victim::Writer].push_back(process);
      continue;
    }
    if (process.arguments.empty()) continue;
    const std::string name = os::base_name_of(process.arguments.front());
    const std::string verb = process.arguments.size() > 1 ? process.arguments[1] : "";
    if (name == "git" || name.starts_with("git-")) {
      found[Victim::Git].push_back(process);
    } else if (process.arguments.front() == program_ && verb == "publish") {
      found[Victim::Publisher].push_back(process);
    } else if (process.arguments.front() == program_ && verb == "sync") {
      found[Victim::Sync].push_back(process);
    } else if (name == "bash" && verb.starts_with(stage_.directory())) {
      found[verb.ends_with("sync.sh") ? Victim::Sync : Victim::Publisher].push_back(process);
    }
  }
  return found;
}

bool Faults::signal_somebody(const PlannedFault& fault, Time now, const Cast& cast) {
  const auto all = victims(cast);
  const auto wanted = static_cast<Victim>(fault.choice % victim_kinds);
  auto kind = all.find(wanted);
  if (kind == all.end()) {
    if (now - fault.at < choosy) return false;
    if (all.empty()) return true;
    kind = all.begin();
  }
  const auto& candidates = kind->second;
  const Process& victim = candidates[fault.choice / victim_kinds % candidates.size()];
  const std::string who =
      cast.writers.contains(victim.pid)
          ? "a writer"
          : os::base_name_of(victim.arguments.front()) +
                (victim.arguments.size() > 1 ? " " + os::base_name_of(victim.arguments[1])
                                             : std::string());
  const bool kills = fault.kind == Fault::Kill;
  if (::kill(victim.pid, kills ? SIGKILL : SIGSTOP) != 0) return false;  // gone meanwhile
  ++counts_[fault.kind];
  Running running{.begun = now,
                  .until = now + fault.length,
                  .fault = fault,
                  .pid = kills ? 0 : victim.pid,
                  .what = who};
  if (kills) {
    end(running, now);
  } else {
    running_.push_back(std::move(running));
  }
  return true;
}

void Faults::spoil(Running running) {
  const PlannedFault& fault = running.fault;
  ++counts_[fault.kind];
  if (fault.kind == Fault::Hang || fault.kind == Fault::Reject) {
    stage_.set_fault(fault.kind, true);
    running.what = "the remote";
  } else {
    set_score(running.clone, fault.kind, true, fault.choice);
    running.what = "clone " + std::to_string(running.clone);
  }
  if (fault.kind == Fault::Enospc) {
    // Best effort: without this one the writers' disk is full all the same.
    (void)processes_.start(Processes::Program{
        .arguments = {program_, "sync", "-q", "-C", stage_.clones()[running.clone].worktree},
        .directory = stage_.directory(),
        .output = stage_.output(),
        .file_size = little_room});
  }
  running_.push_back(std::move(running));
}

// Two of a kind may overlap: what they share ends with the last.
bool Faults::goes_on(Fault kind, std::size_t clone) const {
  const bool is_shared_by_all = kind == Fault::Hang || kind == Fault::Reject;
  return std::ranges::any_of(running_, [&](const Running& other) {
    return other.fault.kind == kind && (is_shared_by_all || other.clone == clone);
  });
}

void Faults::end(const Running& running, Time now) {
  const Fault kind = running.fault.kind;
  if (kind == Fault::Pause) {
    (void)::kill(running.pid, SIGCONT);  // gone meanwhile: nothing to wake
  } else if (!goes_on(kind, running.clone)) {
    if (kind == Fault::Hang || kind == Fault::Reject) stage_.set_fault(kind, false);
    if (kind == Fault::Enospc || kind == Fault::Clock) set_score(running.clone, kind, false, 0);
  }
  const auto* const row = std::ranges::find(all_faults, kind);
  timeline_.note_fault({.begin = running.begun,
                        .end = now,
                        .row = static_cast<std::size_t>(row - all_faults.begin()),
                        .text = running.what});
}

void Faults::set_score(std::size_t clone, Fault kind, bool happens, std::uint64_t choice) {
  const std::int64_t error = milliseconds(clock_error).count() * (choice / 2 % 2 == 0 ? 1 : -1);
  for (const PlannedWriter& writer : writers_) {
    if (writer.clone != clone) continue;
    WriterScore& score = board_.writers[writer.number];
    if (kind == Fault::Enospc) score.disk_is_full = happens;
    if (kind == Fault::Clock) score.clock_ahead = happens ? error : 0;
  }
}

}  // namespace signalbox
