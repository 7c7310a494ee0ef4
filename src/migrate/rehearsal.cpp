#include "migrate/rehearsal.h"

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "base/text.h"
#include "board/view.h"
#include "clone/clone.h"
#include "index/history_index.h"
#include "os/entropy.h"
#include "os/host.h"
#include "os/kernel_lock.h"
#include "os/process.h"
#include "repository/create.h"
#include "repository/repository.h"
#include "spool/spool.h"

namespace signalbox {
namespace {

constexpr std::chrono::minutes terminal_patience{1};
constexpr std::size_t script_limit = 1UL << 20U;
constexpr std::size_t log_limit = 8UL << 20U;
constexpr std::size_t commits_limit = 1000;
constexpr std::string_view monitor = "/home/research/mosquito-alert-model-monitor";
constexpr std::string_view report_script = "failsafe_git_update_safe.sh";
constexpr std::string_view sync_script = "slurm_dashboard_sync_safe.sh";
constexpr int updates = 10;  // of each terminal, as the guide has it

// The guide's terminals, word for word but for the pauses, a tenth as long.
constexpr std::string_view terminal_a = R"(
for i in {1..10}; do
    echo '{"job_name":"test_job_a","status":"running","progress":'$((i*10))'}' > data/status/test_job_a.json
    ~/research/mosquito-alert-model-monitor/scripts/failsafe_git_update_safe.sh \
        ~/research/mosquito-alert-model-monitor test_job_a running
    sleep 0.5
done
)";
constexpr std::string_view terminal_b = R"(
for i in {1..10}; do
    echo '{"job_name":"test_job_b","status":"completed","progress":100}' > data/status/test_job_b.json
    ~/research/mosquito-alert-model-monitor/scripts/failsafe_git_update_safe.sh \
        ~/research/mosquito-alert-model-monitor test_job_b completed
    sleep 0.3
done
)";
// In place of sbatch: the sync runs while the others report, more than once.
constexpr std::string_view terminal_c = R"(
for i in 1 2 3; do
    sleep 1
    bash scripts/slurm_dashboard_sync_safe.sh
done
)";

// The scratch place: a directory with a home, the remote and the clone in it.
class Stage {
 public:
  Stage(os::FileSystem& fs, const Rehearsal& rehearsal)
      : fs_(fs),
        rehearsal_(rehearsal),
        directory_(os::environment("TMPDIR").value_or("/tmp") + "/signalbox-verify-" +
                   hex(os::random_bits(), 16)) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() {
    std::error_code ignored;  // what cannot be deleted is the temporary directory's to clean
    std::filesystem::remove_all(directory_, ignored);
  }

  Status build() {
    if (auto made = os::make_directories(fs_, directory_); !made) return made;
    if (auto made = create_repository(fs_, remote(), RepositoryForm::Bare); !made) return made;
    if (auto made = create_repository(fs_, clone_directory()); !made) return made;
    const auto clone = find_clone(fs_, clone_directory());
    if (!clone) return std::unexpected(clone.error());
    for (const auto& [key, value] :
         {std::pair<std::string, std::string>{"remote.origin.url", remote()},
          {"remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"},
          {"user.name", "signalbox verify"},
          {"user.email", "verify@localhost"}}) {
      if (auto set = set_config(*clone, key, value); !set) return set;
    }
    clone_ = *clone;
    const auto done = play({rehearsal_.program, "init", clone_.worktree});
    if (!done) return std::unexpected(done.error());
    // The remote is a directory here: no host's limits are to be kept.
    auto settled = os::replace_file(fs_, clone_.worktree + "/signalbox.toml",
                                    "[publish]\npushes_per_minute = 600\n");
    return settled ? install_scripts() : settled;
  }

  // One terminal, or one command, to its end.
  Result<os::ProcessResult> play(const std::vector<std::string>& arguments) const {
    std::map<std::string, std::optional<std::string>> environment{
        {"HOME", directory_ + "/home"},
        {"XDG_STATE_HOME", directory_ + "/state"},
        {"SIGNALBOX_BIN", rehearsal_.program}};
    for (const char* name : {"SIGNALBOX_REPO", "MONITOR_PATH", "XDG_CONFIG_HOME", "SLURM_JOB_ID",
                             "SLURM_SUBMIT_DIR", "BASH_ENV", "GIT_DIR", "GIT_WORK_TREE"}) {
      environment.emplace(name, std::nullopt);
    }
    return os::run({.arguments = arguments,
                    .directory = clone_.worktree,
                    .environment = std::move(environment),
                    .timeout = terminal_patience});
  }

