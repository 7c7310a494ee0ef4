// signalbox migrate apply, verify and undo; migrate_check.cpp has the first phase.
#include "cli/migrate.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cron/crontab.h"
#include "migrate/installation.h"
#include "migrate/rehearsal.h"
#include "os/host.h"
#include "os/process.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t paths_limit = 1000;

// Where a program stands in $PATH; empty when it does not.
std::string find_program(os::FileSystem& fs, const std::string& name) {
  const std::string path = os::environment("PATH").value_or("");
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find(':', at), path.size());
    const std::string candidate = path.substr(at, end - at) + "/" + name;
    if (candidate.starts_with('/') && os::exists(fs, candidate)) return candidate;
    at = end + 1;
  }
  return {};
}

void print_steps(const std::vector<Step>& steps, bool json, const std::string& crontab) {
  if (json) {
    Json document = Json::object();
    document["scripts"] = Json::array();
    for (const Step& step : steps) {
      document["scripts"].push_back({{"name", step.name},
                                     {"done", step.done},
                                     {"changed", step.is_change},
                                     {"left", step.is_left}});
    }
    document["crontab"] = crontab;
    print(to_pretty(document) + "\n");
    return;
  }
  std::vector<std::vector<Cell>> rows{{{"SCRIPT"}, {"DONE"}}};
  for (const Step& step : steps) {
    rows.push_back({{step.name}, {step.done, step.is_left ? red : ""}});
  }
  print(format_table(rows, terminal_width(), colours_wanted()) + "\ncrontab  " + crontab + "\n");
}

Result<CronEntry> entry_for(Environment& environment, const Clone& clone,
                            const Installation& installation) {
  const auto program = os::own_executable();
  if (!program) return std::unexpected(program.error());
  auto entry =
      sync_entry(clone.worktree, *program, !find_program(environment.fs, "sbatch").empty());
  if (entry && !installation.crontab().line.empty()) entry->line = installation.crontab().line;
  return entry;
}

// What was done about the crontab, in words.
Result<std::string> apply_crontab(Environment& environment, const MigrateOptions& options,
                                  const Clone& clone, Installation& installation) {
  Crontab crontab(environment.fs, options.crontab_file);
  const auto before = crontab.read();
  if (!before) {
    const bool has_no_crontab =
        before.error().kind == ErrorKind::NotFound && options.crontab_file.empty();
    if (options.crontab || !has_no_crontab) {
      return std::unexpected(before.error());
    }
    return "there is no program 'crontab' here; something else has to call: signalbox sync -q -C "
           "'" +
           clone.worktree + "'";
  }
  const std::string there =
      find_sync_line(*before, clone.worktree, os::home_directory().value_or(""));
  if (!there.empty()) return "goes on: " + printable(there, 400);
  const auto entry = entry_for(environment, clone, installation);
  if (!entry) return std::unexpected(entry.error());
  if (!options.crontab) {
    return "has no line that syncs this clone; with --crontab this one is added, or add it "
           "yourself ('crontab -e'):\n  " +
           entry->line;
  }
  const bool is_without_newline = !before->empty() && !before->ends_with('\n');
  if (auto noted = installation.note_crontab({entry->line, is_without_newline}); !noted) {
    return std::unexpected(noted.error());
  }
  if (auto done = crontab.replace(*before, with_entry(*before, *entry)); !done) {
    return std::unexpected(done.error());
  }
  return "added: " + entry->line;
}

void print_next_steps(Environment& environment, const Clone& clone,
                      const std::vector<Step>& steps) {
  if (std::ranges::any_of(steps, &Step::is_left)) {
    print(
        "\nWhat was left is yours to look at: move the file or its kept one away, and\n"
        "apply again.\n");
  }
  print("\nNext:\n  signalbox migrate verify -C '" + clone.worktree + "'\n  git -C '" +
        clone.worktree + "' add scripts/*.sh && git -C '" + clone.worktree +
        "' commit -m 'Call signalbox'\n");
  const auto program = os::own_executable();
  const std::string found = find_program(environment.fs, "signalbox");
  if (program && found.empty() && !os::exists(environment.fs, clone.worktree + "/bin/signalbox")) {
    print(
        "\nJobs find the program in $PATH, by $SIGNALBOX_BIN, or as bin/signalbox of the\nclone:\n"
        "  mkdir -p ~/.local/bin && cp '" +
        *program + "' ~/.local/bin/signalbox\n");
  }
}

