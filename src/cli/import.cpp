// signalbox import: the predecessor's past becomes events.
#include "intake/import.h"

#include <algorithm>

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "publish/publisher.h"
#include "site/publish.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t portion = largest_batch;  // events that wait before they are published
constexpr std::size_t shown_limit = 20;         // of the unusable ones, on a terminal

struct Options {
  std::string repository;
  bool dry_run = false, json = false;
};

struct Outcome {
  ImportReport report;
  std::string branch;
  std::size_t adopted = 0;  // files that were adopted before
};

Status publish_all(Environment& environment, const Clone& clone, bool fetch_first,
                   std::size_t* adopted = nullptr) {
  const auto outcome =
      publish_until_idle(environment.fs, environment.clock, clone,
                         {.fetch_first = fetch_first,
                          .urgent = true,
                          .progress = nullptr,
                          .say = [](const std::string& line) { print_warning(line); },
                          .after = site::site_follows(environment.fs, environment.clock, clone)});
  if (!outcome) return std::unexpected(outcome.error());
  for (const std::string& note : outcome->notes) print_warning(note);
  if (adopted != nullptr) *adopted = outcome->adopted;
  return {};
}

Result<ImportReport> import_past(Environment& environment, const Clone& clone, Session& session,
                                 bool dry_run) {
  const auto tip = session.shown_tip();
  if (!tip) return std::unexpected(tip.error());
  const auto index = session.index();
  if (!index) return std::unexpected(index.error());
  ProgressLine progress(environment.clock, "reading the past", "reading the past, commits");
  if (auto done = session.repository().update_index(**index, *tip, nullptr); !done) {
    return std::unexpected(done.error());
  }
  Spool spool(environment.fs, clone.spool_directory());
  Import import(session.repository(), **index, *tip, spool);
  return import.run(
      {.dry_run = dry_run,
       .portion = portion,
       .publish = [&] { return publish_all(environment, clone, false); },
       .progress = [&](std::size_t done, std::size_t total) { progress.update(done, total); }});
}

Result<Outcome> import_into(Environment& environment, const Options& options) {
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  Outcome outcome;
  // What the branch and the files show now comes first: the past goes behind it.
  if (!options.dry_run) {
    auto done = publish_all(environment, *clone, true, &outcome.adopted);
    if (!done) return std::unexpected(done.error());
  }
  const auto session = Session::open(environment.fs, environment.clock, *clone);
  if (!session) return std::unexpected(session.error());
  outcome.branch = (*session)->target().branch;
  auto report = import_past(environment, *clone, **session, options.dry_run);
  if (!report) return std::unexpected(report.error());
  outcome.report = *std::move(report);
  if (!options.dry_run && outcome.report.added > 0) {
    if (auto done = publish_all(environment, *clone, false); !done) {
      return std::unexpected(done.error());
    }
  }
  return outcome;
}

void print_json(const Outcome& outcome, bool dry_run) {
  const ImportReport& report = outcome.report;
  Json document = Json::object();
  document["branch"] = outcome.branch;
  document["dry_run"] = dry_run;
  document["commits"] = report.commits;
  document["whole"] = report.is_whole;
  document["files"] = report.files;
  document["versions"] = report.versions;
  document["documents"] = report.documents;
  document["new"] = report.added;
  document["known"] = report.known;
  document["duplicates"] = report.duplicates;
  document["empty"] = report.empty;
  document["invalid"] = report.invalid;
  document["unusable"] = Json::array();
  for (const auto& one : report.unusable) {
    document["unusable"].push_back(
        {{"commit", one.commit}, {"path", one.path}, {"reason", one.reason}});
  }
  print(to_pretty(document) + "\n");
}

std::string table_of_unusable(const std::vector<ImportReport::Unusable>& unusable) {
  std::vector<std::vector<Cell>> cells;
  cells.push_back({{"COMMIT"}, {"PATH", "", true}, {"REASON", "", true}});
  for (const auto& one : unusable) {
    if (cells.size() > shown_limit) break;
    cells.push_back({{one.commit.empty() ? "the tip" : one.commit.substr(0, 10)},
                     {printable(one.path)},
                     {printable(one.reason)}});
  }
  return format_table(cells, terminal_width(), colours_wanted());
}

void print_text(const Outcome& outcome, bool dry_run) {
  const ImportReport& report = outcome.report;
  const auto count = [](std::size_t number) { return std::to_string(number); };
  print(count(report.versions) + " versions of " + count(report.files) + " status files in " +
        count(report.commits) + " commits, and " + count(report.documents) +
        " documents of data/history/\n");
  const std::vector<std::vector<Cell>> cells{
      {{dry_run ? "would be new" : "new events"}, {count(report.added)}},
      {{"known"}, {count(report.known)}},
      {{"duplicates"}, {count(report.duplicates)}},
      {{"empty"}, {count(report.empty)}},
      {{"invalid"}, {count(report.invalid)}}};
  print(format_table(cells, terminal_width(), false));
  if (report.unusable.empty()) return;
  print("\n" + table_of_unusable(report.unusable));
  const std::size_t all = report.empty + report.invalid;
  if (all > shown_limit) print("and more: " + count(all) + " in all ('--json' names them)\n");
}

}  // namespace

int import(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("import", "[OPTIONS]",
                   "Make events of what the predecessor left: the documents of data/history/, and "
                   "every version of the files of data/status/ in the branch's commits.",
                   "Examples:\n"
                   "  signalbox import --dry-run\n"
                   "  signalbox import -C ~/monitor\n\n"
                   "Publishes first what waits, then the past. Run again, it changes nothing.\n"
                   "Exit codes as `signalbox sync`.");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("-n,--dry-run", options.dry_run, "only count, in what this clone has of the branch");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto outcome = import_into(environment, options);
  if (!outcome) {
    print_error(outcome.error());
    return exit_code(outcome.error().kind);
  }
  if (!outcome->report.is_whole) {
    print_warning(
        "the past is not whole: this clone is shallow ('git fetch --unshallow' brings the rest), "
        "or it has more than a million commits");
  }
  options.json ? print_json(*outcome, options.dry_run) : print_text(*outcome, options.dry_run);
  return 0;
}

}  // namespace signalbox::cli