  Result<std::string> write_terminal(const std::string& name, std::string_view text) const {
    const std::string path = directory_ + "/" + name + ".sh";
    auto done = os::replace_file(fs_, path, text);
    if (!done) return std::unexpected(done.error());
    return path;
  }

  [[nodiscard]] std::string remote() const { return directory_ + "/remote.git"; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const Clone& clone() const { return clone_; }

 private:
  [[nodiscard]] std::string clone_directory() const { return directory_ + std::string(monitor); }

  [[nodiscard]] Status not_installed(std::string_view script) const {
    return fail(ErrorKind::NotFound, "'" + rehearsal_.scripts + "' has no " + std::string(script),
                "'signalbox migrate apply' installs the scripts");
  }

  Status install_scripts() {
    if (auto made = os::make_directories(fs_, clone_.worktree + "/scripts"); !made) return made;
    if (!os::is_directory(fs_, rehearsal_.scripts)) return not_installed(report_script);
    const auto names = fs_.list(rehearsal_.scripts);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (!name.ends_with(".sh")) continue;
      const auto text = fs_.read(rehearsal_.scripts + "/" + name, script_limit);
      if (!text) continue;  // a link, or what is no script: the guide's test calls none of those
      const std::string path = clone_.worktree + "/scripts/" + name;
      auto done = os::replace_file(fs_, path, *text);
      if (done) done = fs_.make_executable(path);
      if (!done) return done;
    }
    for (const std::string_view needed : {report_script, sync_script}) {
      const std::string path = clone_.worktree + "/scripts/" + std::string(needed);
      if (!os::exists(fs_, path)) return not_installed(needed);
    }
    return {};
  }

  os::FileSystem& fs_;
  const Rehearsal& rehearsal_;
  std::string directory_;
  Clone clone_;
};

Status play_terminals(const Stage& stage, const Rehearsal& rehearsal) {
  rehearsal.say("two terminals report, a third syncs");
  struct Terminal {
    std::string name;
    std::string_view commands;
    Status outcome;
  };
  std::array<Terminal, 3> terminals{
      {{"a", terminal_a, {}}, {"b", terminal_b, {}}, {"c", terminal_c, {}}}};
  {
    std::vector<std::jthread> threads;
    for (Terminal& terminal : terminals) {
      const auto path = stage.write_terminal(terminal.name, terminal.commands);
      if (!path) return std::unexpected(path.error());
      threads.emplace_back([&stage, &terminal, path = *path] {
        const auto played = stage.play({"bash", path});
        if (!played) terminal.outcome = std::unexpected(played.error());
      });
    }
  }
  for (const Terminal& terminal : terminals) {
    if (!terminal.outcome) return terminal.outcome;
  }
  rehearsal.say("the last sync");
  const auto last = stage.play({"bash", "scripts/" + std::string(sync_script)});
  return last ? Status{} : Status(std::unexpected(last.error()));
}

// The publisher that the last report left behind works in the directory that is about to go.
void wait_for_publisher(os::Clock& clock, const Stage& stage) {
  constexpr std::chrono::seconds longest{10};
  constexpr std::chrono::milliseconds glance{50};
  const auto end = clock.monotonic() + longest;
  while (clock.monotonic() < end) {
    const auto lock =
        os::KernelLock::try_acquire(stage.clone().own_directory() + "/publisher.lock");
    if (!lock || *lock) return;
    clock.sleep(glance);
  }
}

// What the remote has after all that.
struct Published {
  std::set<int> progress_of_a;
  std::size_t completed_of_b = 0;
  std::string view_of_a, view_of_b;  // "running 100"
  std::size_t mentions_of_stash = 0;
};

std::string shown(const Repository& repository, const std::string& tip, const JobName& job) {
  const auto file = repository.view(tip, job);
  const auto view = file && *file ? parse_view(job, (*file)->bytes)
                                  : fail(ErrorKind::NotFound, "there is no view");
  if (!view) return "nothing";
  return view->event.status + " " + to_line(number(view->event.progress.value_or(0)));
}

