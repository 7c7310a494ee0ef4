#include "cli/help.h"

#include <array>

#include "base/text.h"

namespace signalbox::cli {
namespace {

struct Command {
  const char* name;
  int (*run)(Environment&, const Arguments&);
  const char* summary;
};

constexpr std::array commands = {
    Command{"init", init, "make a monitor repository, or adopt an existing clone"},
    Command{"report", report, "record the status of a job; durable when it returns"},
    Command{"run", run_command, "run a command, and report how it goes and ends"},
    Command{"publish", publish, "publish the reports that wait"},
    Command{"sync", sync, "publish, then bring the remote's news into the clone"},
    Command{"cron", cron, "have cron sync a clone"},
    Command{"watch", watch, "sync all the time: at news, else by a period"},
    Command{"slurm", slurm, "check jobs that say they run against SLURM"},
    Command{"status", status, "show the jobs and the state of the clone"},
    Command{"history", history, "show what a job reported"},
    Command{"site", site_command, "write the dashboard: jobs, runs, alerts and logs as web pages"},
    Command{"serve", serve_command, "show the dashboard in browsers, live"},
    Command{"lock", lock, "show who holds the clone's locks; release those of the dead"},
    Command{"doctor", doctor, "look at everything that may keep reports from the others"},
    Command{"log", log, "show what publishers did, on all hosts"},
    Command{"import", import, "make events of the predecessor's past"},
    Command{"migrate", migrate, "move a clone over from the predecessor's scripts, and back"},
    Command{"logs", logs, "collect the ends of logs, and show them"},
    Command{"verify", verify, "prove that what writers were told is true of the remote"},
    Command{"race", race, "let writers and faults race, and see whether a report is lost"},
};

std::string overview() {
  std::string text =
      "signalbox keeps the status of batch jobs in a Git repository; no acknowledged\n"
      "report is lost.\n\n"
      "Usage: signalbox COMMAND [OPTIONS]   ('signalbox COMMAND --help' has examples)\n\n";
  for (const Command& command : commands) {
    text += "  " + std::string(command.name) +
            std::string(10 - std::string(command.name).size(), ' ') + command.summary + "\n";
  }
  text +=
      "\nExamples:\n"
      "  signalbox init ~/monitor\n"
      "  signalbox report -C ~/monitor weather running 0 10 \"downloading\"\n"
      "  signalbox sync -C ~/monitor\n"
      "  signalbox status -C ~/monitor\n\n"
      "The repository: -C, else $SIGNALBOX_REPO, $MONITOR_PATH,\n"
      "~/.config/signalbox/config.toml, else the clone you stand in.\n";
  return text;
}

}  // namespace

int run(Environment& environment, const Arguments& arguments) {
  if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h" ||
      arguments.front() == "help") {
    print(overview());
    return arguments.empty() ? exit_code(ErrorKind::InvalidInput) : 0;
  }
  if (arguments.front() == "--version") {
    print("signalbox " SIGNALBOX_VERSION "\n");
    return 0;
  }
  for (const Command& command : commands) {
    if (arguments.front() == command.name) {
      return command.run(environment, Arguments(arguments.begin() + 1, arguments.end()));
    }
  }
  print_error({ErrorKind::InvalidInput,
               "there is no command '" + printable(arguments.front(), 40) + "'",
               "'signalbox help' lists them"});
  return exit_code(ErrorKind::InvalidInput);
}

}  // namespace signalbox::cli
