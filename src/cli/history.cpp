// signalbox history: what a job reported, newest first.
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/since.h"
#include "cli/table.h"
#include "publish/board_reader.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t default_limit = 20;

struct Options {
  std::string repository, job, since;
  std::size_t limit = default_limit;
  bool json = false;
};

std::string table_of(const std::vector<HistoryRow>& rows) {
  std::vector<std::vector<Cell>> cells;
  cells.push_back({{"TIME"},
                   {"STATUS", "", true},
                   {"PROGRESS"},
                   {"DURATION"},
                   {"HOST", "", true},
                   {"SENT"},
                   {"MESSAGE", "", true}});
  for (const HistoryRow& row : rows) {
    const Event& event = row.event;
    cells.push_back({{event.time == UtcTime{} ? "unknown" : format_seconds(event.time)},
                     {event.status, colour_of(event.status)},
                     {event.progress ? to_line(number(*event.progress)) + "%" : ""},
                     {event.duration ? std::to_string(*event.duration) + "s" : ""},
                     {printable(event.host, 40)},
                     {row.waiting ? "waiting" : "published"},
                     {event.message ? printable(*event.message, 120) : ""}});
  }
  return format_table(cells, terminal_width(), colours_wanted());
}

Result<int> show(Environment& environment, const Options& options) {
  const auto job = JobName::parse(options.job);
  if (!job) return std::unexpected(job.error());
  HistoryIndex::Query query{.since = std::nullopt, .limit = options.limit};
  if (!options.since.empty()) {
    const auto since = parse_since(options.since, environment.clock.wall());
    if (!since) return std::unexpected(since.error());
    query.since = *since;
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  const auto session = Session::open(environment.fs, environment.clock, *clone);
  if (!session) return std::unexpected(session.error());
  std::optional<ProgressLine> progress;
  progress.emplace(environment.clock, "reading the history", "reading the history");
  const auto history =
      read_history(environment.fs, *clone, **session, *job, query,
                   [&](std::size_t done, std::size_t total) { progress->update(done, total); });
  progress.reset();
  if (!history) return std::unexpected(history.error());
  const std::vector<HistoryRow>& rows = history->rows;
  if (options.json) {
    Json list = Json::array();
    for (const HistoryRow& row : rows) {
      auto line = parse_json(format_event(row.event));
      if (!line) return std::unexpected(line.error());
      (*line)["published"] = !row.waiting;
      list.push_back(*std::move(line));
    }
    print(to_pretty(list) + "\n");
  } else if (rows.empty()) {
    print("job '" + job->text() + "' has no reports" +
          (options.since.empty() ? "" : " since " + printable(options.since, 40)) + "\n");
  } else {
    print(table_of(rows));
  }
  if (!options.json && history->thinned > 0) {
    print(std::to_string(history->thinned) +
          (history->thinned == 1 ? " older progress report was" : " older progress reports were") +
          " thinned\n");
  }
  return 0;
}

}  // namespace

int history(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("history", "[OPTIONS] JOB", "Show what a job reported, newest first.",
                   "Examples:\n"
                   "  signalbox history weather\n"
                   "  signalbox history weather --since 7d --limit 0\n"
                   "  signalbox history weather --since 2025-08-17 --json");
  line.positional("JOB", options.job, CommandLine::Need::Required, "the job");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.text("--since", options.since, "a time, or 30m, 12h, 7d back from now");
  line.count("--limit", options.limit, "at most so many, 0 for all");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto shown = show(environment, options);
  if (shown) return *shown;
  print_error(shown.error());
  return exit_code(shown.error().kind);
}

}  // namespace signalbox::cli
