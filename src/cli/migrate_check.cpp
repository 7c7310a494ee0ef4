// signalbox migrate check: what calls what.
#include "base/json.h"
#include "base/text.h"
#include "cli/migrate.h"
#include "cli/table.h"
#include "cron/crontab.h"
#include "migrate/survey.h"

namespace signalbox::cli {
namespace {

// ----------------------------------------------------------------------------------------------
// check

const char* word_of(ScriptPlace place) {
  switch (place) {
    case ScriptPlace::Missing:
      return "missing";
    case ScriptPlace::Ours:
      return "signalbox";
    case ScriptPlace::Older:
      return "older signalbox";
    case ScriptPlace::Foreign:
      return "predecessor";
    case ScriptPlace::NoFile:
      break;
  }
  return "no file";
}

const char* verdict_of(const Finding& finding) {
  if (finding.call.kind != CallKind::Dangerous) return "goes on";
  return finding.is_replaced ? "replaced" : "dangerous";
}

std::string words_of(const Call& call) {
  if (call.kind == CallKind::Script) return "calls " + call.what;
  if (call.kind == CallKind::StatusFile) return "writes " + call.what;
  return call.what;
}

void print_survey(const Survey& survey, const Clone& clone) {
  std::vector<std::vector<Cell>> scripts{{{"SCRIPT"}, {"NOW"}, {"KEPT"}}};
  for (const ScriptState& script : survey.scripts) {
    scripts.push_back({{script.name},
                       {word_of(script.place)},
                       {script.has_kept ? "*" + std::string(kept_ending) : ""}});
  }
  print("scripts/ of '" + printable(clone.worktree) + "'\n" +
        format_table(scripts, terminal_width(), colours_wanted()));

  std::vector<std::vector<Cell>> rows{{{"WHERE", "", true}, {"WHAT", "", true}, {"VERDICT"}}};
  std::size_t dangerous = 0;
  for (const Finding& finding : survey.findings) {
    const std::string verdict = verdict_of(finding);
    const bool is_dangerous = verdict == "dangerous";
    dangerous += is_dangerous ? 1 : 0;
    rows.push_back({{printable(finding.file) + ":" + std::to_string(finding.call.line)},
                    {words_of(finding.call)},
                    {verdict, is_dangerous ? red : ""}});
  }
  print("\nThe crontab, and " + std::to_string(survey.files) + " files\n" +
        (rows.size() == 1 ? "nothing calls the predecessor\n"
                          : format_table(rows, terminal_width(), colours_wanted())));
  for (const std::string& skipped : survey.skipped) print_warning(printable(skipped, 400));
  if (dangerous == 0) return;
  print("\nDangerous, if it runs in this clone\n");
  for (const Finding& finding : survey.findings) {
    if (std::string(verdict_of(finding)) != "dangerous") continue;
    print("  " + printable(finding.file) + ":" + std::to_string(finding.call.line) + "\n    " +
          wrapped(printable(finding.call.text), terminal_width(), 6) + "    " +
          wrapped(finding.call.why + "; take it out: `signalbox sync` does what is needed",
                  terminal_width(), 4));
  }
}

void print_survey_json(const Survey& survey, const Clone& clone) {
  Json document = Json::object();
  document["clone"] = clone.worktree;
  document["files"] = survey.files;
  document["scripts"] = Json::array();
  for (const ScriptState& script : survey.scripts) {
    document["scripts"].push_back(
        {{"name", script.name}, {"state", word_of(script.place)}, {"kept", script.has_kept}});
  }
  document["findings"] = Json::array();
  for (const Finding& finding : survey.findings) {
    document["findings"].push_back({{"file", finding.file},
                                    {"line", finding.call.line},
                                    {"what", words_of(finding.call)},
                                    {"verdict", verdict_of(finding)},
                                    {"why", finding.call.why},
                                    {"text", finding.call.text}});
  }
  document["skipped"] = survey.skipped;
  print(to_pretty(document) + "\n");
}

}  // namespace

Status migrate_check(Environment& environment, const MigrateOptions& options) {
  const auto clone = find_worktree(environment, options);
  if (!clone) return std::unexpected(clone.error());
  auto crontab = Crontab(environment.fs, options.crontab_file).read();
  if (!crontab && crontab.error().kind == ErrorKind::NotFound && options.crontab_file.empty()) {
    print_warning("no crontab was read: " + crontab.error().what);
    crontab = std::string();
  }
  if (!crontab) return std::unexpected(crontab.error());
  const Installation installation(environment.fs, *clone);
  const auto found = survey(environment.fs, installation, *crontab, options.paths);
  if (!found) return std::unexpected(found.error());
  options.json ? print_survey_json(*found, *clone) : print_survey(*found, *clone);
  return {};
}

}  // namespace signalbox::cli