Result<Published> read_remote(os::FileSystem& fs, const Stage& stage) {
  const auto remote = find_clone(fs, stage.remote());
  if (!remote) return std::unexpected(remote.error());
  const auto repository = Repository::open(*remote);
  if (!repository) return std::unexpected(repository.error());
  const auto tip = repository->commit_at("refs/heads/" + head_branch(fs, *remote).value_or("main"));
  if (!tip) return std::unexpected(tip.error());
  Published published;
  if (tip->empty()) return published;
  auto index = HistoryIndex::open(fs, stage.directory() + "/verify.db");
  if (!index) return std::unexpected(index.error());
  if (auto done = repository->update_index(*index, *tip, nullptr); !done) {
    return std::unexpected(done.error());
  }
  const auto a = JobName::parse("test_job_a");
  const auto b = JobName::parse("test_job_b");
  const auto events_of_a = index->history(*a, {});
  const auto events_of_b = index->history(*b, {});
  const auto subjects = repository->subjects(*tip, commits_limit);
  if (!events_of_a || !events_of_b || !subjects) {
    return fail(ErrorKind::InputOutput, "the scratch remote cannot be read");
  }
  for (const Event& event : *events_of_a) {
    published.progress_of_a.insert(static_cast<int>(event.progress.value_or(0)));
  }
  for (const Event& event : *events_of_b) {
    if (event.status == "completed") ++published.completed_of_b;
  }
  for (const std::string& subject : *subjects) {
    if (subject.find("stash") != std::string::npos) ++published.mentions_of_stash;
  }
  published.view_of_a = shown(*repository, *tip, *a);
  published.view_of_b = shown(*repository, *tip, *b);
  return published;
}

Result<std::vector<Expectation>> judge(os::FileSystem& fs, const Stage& stage) {
  const auto published = read_remote(fs, stage);
  if (!published) return std::unexpected(published.error());
  const auto repository = Repository::open(stage.clone());
  if (!repository) return std::unexpected(repository.error());
  const auto stash = repository->commit_at("refs/stash");
  const auto waiting = Spool(fs, stage.clone().spool_directory()).waiting_ids();
  if (!stash || !waiting) return fail(ErrorKind::InputOutput, "the scratch clone cannot be read");
  const auto log = fs.read(stage.clone().worktree + "/logs/dashboard_sync.log", log_limit);
  const auto says = [&](std::string_view words) {
    return log && log->find(words) != std::string::npos;
  };
  int preserved = 0;
  for (int i = 1; i <= updates; ++i) preserved += published->progress_of_a.contains(i * 10) ? 1 : 0;
  const bool has_stash = !stash->empty() || published->mentions_of_stash > 0;
  const bool has_locks = says("cquired") && says("eleased");
  return std::vector<Expectation>{
      {"Both test_job_a and test_job_b updates preserved",
       preserved == updates && published->completed_of_b > 0,
       "test_job_a: " + std::to_string(preserved) + " of " + std::to_string(updates) +
           " updates; test_job_b: " + std::to_string(published->completed_of_b) + " reports"},
      {"No \"stash\" operations in git log", !has_stash,
       has_stash ? "there are stash operations" : "none in the log, no stash entry"},
      {"Lock messages in logs showing coordination", has_locks,
       has_locks ? "acquired and released"
       : log     ? "none"
                 : "there is no logs/dashboard_sync.log"},
      {"All updates appear in dashboard",
       published->view_of_a == "running 100" && published->view_of_b == "completed 100" &&
           waiting->empty(),
       "test_job_a " + published->view_of_a + ", test_job_b " + published->view_of_b + ", " +
           std::to_string(waiting->size()) + " waiting"}};
}

}  // namespace

Result<std::vector<Expectation>> rehearse(os::FileSystem& fs, os::Clock& clock,
                                          const Rehearsal& rehearsal) {
  Stage stage(fs, rehearsal);
  rehearsal.say("making a scratch remote and clone");
  if (auto built = stage.build(); !built) return std::unexpected(built.error());
  if (auto played = play_terminals(stage, rehearsal); !played) {
    return std::unexpected(played.error());
  }
  wait_for_publisher(clock, stage);
  rehearsal.say("reading the scratch remote");
  return judge(fs, stage);
}

}  // namespace signalbox
