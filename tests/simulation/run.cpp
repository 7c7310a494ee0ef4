#include "simulation/run.h"

#include <git2.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "board/view.h"
#include "clone/clone.h"
#include "publish/state.h"
#include "simulation/actors.h"
#include "simulation/remote.h"
#include "simulation/repositories.h"
#include "simulation/world.h"
#include "verify/verify.h"

namespace signalbox::simulation {
namespace {

namespace files = std::filesystem;

void make_world(World& here) {
  const Plan& plan = here.plan;
  const std::string objects = here.root + "/objects";
  files::create_directories(here.root);
  for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; ++level) {
    (void)git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, here.root.c_str());
  }
  here.tips.push_back(make_remote(remote_directory(), objects));
  const auto add_disk = [&](const std::string& name) {
    files::create_directories(here.root + "/" + name + "-limbo");
    files::create_directories(here.root + "/" + name);
    here.volumes.push_back(
        {.root = here.root + "/" + name,
         .disk = std::make_unique<Disk>(plan.disk, here.root + "/" + name + "-limbo"),
         .kernel_locks = true});
  };
  for (int number = 0; number < plan.hosts; ++number) {
    const std::string name = "host" + std::to_string(number);
    add_disk(name);
    Host host;
    host.name = name;
    host.home = here.root + "/" + name + "/home";
    host.clone = number == 0 ? here.root + "/host0/monitor" : here.root + "/shared/monitor";
    host.clock_skew = plan.clock_skew[static_cast<std::size_t>(number)];
    host.next_pid = 100 + 7 * number;
    files::create_directories(host.home);
    here.hosts.push_back(std::move(host));
  }
  make_clone(here.root + "/host0/monitor", objects, remote_directory());
  if (plan.hosts == 1) return;
  files::create_directories(here.root + "/shared");
  here.volumes.push_back({.root = here.root + "/shared",
                          .disk = nullptr,
                          .kernel_locks = plan.kernel_locks,
                          .clock_skew = plan.clock_skew.back()});
  make_clone(here.root + "/shared/monitor", objects, remote_directory());
}

std::string text_of(const Violation& violation) {
  std::string text = violation.what;
  if (!violation.event.empty()) text += ", event " + violation.event;
  if (!violation.path.empty()) text += ", path " + violation.path;
  if (!violation.commit.empty()) text += ", commit " + violation.commit;
  return text;
}

