#include "simulation/actors.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include "intake/fallback.h"
#include "intake/report.h"
#include "publish/publisher.h"
#include "simulation/remote.h"
#include "simulation/repositories.h"
#include "simulation/world.h"

namespace signalbox::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* branch_ref = "refs/heads/main";
constexpr const char* tracking_ref = "refs/remotes/origin/main";

using Waiting = std::vector<std::shared_ptr<Process>>;

// Each actor has random numbers of its own: what one does is the same whether another is there.
Random random_of(int actor, int host, int number) {
  return Random(world().plan.seed * 1'000'003 +
                static_cast<std::uint64_t>(actor * 10'000 + host * 100 + number));
}

void rest(Random& random, seconds most) {
  world().scheduler.sleep(milliseconds{random.between(0, milliseconds{most}.count())});
}

long time_here() {
  return std::chrono::duration_cast<seconds>(simulated_clock().wall().time_since_epoch()).count();
}

// As cli/report.cpp has it, without the words.
void report(const Event& said, const std::string& reporter_name, Ledger& ledger) {
  os::FileSystem& fs = simulated_file_system();
  os::Clock& clock = simulated_clock();
  const Reporter reporter = reporter_here(clock);
  const std::string asked = world().host().clone;
  std::optional<Clone> clone;
  if (auto found = find_clone(fs, asked)) clone = *std::move(found);
  const Branch branch{.seen_before = [&](const ParsedView& document, std::string_view bytes,
                                         UtcTime) -> Result<bool> {
                        const auto session = Session::open(fs, clock, *clone);
                        if (!session) return std::unexpected(session.error());
                        return (*session)->shows(document.event.job, bytes);
                      },
                      .shown =
                          [&](const JobName& job) {
                            const auto session = Session::open(fs, clock, *clone);
                            return session ? (*session)->shown(job) : EventId{};
                          }};
  Intake intake(fs, clock, clone, asked);
  const auto recorded = intake.report(said, reporter, branch, false, [] {});
  if (!recorded) {
    world().trace("NOT recorded: " + world().relative(recorded.error().what));
    return;
  }
  const Event& event = recorded->event;
  ledger.told.push_back({.id = event.id.text(),
                         .job = event.job.text(),
                         .status = event.status,
                         .run = said.run_id,
                         .reporter = reporter_name});
  world().trace("recorded " + event.job.text() + " " + event.status + " " + event.id.text());
  if (!clone) return;
  (void)bring_home(fs, *clone);                       // the next report or sync does it
  (void)start_detached_publisher(fs, clock, *clone);  // the next report or sync publishes
}

std::vector<std::string> spools() {
  std::vector<std::string> directories;
  for (const Host& host : world().hosts) {
    directories.push_back(host.clone + "/.git/signalbox/spool");
    std::error_code missing;  // no report ever went there
    for (const auto& entry : std::filesystem::directory_iterator(
             host.home + "/.local/state/signalbox/spool", missing)) {
      directories.push_back(entry.path());
    }
  }
  return directories;
}

// The events that wait anywhere, by name.
std::string what_waits() {
  for (const std::string& directory : spools()) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(directory, missing)) {
      if (entry.path().extension() == ".event") return world().relative(entry.path());
    }
  }
  return {};
}

// In a calm world reports come in bursts, one every few minutes, and after each of them the
// publishers that it left behind must have done all of it: nobody else comes.
constexpr seconds burst{300};

void wait_for_next_burst() {
  const Time now = world().scheduler.now();
  world().scheduler.sleep((now / burst + 1) * Time{burst} - now);
}

void watch_bursts(int bursts, Ledger& ledger) {
  for (int i = 0; i < bursts; ++i) {
    wait_for_next_burst();
    const std::string waits = what_waits();
    if (ledger.stuck.empty() && !waits.empty()) {
      ledger.stuck = "'" + waits + "' was left behind by the publishers";
    }
    world().scheduler.sleep(seconds{1});
  }
}

void reporter(int host, int number, Ledger& ledger) {
  const Plan& plan = world().plan;
  Random random = random_of(1, host, number);
  // Jobs are spread so that several reporters of several hosts may report for one.
  const std::string job =
      "job-" + std::to_string(random.below(static_cast<std::uint64_t>(plan.jobs)));
  const bool names_runs = random.one_in(2);
  const std::string name = std::to_string(host) + "-" + std::to_string(number);
  int run = 0;
  for (int i = 0; i < plan.reports; ++i) {
    if (plan.calm && i > 0) {
      wait_for_next_burst();
      world().scheduler.sleep(seconds{2});  // after the look at what the last one left
    }
    rest(random, seconds{plan.pace});
    Event said{.job = *JobName::parse(job), .status = "running"};
    if (random.one_in(3)) said.status = random.one_in(4) ? "failed" : "completed";
    if (names_runs) {
      said.run_id =
          "run-" + std::to_string(host) + std::to_string(number) + "-" + std::to_string(run);
    }
    said.progress = static_cast<double>(random.below(101));
    if (random.one_in(3)) said.message = "step " + std::to_string(i);
    if (is_terminal(said.status)) ++run;
    const auto process =
        world().start(host, "report", true, [said, name, &ledger] { report(said, name, ledger); });
    world().scheduler.wait_for(*process);
  }
}