Status apply(Environment& environment, const MigrateOptions& options) {
  const auto clone = find_worktree(environment, options);
  if (!clone) return std::unexpected(clone.error());
  Installation installation(environment.fs, *clone);
  const auto steps = installation.apply();
  if (!steps) return std::unexpected(steps.error());
  const auto crontab = apply_crontab(environment, options, *clone, installation);
  if (!crontab) return std::unexpected(crontab.error());
  print_steps(*steps, options.json, *crontab);
  if (!options.json) print_next_steps(environment, *clone, *steps);
  return {};
}

Result<std::string> undo_crontab(Environment& environment, const MigrateOptions& options,
                                 const Clone& clone, Installation& installation) {
  if (installation.crontab().line.empty()) return "nothing of ours in it";
  const auto entry = entry_for(environment, clone, installation);
  if (!entry) return std::unexpected(entry.error());
  Crontab crontab(environment.fs, options.crontab_file);
  const auto before = crontab.read();
  if (!before) return std::unexpected(before.error());
  const std::string after =
      without_entry(*before, *entry, installation.crontab().was_without_newline);
  if (after == *before) {
    return before->find(entry->mark) == std::string::npos
               ? "nothing of ours in it"
               : "left: the line after '" + entry->mark + "' was edited";
  }
  if (auto done = crontab.replace(*before, after); !done) return std::unexpected(done.error());
  if (auto noted = installation.note_crontab({}); !noted) {
    return std::unexpected(noted.error());
  }
  return "our two lines are out";
}

Status undo(Environment& environment, const MigrateOptions& options) {
  const auto clone = find_worktree(environment, options);
  if (!clone) return std::unexpected(clone.error());
  Installation installation(environment.fs, *clone);
  // First the crontab: what it calls is still there.
  const auto crontab = undo_crontab(environment, options, *clone, installation);
  if (!crontab) return std::unexpected(crontab.error());
  const auto steps = installation.undo();
  if (!steps) return std::unexpected(steps.error());
  print_steps(*steps, options.json, *crontab);
  return {};
}

// ---------------------------------------------------------------------------------------------
// verify

Status verify(Environment& environment, const MigrateOptions& options) {
  const auto clone = find_worktree(environment, options);
  if (!clone) return std::unexpected(clone.error());
  const auto program = os::own_executable();
  if (!program) return std::unexpected(program.error());
  std::optional<ProgressLine> progress;
  const auto results = rehearse(environment.fs, environment.clock,
                                {.scripts = Installation(environment.fs, *clone).directory(),
                                 .program = *program,
                                 .say = [&](const std::string& what) {
                                   progress.reset();
                                   progress.emplace(environment.clock, what, what);
                                 }});
  progress.reset();
  if (!results) return std::unexpected(results.error());
  const bool is_met = std::ranges::all_of(*results, &Expectation::is_met);
  Json document = Json::object();
  document["passed"] = is_met;
  document["expected"] = Json::array();
  std::string text;
  for (const Expectation& result : *results) {
    document["expected"].push_back(
        {{"text", result.text}, {"met", result.is_met}, {"found", result.found}});
    text += (result.is_met ? "✅ " : "❌ ") + result.text + " (" + printable(result.found) + ")\n";
  }
  print(options.json ? to_pretty(document) + "\n" : text);
  if (is_met) return {};
  return fail(ErrorKind::InputOutput, "the guide's race test does not end as expected",
              "'signalbox migrate check' shows whose scripts these are");
}

struct Phase {
  const char* name;
  const char* usage;
  const char* summary;
  const char* footer;
  Status (*run)(Environment&, const MigrateOptions&);
};