// The checker that users have, given what the jobs were told and every tip the branch ever had.
std::string check_history(const World& here, const Ledger& ledger, RunResult& result) {
  os::FileSystem& fs = os::real_file_system();
  const std::string directory = here.root + "/journal";
  files::create_directories(directory);
  {
    std::ofstream journal(directory + "/jobs");
    for (const Ledger::Told& told : ledger.told) {
      journal << told.id << " " << told.job << " " << told.status
              << (told.run.empty() ? "" : " " + told.run) << "\n";
    }
  }
  const auto journal = Journal::read(fs, directory);
  if (!journal) return journal.error().what;
  const auto remote = open_remote(fs, remote_directory(), "main");
  if (!remote) return remote.error().what;
  const auto verdict = verify(fs, *journal, {.remote = *remote, .tips = here.tips});
  if (!verdict) return verdict.error().what;
  result.commits = verdict->past.commits;
  for (const RuleText& text : rule_texts()) {
    // With a job that never came to say anything there is nothing to publish.
    if (ledger.told.empty() && (text.rule == Rule::Acknowledged || text.rule == Rule::Moved)) {
      continue;
    }
    const Finding& finding = verdict->findings.of(text.rule);
    if (finding.violations > 0) {
      return std::string(text.name) + ": " +
             here.relative(text_of(finding.first.value_or(Violation{})));
    }
  }
  return {};
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string check_people(const World& here, const Ledger& ledger) {
  const std::string tip = remote_tip();
  for (const auto& [path, bytes] : ledger.kept) {
    if (file_at(remote_directory(), tip, path) != bytes) {
      return "people: '" + path + "' was pushed and is not at the tip as it was";
    }
  }
  for (const auto& [place, bytes] : ledger.committed) {
    const std::string git = place.first + "/.git";
    if (file_at(git, read_ref(git, branch_ref), place.second) != bytes) {
      return "people: '" + place.second + "' was committed in " + here.relative(place.first) +
             " and is not in its branch as it was";
    }
  }
  for (const auto& [path, bytes] : ledger.lying) {
    if (bytes_of(path) != bytes) {
      return "people: '" + here.relative(path) + "' was not committed and is not as it was";
    }
  }
  return {};
}

std::string check_leftovers(const World& here) {
  for (const Host& host : here.hosts) {
    const std::string git = host.clone + "/.git";
    for (const char* name : {"/dashboard_sync.lock", "/index.lock"}) {
      if (files::exists(git + name)) return "leftover: '" + here.relative(git + name) + "'";
    }
  }
  return {};
}

// What one job says has the order in which it said it, whatever its host's clock does; where a disk
// lost what it was told, nobody can know that order.
std::string check_order(const World& here, const Ledger& ledger) {
  const auto loses = [](const Fault& fault) {
    return fault.kind == FaultKind::PowerCut || fault.kind == FaultKind::FileError ||
           fault.kind == FaultKind::DiskFull || fault.kind == FaultKind::Kill;
  };
  if (here.plan.scripts || here.plan.person) return {};  // they take views out of the worktree
  if (std::ranges::any_of(here.plan.faults, loses)) return {};
  std::map<std::string, std::string> last;
  for (const Ledger::Told& told : ledger.told) {
    std::string& before = last[told.reporter + " " + told.job];
    if (told.id < before) {
      return "order: a job's report " + told.id + " came after " + before + " and is older";
    }
    before = told.id;
  }
  return {};
}

// Where the checkout is at the tip, views of ours are the tip's. (One that was torn is nobody's
// until its job reports.)
std::string check_checkouts(const World& here) {
  const std::string tip = remote_tip();
  for (const Host& host : here.hosts) {
    // Something of a person's in the way of a step that was begun leaves it begun.
    const auto state = read_state(os::real_file_system(), host.clone + "/.git/signalbox");
    if (state.checkout_obstacle.empty() && !is_index_of_head(host.clone)) {
      return "checkout: the index of '" + here.relative(host.clone) + "' is not that of its branch";
    }
    if (read_ref(host.clone + "/.git", "refs/heads/main") != tip) continue;
    std::error_code none;
    for (const auto& entry : files::directory_iterator(host.clone + "/data/status", none)) {
      const std::string name = entry.path().filename();
      const std::string at_tip = file_at(remote_directory(), tip, "data/status/" + name);
      const std::string bytes = bytes_of(entry.path());
      if (!at_tip.empty() && is_sealed(bytes) && at_tip != bytes) {
        return "checkout: '" + here.relative(entry.path()) + "' is not the tip's";
      }
    }
  }
  return {};
}

std::string verdict_of(const World& here, const Ledger& ledger, RunResult& result) {
  if (!here.wrong.empty()) return "wrong: " + here.wrong;
  if (!ledger.stuck.empty()) return "stuck: " + ledger.stuck;
  for (const auto& check :
       {check_history(here, ledger, result), check_people(here, ledger), check_leftovers(here),
        check_order(here, ledger), check_checkouts(here)}) {
    if (!check.empty()) return check;
  }
  return {};
}

}  // namespace

RunResult run_plan(const Plan& plan, const std::string& root, bool prints_trace) {
  files::remove_all(root);
  World here(plan, root, prints_trace);
  make_world(here);
  Ledger ledger;
  here.start(-1, "story", false, [&ledger] { run_story(ledger); });
  here.scheduler.run();
  RunResult result{
      .trace_hash = here.trace_hash(),
      .steps = here.steps,
      .acknowledged = ledger.told.size(),
      .simulated_seconds = static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::seconds>(here.scheduler.now()).count()),
      .happened = here.happened};
  result.violation = verdict_of(here, ledger, result);
  if (result.ok()) files::remove_all(root);
  return result;
}

}  // namespace signalbox::simulation