// The error of a sync that ran to its end; nothing when it was killed.
std::optional<Error> sync(int host) {
  auto error = std::make_shared<std::optional<Error>>();
  const auto process = world().start(host, "sync", true, [error] {
    const auto clone = find_clone(simulated_file_system(), world().host().clone);
    if (!clone) {
      *error = clone.error();
      return;
    }
    const auto outcome =
        publish_until_idle(simulated_file_system(), simulated_clock(), *clone,
                           {.fetch_first = true, .compact = true, .scheduled = true});
    if (!outcome) *error = outcome.error();
  });
  world().scheduler.wait_for(*process);
  if (*error) world().trace("sync failed: " + world().relative((*error)->what));
  return *error;
}

void syncs(int host, const Waiting& reporters) {
  Random random = random_of(2, host, 0);
  const seconds period{random.between(20, 300)};
  const auto all_done = [&] {
    return std::ranges::all_of(reporters, [](const auto& process) { return process->has_ended; });
  };
  while (!all_done()) {
    world().scheduler.sleep(period);
    (void)sync(host);
  }
}

// git fetch: what the remote has is seen here, where it can be reached.
bool git_fetch(const std::string& clone) {
  (void)world().step("git fetch");
  if (!world().reaches_remote()) return false;
  write_ref(clone + "/.git", tracking_ref, remote_tip());
  return true;
}

bool git_push(const std::string& clone) {
  (void)world().step("git push");
  const std::string head = read_ref(clone + "/.git", branch_ref);
  const std::string tip = remote_tip();
  if (!world().reaches_remote() || world().scheduler.now() < world().refused_until) return false;
  if (!descends_from(remote_directory(), head, tip) || !move_remote(tip, head)) return false;
  write_ref(clone + "/.git", tracking_ref, head);
  return true;
}

// A person's git commands are followed by a sync of the disk, as far as this world is concerned.
void settle(const std::string& path) {
  Volume* volume = world().volume_of(path);
  if (volume != nullptr && volume->disk) volume->disk->settle();
}

bool commit(const std::string& clone, const std::string& path) {
  (void)world().step("git commit " + path);
  if (!commit_in_clone(clone, path, time_here())) return false;
  settle(clone + "/.git/index");
  return true;
}

bool pull_and_push(const std::string& clone) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (git_fetch(clone)) {
      (void)world().step("git rebase");
      const bool rebased = rebase_clone(clone, time_here());
      settle(clone + "/.git/index");
      world().trace(rebased ? "rebased" : "something stands in the way of the rebase");
      if (rebased && git_push(clone)) return true;
    }
    world().scheduler.sleep(seconds{5});
  }
  return false;
}

void write_note(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::trunc) << bytes;
}

void person(int host, Ledger& ledger) {
  Random random = random_of(3, host, 0);
  const std::string clone = world().hosts[static_cast<std::size_t>(host)].clone;
  const std::string draft = clone + "/draft.txt";
  write_note(draft, "not for others\n");
  ledger.lying[draft] = "not for others\n";
  if (random.one_in(2)) {
    write_note(clone + "/plan.txt", "a better plan\n");
    ledger.lying[clone + "/plan.txt"] = "a better plan\n";
  }
  const std::int64_t notes = random.between(1, 3);
  for (std::int64_t i = 0; i < notes; ++i) {
    rest(random, seconds{90});
    const std::string path = "notes/person-" + std::to_string(i) + ".txt";
    const std::string bytes = "note " + std::to_string(random.below(1000)) + "\n";
    write_note(clone + "/" + path, bytes);
    if (!commit(clone, path)) continue;
    ledger.committed[{clone, path}] = bytes;
    if (pull_and_push(clone)) ledger.kept[path] = bytes;
  }
}

void editor(Ledger& ledger) {
  Random random = random_of(4, 0, 0);
  const std::int64_t notes = random.between(1, 4);
  for (std::int64_t i = 0; i < notes; ++i) {
    rest(random, seconds{60});
    (void)world().step("edit");
    // Also of a file that a person may have open.
    const std::string path =
        random.one_in(3) ? "plan.txt" : "notes/editor-" + std::to_string(i) + ".txt";
    const std::string bytes = "note " + std::to_string(random.below(1000)) + "\n";
    const std::string tip = remote_tip();
    const std::string made = commit_on(remote_directory(), tip, path, bytes, time_here());
    if (!made.empty() && move_remote(tip, made)) ledger.kept[path] = bytes;
  }
}