constexpr Phase phases[] = {
    {"check", "[OPTIONS] [PATH...]",
     "Say what calls the predecessor: in scripts/, the crontab, and job scripts named here.",
     "Examples:\n"
     "  signalbox migrate check\n"
     "  signalbox migrate check ~/jobs ~/research/weather/run.sh --json\n\n"
     "Changes nothing. Exit codes: 0 looked, 1 could not, 2 usage.",
     migrate_check},
    {"apply", "[OPTIONS]",
     "Put the drop-in scripts in place; what was there is kept as NAME.before-signalbox.",
     "Examples:\n"
     "  signalbox migrate apply\n"
     "  signalbox migrate apply --crontab\n\n"
     "Run again, it changes nothing. Commits nothing.\n"
     "Exit codes: 0 done, 1 could not, 2 usage.",
     apply},
    {"verify", "[OPTIONS]",
     "Play the guide's race test with the scripts in place and a scratch remote.",
     "Example:\n"
     "  signalbox migrate verify\n\n"
     "Takes some 10 s. Exit codes: 0 all as expected, 1 not, 2 usage.",
     verify},
    {"undo", "[OPTIONS]", "Put the kept scripts back and take our crontab lines out.",
     "Example:\n"
     "  signalbox migrate undo\n\n"
     "Touches only what is still as it was installed, and says what it left.\n"
     "Exit codes: 0 done, 1 could not, 2 usage.",
     undo},
};

std::string overview() {
  std::string text =
      "Move a clone over from the predecessor's scripts, and back.\n\n"
      "Usage: signalbox migrate PHASE [OPTIONS]   (each has --help)\n\n";
  constexpr std::size_t indent = 10;
  for (const Phase& phase : phases) {
    const std::string name = "  " + std::string(phase.name);
    text += name + std::string(indent - name.size(), ' ') + wrapped(phase.summary, 80, indent);
  }
  return text +
         "\nExample:\n  signalbox migrate check ~/jobs && signalbox migrate apply --crontab\n";
}

int run_phase(Environment& environment, const Phase& phase, const Arguments& arguments) {
  MigrateOptions options;
  CommandLine line("migrate " + std::string(phase.name), phase.usage, phase.summary, phase.footer);
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--json", options.json, "as JSON");
  if (phase.run == migrate_check) {
    line.positionals("PATH...", options.paths, static_cast<int>(paths_limit),
                     "job scripts, or directories of them");
  }
  if (phase.run == apply) {
    line.flag("--crontab", options.crontab, "add the sync to the crontab, if it is not there");
  }
  if (phase.run != verify) {
    line.text("--crontab-file", options.crontab_file,
              "this file in place of the user's own crontab");
  }
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto done = phase.run(environment, options);
  if (done) return 0;
  print_error(done.error());
  return exit_code(done.error().kind);
}

}  // namespace

Result<Clone> find_worktree(Environment& environment, const MigrateOptions& options) {
  auto clone = find_repository(environment, asked_repository(environment, options.repository));
  if (!clone || !clone->worktree.empty()) return clone;
  return fail(ErrorKind::Unsupported, "'" + clone->common_directory + "' has no worktree",
              "the scripts belong into a clone with files");
}

int migrate(Environment& environment, const Arguments& arguments) {
  const std::string word = arguments.empty() ? "" : arguments.front();
  for (const Phase& phase : phases) {
    if (word == phase.name) {
      return run_phase(environment, phase, Arguments(arguments.begin() + 1, arguments.end()));
    }
  }
  if (word == "--help" || word == "-h") {
    print(overview());
    return 0;
  }
  print_error({ErrorKind::InvalidInput,
               word.empty() ? "which phase of the migration?"
                            : "there is no phase '" + printable(word, 40) + "'",
               "check, apply, verify or undo; see 'signalbox migrate --help'"});
  return exit_code(ErrorKind::InvalidInput);
}

}  // namespace signalbox::cli
