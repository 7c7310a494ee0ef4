// signalbox slurm reconcile.
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "publish/publisher.h"
#include "reconcile/reconcile.h"

namespace signalbox::cli {
namespace {

struct Options {
  std::string repository;
  bool dry_run = false, json = false;
};

Json json_of(const Reconciliation& done) {
  Json document = Json::object();
  document["looked_at"] = done.looked_at;
  document["of_slurm"] = done.of_slurm;
  document["complaint"] = done.complaint;
  document["not_asked_until"] =
      done.not_asked_until ? Json(format_seconds(*done.not_asked_until)) : Json();
  document["verdicts"] = Json::array();
  for (const Event& verdict : done.verdicts) {
    document["verdicts"].push_back({{"job_name", verdict.job.text()},
                                    {"run_id", verdict.run_id},
                                    {"status", verdict.status},
                                    {"message", verdict.message.value_or("")}});
  }
  return document;
}

std::string summary_of(const Reconciliation& done) {
  std::string text = text_of(done);
  text += std::to_string(done.looked_at) +
          (done.looked_at == 1 ? " job or task that is" : " jobs and tasks that are") +
          " not over, " + std::to_string(done.of_slurm) + " of SLURM; " +
          std::to_string(done.verdicts.size()) + " corrected\n";
  if (done.not_asked_until) {
    text += "SLURM was asked a while ago, and is not before " +
            format_seconds(*done.not_asked_until) + " (slurm.interval)\n";
  }
  return text;
}

int run_reconcile(Environment& environment, const Options& options) {
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  const auto done = clone ? reconcile(environment.fs, environment.clock, *clone, options.dry_run)
                          : Result<Reconciliation>(std::unexpected(clone.error()));
  if (!done) {
    print_error(done.error());
    return exit_code(done.error().kind);
  }
  print(options.json ? to_pretty(json_of(*done)) + "\n" : summary_of(*done));
  if (options.dry_run || done->verdicts.empty()) return 0;
  if (const auto started = start_detached_publisher(environment.fs, environment.clock, *clone);
      !started) {
    print_warning("no publisher was started: " + started.error().what +
                  "; the next report or sync publishes");
  }
  return 0;
}

}  // namespace

int slurm(Environment& environment, const Arguments& arguments) {
  const bool is_known = !arguments.empty() && arguments.front() == "reconcile";
  Options options;
  CommandLine line(
      is_known ? "slurm reconcile" : "slurm", is_known ? "[OPTIONS]" : "reconcile",
      "Check the jobs that say they run or wait against SLURM and, those of\n"
      "'signalbox run' on this host, against its processes.",
      "Every sync does the same. A job that ended without a word gets its status and\n"
      "the reason; whatever the job itself reports later wins. SLURM is asked at most\n"
      "once in slurm.interval seconds (300), for all jobs together.\n\n"
      "Examples:\n"
      "  signalbox slurm reconcile -C ~/monitor --dry-run\n"
      "  signalbox slurm reconcile --json");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--dry-run", options.dry_run, "say what would be recorded");
  line.flag("--json", options.json, "as JSON");
  const Arguments rest(arguments.begin() + (is_known ? 1 : 0), arguments.end());
  if (const auto ended = line.parse(rest)) return *ended;
  if (!is_known) {
    print_error(
        {ErrorKind::InvalidInput, "'slurm' needs to know what to do", "signalbox slurm reconcile"});
    return exit_code(ErrorKind::InvalidInput);
  }
  return run_reconcile(environment, options);
}

}  // namespace signalbox::cli