// The predecessor's update: its lock file, the status file in place, add, commit, pull, push.
void script_update(const std::string& clone, const std::string& job, const std::string& status) {
  os::FileSystem& fs = simulated_file_system();
  const std::string lock = clone + "/.git/dashboard_sync.lock";
  const std::string path = "data/status/" + job + ".json";
  bool is_held = false;
  for (int waited = 0; waited < 30 && !is_held; ++waited) {
    auto file = fs.create(lock);
    is_held = file && (*file)->write(std::to_string(world().scheduler.current()->pid) + "\n") &&
              (*file)->close();
    if (!is_held) world().scheduler.sleep(seconds{1});
  }
  if (is_held) {
    overwrite_in_place(clone + "/" + path, "{\n  \"job_name\": \"" + job + "\",\n  \"status\": \"" +
                                               status + "\",\n  \"last_updated\": \"" +
                                               format_seconds(simulated_clock().wall()) +
                                               "\"\n}\n");
    if (commit(clone, path)) (void)pull_and_push(clone);
  }
  (void)fs.unlink(lock);  // its exit trap, which deletes the lock of another one after a time-out
}

void scripts(int host) {
  Random random = random_of(5, host, 0);
  const std::string clone = world().hosts[static_cast<std::size_t>(host)].clone;
  const std::string job = random.one_in(3) ? "job-0" : "script-job";
  const std::int64_t updates = random.between(1, 4);
  for (std::int64_t i = 0; i < updates; ++i) {
    rest(random, seconds{90});
    const std::string status = random.one_in(2) ? "running" : "completed";
    const auto process =
        world().start(host, "script", true, [&] { script_update(clone, job, status); });
    world().scheduler.wait_for(*process);
  }
}

// What a remote that refused everything for a while made the publisher set aside comes back: a
// person's decision.
void put_back_refused() {
  for (const std::string& directory : spools()) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(directory + "/refused", missing)) {
      std::filesystem::rename(entry.path(), directory + "/" + entry.path().filename().string());
    }
  }
}

// A segment that is checked out is that of the clone's commit, whatever the disk forgot: no later
// step looks at it before its day is compacted. Only a step that was begun may leave half of one.
void look_for_torn_segments() {
  World& here = world();
  for (const Host& host : here.hosts) {
    const std::string git = host.clone + "/.git";
    const std::string commit = read_ref(git, "refs/heads/main");
    const auto journal = os::real_file_system().read(git + "/signalbox-fast-forward", 256);
    if (commit.empty() || (journal && journal->starts_with(commit))) continue;
    std::error_code none;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(host.clone + "/data/history", none)) {
      if (!entry.is_regular_file()) continue;
      const std::string path = entry.path().string();
      const std::string committed = file_at(git, commit, path.substr(host.clone.size() + 1));
      const auto bytes = os::real_file_system().read(path, 1U << 20U);
      if (!committed.empty() && bytes && *bytes != committed) {
        here.wrong = "the segment '" + here.relative(path) + "' is not that of the checkout";
      }
    }
  }
}

// Everybody is well again: a few syncs must do.
void quiet_end(Ledger& ledger) {
  constexpr int rounds = 4;
  World& here = world();
  here.quiet();
  look_for_torn_segments();
  // Longer than any clock was ahead: what was stamped then is old by now.
  here.scheduler.sleep(std::chrono::days{15});
  put_back_refused();
  for (int round = 0; round < rounds; ++round) {
    ledger.stuck.clear();
    for (int host = 0; host < static_cast<int>(here.hosts.size()); ++host) {
      if (const auto error = sync(host)) {
        ledger.stuck = "a sync on " + here.hosts[static_cast<std::size_t>(host)].name +
                       " fails: " + here.relative(error->what);
      }
      here.scheduler.sleep(std::chrono::minutes{10});
    }
  }
  const std::string waits = what_waits();
  if (ledger.stuck.empty() && !waits.empty()) ledger.stuck = "'" + waits + "' still waits";
}

}  // namespace

void run_story(Ledger& ledger) {
  World& here = world();
  const Plan& plan = here.plan;
  Waiting reporters;
  Waiting others;
  const auto act = [&](Waiting& group, int host, const char* name, std::function<void()> body) {
    group.push_back(here.start(host, name, false, std::move(body)));
  };
  for (int host = 0; host < plan.hosts; ++host) {
    for (int number = 0; number < plan.reporters; ++number) {
      act(reporters, host, "job", [host, number, &ledger] { reporter(host, number, ledger); });
    }
    if (plan.syncs) act(others, host, "cron", [host, &reporters] { syncs(host, reporters); });
  }
  if (plan.calm) {
    act(others, 0, "watch", [&] { watch_bursts(plan.reports, ledger); });
  }
  const int last = plan.hosts - 1;
  if (plan.person) act(others, last, "person", [last, &ledger] { person(last, ledger); });
  if (plan.scripts) act(others, 0, "scripts", [] { scripts(0); });
  if (plan.editor) act(others, -1, "editor", [&ledger] { editor(ledger); });
  for (const auto& actor : reporters) here.scheduler.wait_for(*actor);
  for (const auto& actor : others) here.scheduler.wait_for(*actor);
  if (!ledger.stuck.empty()) return;
  quiet_end(ledger);
}

}  // namespace signalbox::simulation
