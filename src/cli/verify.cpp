// signalbox verify: whether what writers were told is true of the published branch.
#include "verify/verify.h"

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "publish/target.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t tips_file_limit = 64UL << 20U;
constexpr std::size_t line_width = 76;  // of a text below the table

struct Options {
  std::string journal, branch, since, repository, remote, tips;
  std::vector<std::string> clones;
  bool json = false;
};

Result<RemoteBranch> find_remote(Environment& environment, const Options& options) {
  if (!options.remote.empty()) {
    return open_remote(environment.fs, options.remote, options.branch);
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  const auto repository = Repository::open(*clone);
  if (!repository) return std::unexpected(repository.error());
  const auto settings = read_settings(environment.fs, *clone, *repository);
  if (!settings) return std::unexpected(settings.error());
  auto target = resolve_target(environment.fs, *clone, *repository, *settings);
  if (!target) return std::unexpected(target.error());
  if (!options.branch.empty()) target->branch = options.branch;
  const auto url = repository->config("remote." + target->remote + ".url");
  return open_remote_of(environment.fs, *clone, *target, url.value_or(""));
}

Result<std::vector<std::string>> read_tips(os::FileSystem& fs, const std::string& path) {
  std::vector<std::string> tips;
  if (path.empty()) return tips;
  const auto bytes = fs.read(path, tips_file_limit);
  if (!bytes) return fail(ErrorKind::InvalidInput, bytes.error().what, bytes.error().advice);
  for (const std::string_view line : lines_of(*bytes)) {
    if (trimmed(line).empty()) continue;
    if (!is_commit_id(trimmed(line))) {
      return fail(ErrorKind::InvalidInput,
                  "'" + printable(line, 60) + "' in '" + printable(path) + "' is no commit's id",
                  "--tips names a file with a commit's id on each line");
    }
    tips.emplace_back(trimmed(line));
  }
  return tips;
}

Json json_of(const Finding& finding, const RuleText& text) {
  Json rule = Json::object();
  rule["rule"] = text.name;
  rule["holds"] = finding.violations == 0;
  rule["checked"] = finding.checked;
  rule["violations"] = finding.violations;
  if (finding.first) {
    rule["first"]["what"] = finding.first->what;
    rule["first"]["commit"] = finding.first->commit;
    rule["first"]["path"] = finding.first->path;
    rule["first"]["event"] = finding.first->event;
  }
  return rule;
}

Json json_of(const Verdict& verdict, const Journal& journal, const RemoteBranch& remote) {
  Json document = Json::object();
  document["verdict"] = verdict.proven() ? "proven" : "violated";
  document["branch"] = remote.branch;
  document["tip"] = verdict.tip;
  document["since"] = verdict.since;
  Json& counts = document["counts"];
  counts["acknowledged"] = journal.acknowledgements().size();
  counts["writers"] = journal.writers();
  counts["torn_lines"] = journal.torn_lines();
  counts["commits"] = verdict.past.commits;
  counts["commits_by_signalbox"] = verdict.past.by_signalbox;
  counts["merges_by_people"] = verdict.past.merges_by_people;
  counts["views_set_back_by_people"] = verdict.past.set_back_by_people;
  counts["jobs"] = verdict.present.jobs;
  counts["files_of_other_programs"] = verdict.present.foreign_files;
  counts["events"] = verdict.present.events;
  counts["thinned_events"] = verdict.present.thinned;
  counts["unreadable_lines"] = verdict.present.unreadable_lines;
  counts["unreadable_segments"] = verdict.present.unreadable_files;
  document["rules"] = Json::array();
  for (const RuleText& text : rule_texts()) {
    document["rules"].push_back(json_of(verdict.findings.of(text.rule), text));
  }
  return document;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string labelled(const std::string& label, const std::string& text) {
  constexpr std::size_t indent = 12;
  const std::string start = "  " + label;
  return start + std::string(indent - start.size(), ' ') + wrapped(text, line_width, indent);
}

std::string summary_of(const Verdict& verdict, const Journal& journal, const RemoteBranch& remote) {
  std::string text = "journal   " +
                     counted(journal.acknowledgements().size(), "report", "reports") +
                     " acknowledged to " + counted(journal.writers(), "writer", "writers");
  if (journal.torn_lines() > 0)
    text += ", " + counted(journal.torn_lines(), "torn line", "torn lines");
  text += "\nbranch    " + printable(remote.branch, 40) +
          (verdict.tip.empty() ? ", which is not there" : " at " + verdict.tip.substr(0, 10));
  text += "\npast      " + counted(verdict.past.commits, "commit", "commits");
  if (!verdict.since.empty()) text += " since " + verdict.since.substr(0, 10);
  text += ", " + std::to_string(verdict.past.by_signalbox) + " of Signalbox, " +
          std::to_string(verdict.past.commits - verdict.past.by_signalbox) + " of people";
  if (verdict.past.merges_by_people > 0) {
    text += " (" + counted(verdict.past.merges_by_people, "merge", "merges") + ")";
  }
  text += "\npresent   " + counted(verdict.present.events, "event", "events") + " of " +
          counted(verdict.present.jobs, "job", "jobs");
  if (verdict.present.thinned > 0)
    text += ", " + std::to_string(verdict.present.thinned) + " thinned";
  text += "\n";
  const auto note = [&](std::size_t count, const std::string& one, const std::string& many) {
    if (count > 0) text += "note      " + counted(count, one, many) + "\n";
  };
  note(verdict.past.set_back_by_people, "view was set back by a person's commit",
       "views were set back by people's commits");
  note(verdict.present.foreign_files, "status file is another program's",
       "status files are other programs'");
  note(verdict.present.unreadable_lines, "line of the history cannot be read",
       "lines of the history cannot be read");
  note(verdict.present.unreadable_files, "segment is too large to be read",
       "segments are too large to be read");
  return text;
}

std::string table_of(const Verdict& verdict) {
  const char* const good = colour_of("completed");
  const char* const bad = colour_of("failed");
  std::vector<std::vector<Cell>> cells;
  cells.push_back({{"RULE"}, {"VERDICT"}, {"CHECKED"}, {"WHAT IT SAYS", "", true}});
  for (const RuleText& text : rule_texts()) {
    const Finding& finding = verdict.findings.of(text.rule);
    const bool broken = finding.violations > 0;
    cells.push_back({{text.name},
                     {broken ? "BROKEN " + std::to_string(finding.violations) + "x" : "holds",
                      broken ? bad : good},
                     {std::to_string(finding.checked)},
                     {text.holds}});
  }
  return format_table(cells, terminal_width(), colours_wanted());
}

std::string violations_of(const Verdict& verdict) {
  std::string text;
  for (const RuleText& rule : rule_texts()) {
    const Finding& finding = verdict.findings.of(rule.rule);
    if (!finding.first) continue;
    text += "\n" + std::string(rule.name) + " is broken, first here:\n";
    text += labelled("what", printable(finding.first->what, 400));
    if (!finding.first->event.empty()) text += labelled("event", finding.first->event);
    if (!finding.first->commit.empty()) text += labelled("commit", finding.first->commit);
    if (!finding.first->path.empty()) text += labelled("path", printable(finding.first->path, 300));
  }
  return text;
}

Result<int> check(Environment& environment, const Options& options) {
  const auto journal = Journal::read(environment.fs, options.journal);
  if (!journal) return std::unexpected(journal.error());
  const auto tips = read_tips(environment.fs, options.tips);
  if (!tips) return std::unexpected(tips.error());
  VerifyRequest request{.since = options.since, .tips = *tips};
  for (const std::string& path : options.clones) {
    auto clone = find_clone(environment.fs, path);
    if (!clone) return std::unexpected(clone.error());
    request.clones.push_back(*std::move(clone));
  }
  std::optional<ProgressLine> progress;
  progress.emplace(environment.clock, "talking to the remote", "checking commit");
  auto remote = find_remote(environment, options);
  if (!remote) return std::unexpected(remote.error());
  request.remote = *std::move(remote);
  request.walked = [&](std::size_t commits) { progress->update(commits, 0); };
  std::optional<ProgressLine> reading;
  request.read_days = [&](std::size_t done, std::size_t total) {
    progress.reset();
    if (!reading) reading.emplace(environment.clock, "reading the history", "reading day");
    reading->update(done, total);
  };
  const auto verdict = verify(environment.fs, *journal, request);
  progress.reset();
  reading.reset();
  if (!verdict) return std::unexpected(verdict.error());
  if (options.json) {
    print(to_pretty(json_of(*verdict, *journal, request.remote)) + "\n");
  } else {
    print(summary_of(*verdict, *journal, request.remote) + "\n" + table_of(*verdict) +
          violations_of(*verdict) +
          "\nverdict: " + (verdict->proven() ? "proven\n" : "NOT PROVEN\n"));
  }
  return verdict->proven() ? 0 : 1;
}

}  // namespace

int verify(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line(
      "verify", "[OPTIONS] --journal DIR [REMOTE]",
      "Prove, from the branch's own objects, that what writers were told is true.",
      "REMOTE is a directory or a URL; without one, what the clone (-C) publishes to.\n\n"
      "Examples:\n"
      "  signalbox verify --journal acks/ /srv/monitor.git\n"
      "  signalbox verify --journal acks/ -C ~/monitor --since v1.0 --json\n"
      "  signalbox verify --journal acks/ git@example.org:lab/monitor.git\n\n"
      "A journal holds one file a writer, with a line '<event id> <job> <status> [run]'\n"
      "for each report that printed 'recorded' (docs/formats/journal.md).\n\n"
      "Exit codes: 0 proven, 1 a rule is broken, 2 usage; else as 'signalbox sync'.");
  line.text("--journal", options.journal, "the directory of the writers' journals");
  line.text("--branch", options.branch, "another branch than the published one");
  line.text("--since", options.since, "a commit: look at what came after it");
  line.text("--tips", options.tips, "a file with commits that the branch was seen at");
  line.list("--clone", options.clones, "a clone that took part: looked at for traces; repeatable");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--json", options.json, "as JSON");
  line.positional("REMOTE", options.remote, CommandLine::Need::Optional, "a directory or a URL");
  if (const auto ended = line.parse(arguments)) return *ended;
  if (options.journal.empty()) {
    print_error({ErrorKind::InvalidInput, "no journal is named",
                 "--journal DIR; see 'signalbox verify --help'"});
    return exit_code(ErrorKind::InvalidInput);
  }
  const auto verdict = check(environment, options);
  if (verdict) return *verdict;
  print_error(verdict.error());
  return exit_code(verdict.error().kind);
}

}  // namespace signalbox::cli
