// signalbox race: whether anything is lost, seen on one's own machine and remote.
#include "race/race.h"

#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/race_summary.h"
#include "os/entropy.h"
#include "race/guardian.h"
#include "race/page.h"
#include "race/scoreboard.h"

namespace signalbox::cli {
namespace {

constexpr std::uint64_t default_updates = 50;
constexpr double most_seconds = 7.0 * 24 * 3600;

struct Options {
  std::size_t writers = 8, clones = 2, jobs = 4, humans = 1;
  std::string updates, rate = "5", sync_every = "2", duration, faults = "all", fault_every = "1";
  std::string protocol = "signalbox", seed, remote, page;
  bool plan = false, json = false, keep = false;
};

Status in_bounds(const char* option, std::size_t value, std::size_t least, std::size_t most) {
  if (value >= least && value <= most) return {};
  return fail(ErrorKind::InvalidInput, std::string(option) + " is not from " +
                                           std::to_string(least) + " to " + std::to_string(most));
}

Result<double> number_of(const char* option, const std::string& text, double most) {
  const auto value = parse_number(text);
  if (value && *value >= 0 && *value <= most) return *value;
  return fail(ErrorKind::InvalidInput, std::string(option) + " '" + printable(text, 40) +
                                           "' is not a number from 0 to " +
                                           std::to_string(static_cast<std::uint64_t>(most)));
}

Result<std::chrono::milliseconds> seconds_of(const char* option, const std::string& text) {
  const auto seconds = number_of(option, text, most_seconds);
  if (!seconds) return std::unexpected(seconds.error());
  return std::chrono::milliseconds{static_cast<std::int64_t>(*seconds * 1000)};
}

Status take_amounts(const Options& options, RaceRequest& request) {
  for (const auto& done : {in_bounds("--writers", options.writers, 1, most_writers),
                           in_bounds("--clones", options.clones, 1, most_clones),
                           in_bounds("--jobs", options.jobs, 1, most_jobs),
                           in_bounds("--humans", options.humans, 0, most_humans)}) {
    if (!done) return done;
  }
  request.writers = options.writers;
  request.clones = options.clones;
  request.jobs = options.jobs;
  request.humans = options.humans;
  return {};
}

Status take_times(const Options& options, RaceRequest& request) {
  constexpr double most_rate = 1000;
  const auto rate = number_of("--rate", options.rate, most_rate);
  if (!rate) return std::unexpected(rate.error());
  request.rate = *rate;
  const auto sync_every = seconds_of("--sync-every", options.sync_every);
  if (!sync_every) return std::unexpected(sync_every.error());
  request.sync_every = *sync_every;
  const auto fault_every = seconds_of("--fault-every", options.fault_every);
  if (!fault_every) return std::unexpected(fault_every.error());
  request.fault_every = std::max(*fault_every, shortest_fault_pause);
  if (!options.duration.empty()) {
    const auto duration = seconds_of("--duration", options.duration);
    if (!duration) return std::unexpected(duration.error());
    request.duration = *duration;
  }
  if (!options.updates.empty()) {
    constexpr double most_updates = 1e9;
    const auto updates = number_of("--updates", options.updates, most_updates);
    if (!updates) return std::unexpected(updates.error());
    request.updates = static_cast<std::uint64_t>(*updates);
  } else if (options.duration.empty()) {
    request.updates = default_updates;
  }
  return {};
}

// Faults of the remote are not for one that others use, and some are made in Signalbox's own seams.
// One that was asked for by its name is refused: a verdict must not be of less than was asked.
Status take_out_impossible(const Options& options, RaceRequest& request) {
  std::set<Fault> impossible;
  if (!options.remote.empty()) impossible.insert({Fault::Hang, Fault::Reject});
  if (request.protocol == Protocol::Baseline) impossible.insert({Fault::Enospc, Fault::Clock});
  for (const Fault fault : impossible) {
    if (request.faults.erase(fault) > 0 && options.faults != "all") {
      return fail(ErrorKind::InvalidInput,
                  "the fault '" + name_of(fault) + "' cannot be made " +
                      (request.protocol == Protocol::Baseline ? "with --protocol baseline"
                                                              : "with --remote"),
                  "leave it out of --faults, or give 'all' for those that can");
    }
  }
  return {};
}

Result<RaceRequest> request_of(const Options& options) {
  RaceRequest request{.remote = options.remote};
  if (auto done = take_amounts(options, request); !done) return std::unexpected(done.error());
  if (auto done = take_times(options, request); !done) return std::unexpected(done.error());
  auto faults = parse_faults(options.faults);
  if (!faults) return std::unexpected(faults.error());
  request.faults = *std::move(faults);
  if (options.protocol != "signalbox" && options.protocol != "baseline") {
    return fail(ErrorKind::InvalidInput,
                "there is no protocol '" + printable(options.protocol, 40) + "'",
                "signalbox, or baseline: the predecessor's");
  }
  if (options.protocol == "baseline") request.protocol = Protocol::Baseline;
  if (auto done = take_out_impossible(options, request); !done) {
    return std::unexpected(done.error());
  }
  if (options.remote.starts_with('-')) {
    return fail(ErrorKind::InvalidInput, "'" + printable(options.remote, 80) + "' is no URL");
  }
  constexpr std::uint64_t seeds = 1'000'000'000;
  request.seed = os::random_bits() % seeds;
  if (!options.seed.empty()) {
    const auto seed = number_of("--seed", options.seed, static_cast<double>(seeds));
    if (!seed) return std::unexpected(seed.error());
    request.seed = static_cast<std::uint64_t>(*seed);
  }
  return request;
}

void print_kept(const Stage& stage) {
  // On stderr: stdout is for the result.
  const std::string text = "kept: " + stage.directory() + "\n";
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

// Whatever became of the race: its branches leave the user's remote, and its directory goes unless
// it is to be kept.
void clean_up(const Stage& stage, const RaceRequest& request, const Options& options) {
  if (const auto left = stage.withdraw(); !left) {
    print_error({left.error().kind,
                 "the branches of this race may still be at the remote: " + left.error().what,
                 "git push " + printable(request.remote, 200) + " --delete " + stage.branch() +
                     ", and those of 'git ls-remote' that begin so"});
  }
  if (!options.keep) stage.remove();
}

// In the child of the guardian.
int hold(Environment& environment, Stage& stage, const RaceRequest& request,
         const Options& options) {
  RaceNews news(environment.clock);
  auto result = race(environment.fs, environment.clock, stage, request,
                     [&](const RaceProgress& progress) { news.show(progress); });
  news.end();
  if (has_lost_its_guardian()) {
    end_descendants(environment.fs);
    clean_up(stage, request, options);
  }
  if (!result) {
    print_error(result.error());
    return exit_code(result.error().kind);
  }
  if (!options.page.empty()) {
    if (auto done = os::replace_file(environment.fs, options.page, race_page(request, *result));
        !done) {
      print_error(done.error());
      return exit_code(done.error().kind);
    }
  }
  print(options.json ? to_pretty(race_as_json(request, *result)) + "\n"
                     : race_as_text(request, *result));
  return result->proven ? 0 : 1;
}

int hold_guarded(Environment& environment, const RaceRequest& request, const Options& options) {
  Stage stage(environment.fs, request);
  const auto end = run_guarded_task(
      environment.fs, [&] { return hold(environment, stage, request, options); },
      [&] { clean_up(stage, request, options); });
  if (options.keep) print_kept(stage);
  if (end.signal == 0) return end.exit_code;
  // Its starter sees that it was interrupted.
  (void)::signal(end.signal, SIG_DFL);
  (void)::raise(end.signal);
  return exit_code(ErrorKind::Internal);
}

constexpr const char* footer =
    "Everything happens in a directory of its own under $TMPDIR, with a bare remote in\n"
    "it; with --remote on a new branch signalbox-race/... of that remote, which is\n"
    "removed afterwards. Nothing else there is touched.\n\n"
    "Examples:\n"
    "  signalbox race                                  every fault, ten seconds\n"
    "  signalbox race --writers 3 --updates 5          the guide's race, by many\n"
    "  signalbox race --protocol baseline              the old scripts, beside it\n"
    "  signalbox race --remote git@example.org:lab/monitor.git --rate 1\n"
    "  signalbox race --duration 600 --report race.html\n\n"
    "Faults: kill (SIGKILL to publishers, syncs, gits, writers), hang and reject (the\n"
    "remote; not with --remote), enospc (a clone's disk is full), clock (an hour off),\n"
    "pause (SIGSTOP).\n\n"
    "Exit codes: 0 nothing was lost, doubled or set back; 1 something was, or there is\n"
    "no verdict; 2 usage. So --protocol baseline exits with 1 when it loses data.";

}  // namespace

int race(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("race", "[OPTIONS]",
                   "Let writers, syncs, people and faults race, and see whether a report is lost.",
                   footer);
  line.count("--writers", options.writers, "processes that report (8)");
  line.count("--clones", options.clones, "clones they share (2)");
  line.count("--jobs", options.jobs, "jobs they report about (4)");
  line.text("--updates", options.updates, "reports of each writer (50; with --duration no end)");
  line.text("--rate", options.rate, "reports a second of each writer (5); 0: without a pause");
  line.text("--duration", options.duration, "seconds after which the writers stop");
  line.text("--sync-every", options.sync_every, "seconds from sync to sync in a clone (2)");
  line.count("--humans", options.humans, "people who commit, rebase and push (1)");
  line.text("--faults", options.faults, "some of the below, comma separated; all (default), none");
  line.text("--fault-every", options.fault_every, "seconds from fault to fault, on average (1)");
  line.text("--protocol", options.protocol, "signalbox, or baseline: the predecessor's scripts");
  line.text("--remote", options.remote, "a URL: race on a new branch there");
  line.text("--seed", options.seed, "a number: the same plan of writers and faults");
  line.flag("--plan", options.plan, "show the plan of that seed, and do nothing");
  line.text("--report", options.page, "write a page with a timeline to this file (HTML)");
  line.flag("--keep", options.keep, "keep the directory, and say where it is");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto request = request_of(options);
  if (!request) {
    print_error(request.error());
    return exit_code(request.error().kind);
  }
  if (options.plan) {
    print(options.json ? to_pretty(plan_as_json(*request)) + "\n" : plan_as_text(*request));
    return 0;
  }
  return hold_guarded(environment, *request, options);
}

}  // namespace signalbox::cli
