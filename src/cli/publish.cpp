// signalbox publish and signalbox sync.
#include "site/publish.h"

#include "cli/command.h"
#include "cli/command_line.h"
#include "lock/lock_owner.h"
#include "lock/publisher_lock.h"
#include "os/signals.h"
#include "publish/publisher.h"
#include "reconcile/reconcile.h"

namespace signalbox::cli {
namespace {

struct Options {
  std::string repository;
  bool quiet = false, detached = false;
};

void print_outcome(const PublishOutcome& outcome, const Options& options) {
  for (const std::string& note : outcome.notes) print_warning(note);
  if (options.quiet) return;
  if (outcome.adopted > 0) {
    print("adopted " + std::to_string(outcome.adopted) + " files that other programs wrote\n");
  }
  if (outcome.files > 0) {
    print("published " + std::to_string(outcome.files) +
          (outcome.files == 1 ? " file of details\n" : " files of details\n"));
  }
  if (outcome.published > 0) {
    print("published " + std::to_string(outcome.published) +
          (outcome.published == 1 ? " event in " : " events in ") +
          std::to_string(outcome.commits) + (outcome.commits == 1 ? " commit" : " commits") +
          "; the tip is " + outcome.tip.substr(0, 10) + "\n");
  } else if (outcome.files == 0) {
    print("nothing waits\n");
  }
  if (outcome.compacted_days > 0) {
    print("compacted the history of " + std::to_string(outcome.compacted_days) +
          (outcome.compacted_days == 1 ? " day" : " days") +
          (outcome.thinned > 0
               ? ", thinned " + std::to_string(outcome.thinned) + " progress reports"
               : "") +
          "\n");
  }
}

// After the sync, and whatever became of it: the views are fresh then, and a slow controller holds
// up nothing. What it found is published at once.
void reconcile_after_sync(Environment& environment, const Clone& clone, const Options& options) {
  const auto done = reconcile(environment.fs, environment.clock, clone, /*dry_run=*/false);
  if (!done) {
    print_warning("jobs were not checked: " + done.error().what);
    return;
  }
  if (!options.quiet) print(text_of(*done));
  if (done->verdicts.empty()) return;
  const auto published =
      publish_until_idle(environment.fs, environment.clock, clone,
                         {.after = site::site_follows(environment.fs, environment.clock, clone)});
  if (!published) print_warning("what was found waits: " + describe(published.error()));
}

int publish_now(Environment& environment, const Options& options, bool fetch_first) {
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) {
    print_error(clone.error());
    return exit_code(clone.error().kind);
  }
  os::delete_own_lock_on_signal(clone->common_directory + "/" + std::string(advertised_lock_name),
                                format_owner());
  if (options.detached) {
    run_detached(environment.fs, environment.clock, *clone,
                 {.after = site::site_follows(environment.fs, environment.clock, *clone)});
    return 0;
  }
  std::optional<ProgressLine> progress;
  if (!options.quiet) {
    progress.emplace(environment.clock, "talking to the remote", "reading the history");
  }
  const auto outcome =
      publish_until_idle(environment.fs, environment.clock, *clone,
                         {.fetch_first = fetch_first,
                          .urgent = true,
                          .compact = fetch_first,
                          .scheduled = !is_terminal_errors(),
                          .progress =
                              [&](std::size_t done, std::size_t total) {
                                if (progress) progress->update(done, total);
                              },
                          .say = [](const std::string& line) { print_warning(line); },
                          .after = site::site_follows(environment.fs, environment.clock, *clone)});
  progress.reset();
  if (fetch_first) reconcile_after_sync(environment, *clone, options);
  if (!outcome) {
    print_error(outcome.error());
    return exit_code(outcome.error().kind);
  }
  print_outcome(*outcome, options);
  return 0;
}

constexpr const char* exit_codes =
    "Exit codes: 0 done, 2 usage, 10 lost every race until the deadline, 11 refused\n"
    "by the remote, 12 authentication, 13 too large, 14 rate limited,\n"
    "15 unreachable, 16 timed out, 17 answer lost, 75 busy, 1 anything else.\n"
    "Whatever the code, nothing that waits is lost.";

}  // namespace

int publish(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("publish", "[OPTIONS]", "Publish the reports that wait.",
                   std::string("Example:\n  signalbox publish -C ~/monitor\n\n") + exit_codes);
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("-q,--quiet", options.quiet, "say nothing when all went well");
  line.flag("--detached", options.detached,
            "as `report` leaves it behind: one a clone, within the push budget, to the log");
  if (const auto ended = line.parse(arguments)) return *ended;
  return publish_now(environment, options, false);
}

int sync(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("sync", "[OPTIONS]",
                   "Publish what waits, then bring the remote's news into the clone.",
                   std::string("Example, in a crontab:\n  */15 * * * * signalbox sync -q -C "
                               "$HOME/monitor\n\n") +
                       exit_codes);
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("-q,--quiet", options.quiet, "say nothing when all went well");
  if (const auto ended = line.parse(arguments)) return *ended;
  return publish_now(environment, options, true);
}

}  // namespace signalbox::cli
