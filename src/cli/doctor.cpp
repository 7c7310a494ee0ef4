// signalbox doctor: every check with a verdict, what it means and what to do.
#include "doctor/doctor.h"

#include <algorithm>

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "lock/lock_owner.h"
#include "lock/publisher_lock.h"
#include "os/signals.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t widest = 100;  // columns: longer lines are hard to read
constexpr std::size_t pipe_width = 80;
constexpr std::size_t verdict_width = 9;
constexpr const char* reset = "\x1b[0m";

struct Options {
  std::string repository;
  bool json = false, fix = false;
};

const char* colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "\x1b[32m";
    case Verdict::Note:
      return "\x1b[36m";
    case Verdict::Warning:
      return "\x1b[33m";
    case Verdict::Broken:
      break;
  }
  return "\x1b[1;31m";
}

// Scripts tell apart what can wait from what loses reports.
int exit_status(Verdict verdict) {
  if (verdict == Verdict::Broken) return 4;
  return verdict == Verdict::Warning ? 3 : 0;
}

std::string text_of(const Check& check, std::size_t id_width, std::size_t width, bool coloured) {
  const std::string word = word_of(check.verdict);
  const std::size_t indent = verdict_width + id_width + 2;
  const std::string margin(indent, ' ');
  std::string text = coloured ? colour_of(check.verdict) + word + reset : word;
  text += std::string(verdict_width - word.size(), ' ') + check.id +
          std::string(indent - verdict_width - check.id.size(), ' ');
  text += wrapped(check.found, width, indent);
  if (!check.fixed.empty()) text += margin + wrapped("fixed: " + check.fixed, width, indent);
  if (check.verdict == Verdict::Ok) return text;
  if (!check.meaning.empty()) text += margin + wrapped(check.meaning, width, indent);
  if (!check.advice.empty()) text += margin + wrapped("-> " + check.advice, width, indent);
  return text;
}

std::string summary_of(const std::vector<Check>& checks, bool fix) {
  std::string text = std::to_string(checks.size()) + " checks";
  for (const Verdict verdict : {Verdict::Broken, Verdict::Warning, Verdict::Note, Verdict::Ok}) {
    const auto count = std::ranges::count(checks, verdict, &Check::verdict);
    if (count > 0) text += ", " + std::to_string(count) + " " + word_of(verdict);
  }
  const bool can_fix = std::ranges::any_of(
      checks, [](const Check& check) { return check.fixable && check.verdict != Verdict::Ok; });
  text += "\n";
  if (can_fix && !fix) text += "'signalbox doctor --fix' mends what cannot lose anything\n";
  return text;
}

void show(const Examined& examined, bool fix) {
  std::size_t id_width = 0;
  for (const Check& check : examined.checks) id_width = std::max(id_width, check.id.size());
  const std::size_t width = is_terminal_output() ? std::min(terminal_width(), widest) : pipe_width;
  std::string text;
  for (const Check& check : examined.checks) {
    text += text_of(check, id_width, width, colours_wanted());
  }
  print(text + "\n" + summary_of(examined.checks, fix));
}

void show_json(const Examined& examined) {
  Json document = Json::object();
  document["verdict"] = word_of(worst_of(examined.checks));
  document["checks"] = Json::array();
  for (const Check& check : examined.checks) document["checks"].push_back(json_of(check));
  document["clones"] = Json::array();
  for (const auto& [clone, health] : examined.clones) {
    document["clones"].push_back(json_of(health));
  }
  print(to_pretty(document) + "\n");
}

Examined look(Environment& environment, const Options& options) {
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return without_clone(clone.error());
  if (options.fix) {
    os::delete_own_lock_on_signal(clone->common_directory + "/" + std::string(advertised_lock_name),
                                  format_owner());
  }
  const ProgressLine progress(environment.clock, "examining", "examining");
  return examine(environment.fs, environment.clock, *clone, options.fix);
}

}  // namespace

int doctor(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("doctor", "[OPTIONS]",
                   "Look at everything that keeps reports from reaching the others.",
                   "Examples:\n"
                   "  signalbox doctor -C ~/monitor\n"
                   "  signalbox doctor --fix\n"
                   "  signalbox doctor --json | jq '.checks[] | select(.verdict != \"ok\")'\n\n"
                   "Exit codes: 0 healthy, 2 usage, 3 warnings, 4 broken.");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--json", options.json, "as JSON");
  line.flag("--fix", options.fix, "mend what cannot lose anything");
  if (const auto ended = line.parse(arguments)) return *ended;
  const Examined examined = look(environment, options);
  if (options.json) {
    show_json(examined);
  } else {
    show(examined, options.fix);
  }
  return exit_status(worst_of(examined.checks));
}

}  // namespace signalbox::cli
