#include "race/race.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "os/host.h"
#include "os/process.h"
#include "race/faults.h"
#include "race/guardian.h"
#include "race/log_watch.h"
#include "race/processes.h"
#include "race/scoreboard.h"
#include "race/verdict.h"
#include "race/writer.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds glance{20};
constexpr milliseconds between_samples{100};
constexpr milliseconds between_looks{1000};  // at spools, logs, lock files
constexpr std::chrono::seconds writers_patience{150};
constexpr std::chrono::minutes settling_patience{20};
constexpr std::size_t most_rounds = 200;
constexpr std::chrono::seconds publishers_patience{10};
constexpr std::size_t baseline_rounds = 3;
constexpr const char* pause_of_people = "0.7";  // seconds

class Race {
 public:
  Race(os::FileSystem& fs, os::Clock& clock, Stage& stage, const RaceRequest& request,
       const RaceWatch& watch)
      : fs_(fs), clock_(clock), stage_(stage), request_(request), watch_(watch) {
    result_.timeline = Timeline(request.writers);
  }

  Result<RaceResult> run() {
    if (auto done = prepare(); !done) return std::unexpected(done.error());
    if (auto done = write(); !done) return std::unexpected(done.error());
    if (auto done = settle(); !done) return std::unexpected(done.error());
    if (auto done = judge_all(); !done) return std::unexpected(done.error());
    return std::move(result_);
  }

 private:
  struct RunningWriter {
    PlannedWriter plan;
    pid_t pid = 0;
    std::size_t generation = 0;
  };
  struct RunningSync {
    pid_t pid = 0;  // 0: none
    milliseconds begun{0};
    milliseconds next{0};
  };

  [[nodiscard]] milliseconds now() const { return clock_.monotonic() - start_; }
  [[nodiscard]] bool is_baseline() const { return request_.protocol == Protocol::Baseline; }

  // before

  Status prepare() {
    say("setting the stage");
    auto program = os::own_executable();
    if (!program) return std::unexpected(program.error());
    program_ = *std::move(program);
    adopt_orphans();
    change_environment();
    if (auto built = stage_.build(); !built) return built;
    auto board = Scoreboard::create();
    if (!board) return std::unexpected(board.error());
    board_ = *std::move(board);
    const auto plan = plan_writers(request_.seed, request_.writers, request_.clones, request_.jobs);
    for (const PlannedWriter& writer : plan) writers_.push_back({.plan = writer});
    syncs_.resize(request_.clones);
    start_ = clock_.monotonic();
    for (RunningSync& sync : syncs_) sync.next = request_.sync_every;
    faults_.emplace(fs_, stage_, program_, plan, *board_, processes_, result_.timeline,
                    FaultPlan(request_.seed, request_.faults, request_.fault_every));
    log_.emplace(fs_, stage_.clones(), clock_.wall(), result_.timeline);
    return {};
  }

