// signalbox watch: a sync that never ends.
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "lock/lock_owner.h"
#include "lock/publisher_lock.h"
#include "os/news.h"
#include "os/signals.h"
#include "publish/publisher.h"
#include "reconcile/reconcile.h"
#include "site/publish.h"

namespace signalbox::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double shortest_period = 5;
constexpr double longest_period = 86400;
// Where the kernel does not tell what other hosts wrote.
constexpr seconds look_every{5};

class Watch {
 public:
  Watch(Environment& environment, Clone clone, seconds period)
      : environment_(environment), clone_(std::move(clone)), period_(period) {
    news_.emplace(directories_of(clone_));
  }

  [[noreturn]] void run() {
    for (;;) {
      if (is_there()) sync();
      told_ = std::exchange(heard_, {});
      const auto next = environment_.clock.monotonic() + period_;
      publish_what_comes(next);
    }
  }

 private:
  static std::vector<std::string> directories_of(const Clone& clone) {
    std::vector<std::string> directories{clone.spool_directory(), clone.outbox_directory()};
    if (!clone.worktree.empty()) directories.push_back(clone.worktree + "/data/status");
    return directories;
  }

  // A clone that went away (an automount) may come back: nothing is made in its place meanwhile.
  bool is_there() {
    const bool is = environment_.fs.status(clone_.common_directory).has_value();
    if (!is) {
      complain("'" + printable(clone_.common_directory, 300) + "' is gone; waiting for it");
      news_.reset();
    } else if (!news_) {
      news_.emplace(directories_of(clone_));
    }
    return is;
  }

  void sync() {
    const auto outcome = publish_until_idle(
        environment_.fs, environment_.clock, clone_,
        {.fetch_first = true,
         .urgent = false,
         .compact = true,
         .scheduled = true,
         .after = site::site_follows(environment_.fs, environment_.clock, clone_)});
    if (!outcome) {
      complain(outcome.error().what);
    } else {
      for (const std::string& note : outcome->notes) complain(note);
      if (outcome->published > 0) {
        print("published " + std::to_string(outcome->published) + "; the tip is " +
              outcome->tip.substr(0, 10) + "\n");
      }
    }
    const auto checked = reconcile(environment_.fs, environment_.clock, clone_, /*dry_run=*/false);
    if (!checked) return complain("jobs were not checked: " + checked.error().what);
    for (const Event& verdict : checked->verdicts) {
      print(verdict.job.text() + " is " + verdict.status + ": " +
            printable(verdict.message.value_or(""), 300) + "\n");
    }
    if (!checked->complaint.empty()) complain("SLURM: " + checked->complaint);
  }

  void publish_what_comes(milliseconds end) {
    for (;;) {
      const auto left = end - environment_.clock.monotonic();
      if (left.count() <= 0) return;
      if (!news_) {
        environment_.clock.sleep(left);
      } else if (news_->wait(left, look_every) && is_there()) {
        run_detached(environment_.fs, environment_.clock, clone_,
                     {.life = left,
                      .files = news_->is_told(),
                      .after = site::site_follows(environment_.fs, environment_.clock, clone_)});
      }
    }
  }

  // Once, however many syncs in a row say it.
  void complain(const std::string& text) {
    if (heard_.insert(text).second && !told_.contains(text)) print_warning(text);
  }

  Environment& environment_;
  Clone clone_;
  seconds period_;
  std::optional<os::News> news_;        // nothing while the clone is gone
  std::set<std::string> told_, heard_;  // complaints of the last sync, and of this one
};

}  // namespace

int watch(Environment& environment, const Arguments& arguments) {
  std::string repository;
  std::string every = "60";
  CommandLine line(
      "watch", "[OPTIONS]", "Sync a clone for as long as it runs, in place of cron.",
      "Reports of any host of the clone are published as they come, the remote's news\n"
      "fetched by the period, jobs checked against SLURM as 'signalbox slurm' has it.\n"
      "SIGTERM ends it at any moment; nothing that waits is lost.\n\n"
      "Examples:\n"
      "  signalbox watch -C ~/monitor\n"
      "  systemctl --user start signalbox-watch@$(systemd-escape --path ~/monitor)");
  line.text("-C,--repository", repository, "the monitor repository");
  line.text("--every", every, "seconds between two syncs, 5 to 86400 (default 60)");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto period = parse_number(every);
  if (!period || *period < shortest_period || *period > longest_period) {
    print_error({ErrorKind::InvalidInput,
                 "--every '" + printable(every, 40) + "' is not a number from 5 to 86400", ""});
    return exit_code(ErrorKind::InvalidInput);
  }
  auto clone = find_repository(environment, asked_repository(environment, repository));
  if (!clone) {
    print_error(clone.error());
    return exit_code(clone.error().kind);
  }
  os::delete_own_lock_on_signal(clone->common_directory + "/" + std::string(advertised_lock_name),
                                format_owner());
  print("watching " +
        printable(clone->worktree.empty() ? clone->common_directory : clone->worktree, 300) + "\n");
  Watch(environment, *std::move(clone), seconds{static_cast<int>(*period)}).run();
}

}  // namespace signalbox::cli