  void change_environment() const {
    const auto set = [](const char* name, const std::string& value) {
      (void)::setenv(name, value.c_str(), 1);
    };
    for (const char* name :
         {"SIGNALBOX_REPO", "MONITOR_PATH", "XDG_CONFIG_HOME", "SLURM_JOB_ID", "SLURM_SUBMIT_DIR",
          "BASH_ENV", "ENV", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"}) {
      (void)::unsetenv(name);
    }
    set("XDG_STATE_HOME", stage_.directory() + "/state");
    set("GIT_TERMINAL_PROMPT", "0");
    for (const char* role : {"AUTHOR", "COMMITTER"}) {
      set(("GIT_" + std::string(role) + "_NAME").c_str(), "signalbox race");
      set(("GIT_" + std::string(role) + "_EMAIL").c_str(), "race@localhost");
    }
    if (stage_.has_own_remote()) {
      // Somebody's own remote needs their own settings: keys, proxies, credential helpers.
      set("HOME", stage_.directory() + "/home");
      set("GIT_CONFIG_NOSYSTEM", "1");
    } else if (!os::environment("GIT_SSH_COMMAND") && !os::environment("GIT_SSH")) {
      set("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
    }
  }

  // while they write

  Status write() {
    phase_ = "racing";
    for (RunningWriter& writer : writers_) {
      if (auto started = start(writer); !started) return started;
    }
    for (std::size_t number = 0; number < request_.humans; ++number) {
      if (auto started = start_person(number); !started) return started;
    }
    while (!is_over()) {
      if (auto done = step(true); !done) return done;
    }
    faults_->heal(now());
    board_->stop = true;
    const milliseconds end = now() + writers_patience;
    while (std::ranges::any_of(writers_, &RunningWriter::pid)) {
      if (now() > end) return fail(ErrorKind::TimedOut, "a writer does not come to its end");
      if (auto done = step(false); !done) return done;
    }
    for (const pid_t person : people_) end_with_descendants(person);
    result_.writing = now();
    return {};
  }

  [[nodiscard]] bool is_over() const {
    if (request_.duration && now() >= *request_.duration) return true;
    return std::ranges::none_of(writers_, &RunningWriter::pid);
  }

  Status start(RunningWriter& writer) {
    const WriterTask task{
        .plan = writer.plan,
        .clone = stage_.clones()[writer.plan.clone],
        .program = program_,
        .journal = stage_.journal() + "/writer-" + std::to_string(writer.plan.number) + "-" +
                   std::to_string(writer.generation++),
        .script = is_baseline() ? stage_.script("update.sh") : "",
        .updates = request_.updates,
        .pause = std::chrono::microseconds{
            request_.rate > 0 ? static_cast<std::int64_t>(1e6 / request_.rate) : 0}};
    const auto pid = processes_.start([&] { return write_reports(fs_, clock_, task, *board_); });
    if (!pid) return std::unexpected(pid.error());
    writer.pid = *pid;
    return {};
  }

  Status start_person(std::size_t number) {
    const auto pid = processes_.start(
        Processes::Program{.arguments = {"bash", stage_.script("person.sh"), stage_.person(number),
                                         stage_.branch(), std::to_string(number), pause_of_people},
                           .directory = stage_.directory(),
                           .output = stage_.output()});
    if (!pid) return std::unexpected(pid.error());
    people_.insert(*pid);
    return {};
  }

  // A moment of the race.
  Status step(bool goes_on) {
    if (has_lost_its_guardian()) return fail(ErrorKind::Internal, "the race was killed");
    if (auto done = note_ends(goes_on); !done) return done;
    if (goes_on) {
      faults_->tick(now(), cast());
      start_due_syncs();
    }
    observe();
    clock_.sleep(glance);
    return {};
  }

  [[nodiscard]] Faults::Cast cast() const {
    Faults::Cast cast{.writers = {}, .people = people_};
    for (const RunningWriter& writer : writers_) {
      if (writer.pid != 0) cast.writers.insert(writer.pid);
    }
    return cast;
  }

  Status note_ends(bool goes_on) {
    for (const Processes::Ended& ended : processes_.reap()) {
      if (const auto sync = std::ranges::find(syncs_, ended.pid, &RunningSync::pid);
          sync != syncs_.end()) {
        note_end_of(*sync);
        continue;
      }
      const auto writer = std::ranges::find(writers_, ended.pid, &RunningWriter::pid);
      if (writer == writers_.end()) continue;
      writer->pid = 0;
      if (ended.status == 0) continue;
      constexpr int by_signal = 128;
      if (ended.status > by_signal && ended.status != by_signal + SIGKILL) {
        return fail(ErrorKind::Internal,
                    "a writer was ended by signal " + std::to_string(ended.status - by_signal));
      }
      if (ended.status != by_signal + SIGKILL) {
        return fail(ErrorKind::InputOutput,
                    "a writer could not write its journal in '" + stage_.journal() + "'",
                    "make room there, or set $TMPDIR to another disk");
      }
      ++result_.writers_killed;
      if (goes_on) {
        if (auto started = start(*writer); !started) return started;
      }
    }
    return {};
  }

  void start_due_syncs() {
    if (request_.sync_every == milliseconds{0}) return;
    for (std::size_t clone = 0; clone < syncs_.size(); ++clone) {
      if (syncs_[clone].pid == 0 && syncs_[clone].next <= now()) start_sync(clone);
    }
  }

  void start_sync(std::size_t clone) {
    RunningSync& sync = syncs_[clone];
    sync.begun = now();
    sync.next = sync.begun + request_.sync_every;
    const std::string& place = stage_.clones()[clone].worktree;
    const auto pid = processes_.start(Processes::Program{
        .arguments = is_baseline()
                         ? std::vector<std::string>{"bash", stage_.script("sync.sh"), place}
                         : std::vector<std::string>{program_, "sync", "-q", "-C", place},
        .directory = stage_.directory(),
        .output = stage_.output()});
    if (pid) sync.pid = *pid;  // else the next one is due soon
  }

  void note_end_of(RunningSync& sync) {
    sync.pid = 0;
    const auto clone = static_cast<std::size_t>(&sync - syncs_.data());
    result_.timeline.note_sync({.begin = sync.begun, .end = now(), .row = clone, .text = "sync"});
  }

  // What is seen

  void observe() {
    if (now() >= next_sample_) {
      next_sample_ = now() + between_samples;
      for (const RunningWriter& writer : writers_) {
        const std::size_t number = writer.plan.number;
        result_.timeline.note_writer(now(), number, board_->writers[number].acknowledged);
      }
      note_tip();
      say(phase_);
    }
    if (now() >= next_look_) {
      next_look_ = now() + between_looks;
      waiting_ = stage_.waiting();
      log_->read();
      result_.dead_locks += stage_.remove_dead_locks();
    }
  }

  void note_tip() {
    const std::string tip = stage_.seen_tip();
    if (tip.empty() || tip == tip_) return;
    tip_ = tip;
    result_.timeline.note_commit(now());
    if (is_baseline()) return;
    // A line in one write, as the writers' journals have it; a tip that is not noted proves less.
    (void)fs_.append(stage_.journal() + "/tips", "tip " + tip + "\n");
  }

  void say(const std::string& phase) {
    phase_ = phase;
    if (!watch_) return;
    RaceProgress progress{.phase = phase};
    if (board_) {
      progress.elapsed = now();
      progress.acknowledged = board_->sum(&WriterScore::acknowledged);
      progress.waiting = waiting_;
      for (const auto& [fault, count] : faults_->counts()) progress.faults += count;
    }
    watch_(progress);
  }

  // afterwards

  Status settle() {
    phase_ = "letting everything be published";
    const milliseconds begun = now();
    const milliseconds end = begun + settling_patience;
    if (is_baseline()) remove_locks_of_predecessor();
    if (auto done = stage_.be_patient(); !done) return done;
    result_.put_back += stage_.put_back_refused();
    bool quiet = false;
    for (std::size_t round = 0; round < most_rounds && now() < end && !quiet; ++round) {
      for (std::size_t clone = 0; clone < syncs_.size(); ++clone) {
        if (auto done = sync_to_the_end(clone); !done) return done;
      }
      waiting_ = stage_.waiting();
      const std::size_t refused = stage_.put_back_refused();
      result_.put_back += refused;
      quiet = is_baseline() ? round + 1 == baseline_rounds : waiting_ == 0 && refused == 0;
    }
    if (!quiet) {
      return fail(
          ErrorKind::Unreachable,
          std::to_string(stage_.waiting()) +
              " reports still wait: the remote does not take them; there is no verdict",
          "--keep keeps the directory with its spools; 'signalbox status -C' in a clone of it "
          "says why");
    }
    wait_for_publishers();
    log_->read();
    note_tip();
    result_.timeline.end_at(now());
    result_.settling = now() - begun;
    end_descendants(fs_);
    return {};
  }

  Status sync_to_the_end(std::size_t clone) {
    while (syncs_[clone].pid != 0) {
      if (auto done = step(false); !done) return done;
    }
    start_sync(clone);
    while (syncs_[clone].pid != 0) {
      if (auto done = step(false); !done) return done;
    }
    return {};
  }

  // A person who looks after the machine would, and its protocol gets no further without.
  void remove_locks_of_predecessor() const {
    for (const Clone& clone : stage_.clones()) {
      for (const char* name : {"/dashboard_sync.lock", "/status_update.lock", "/index.lock"}) {
        (void)fs_.unlink(clone.common_directory + name);  // not there: nobody was killed with it
      }
    }
  }

  // Detached ones, which have nothing left to do.
  void wait_for_publishers() {
    const milliseconds end = now() + publishers_patience;
    while (now() < end && !descendants(fs_).empty()) {
      (void)processes_.reap();
      clock_.sleep(glance);
    }
  }

  void end_with_descendants(pid_t process) {
    std::set<pid_t> group{process};
    for (const Process& other : descendants(fs_)) {
      if (group.contains(other.parent)) group.insert(other.pid);
    }
    for (const pid_t member : group) (void)::kill(member, SIGKILL);
  }

  Status judge_all() {
    say("checking what was published");
    const milliseconds begun = now();
    std::string repository = stage_.remote();
    if (!stage_.has_own_remote()) {
      repository = stage_.directory() + "/published.git";
      if (auto left = stage_.leave_remote(repository); !left) return left;
    }
    result_.acknowledged = board_->sum(&WriterScore::acknowledged);
    result_.not_recorded = board_->sum(&WriterScore::not_recorded);
    result_.in_user_spool = board_->sum(&WriterScore::in_user_spool);
    result_.p50 = board_->latencies.percentile(0.5);
    result_.p99 = board_->latencies.percentile(0.99);
    result_.longest = board_->latencies.longest();
    result_.faults = faults_->counts();
    result_.failed_pushes = log_->failed_pushes();
    auto judged = judge(fs_, stage_, repository, request_.protocol, result_);
    result_.checking = now() - begun;
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
      result_.memory = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    }
    result_.memory_of_programs = Processes::largest_memory();
    return judged;
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  Stage& stage_;
  const RaceRequest& request_;
  const RaceWatch& watch_;
  std::string program_;
  std::shared_ptr<Scoreboard> board_;
  Processes processes_;
  std::vector<RunningWriter> writers_;
  std::vector<RunningSync> syncs_;  // by clone
  std::set<pid_t> people_;
  std::optional<Faults> faults_;
  std::optional<LogWatch> log_;
  RaceResult result_;
  std::string phase_;
  std::string tip_;
  std::size_t waiting_ = 0;
  milliseconds start_{0};
  milliseconds next_sample_{0};
  milliseconds next_look_{0};
};

}  // namespace

Result<RaceResult> race(os::FileSystem& fs, os::Clock& clock, Stage& stage,
                        const RaceRequest& request, const RaceWatch& watch) {
  return Race(fs, clock, stage, request, watch).run();
}

}  // namespace signalbox
