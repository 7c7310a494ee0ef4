// signalbox logs: collect, list and show the ends of logs.
#include "cli/logs.h"

#include "base/text.h"
#include "board/view.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "details/collection.h"
#include "os/host.h"
#include "publish/board_reader.h"
#include "publish/details_reader.h"
#include "publish/publisher.h"
#include "secrets/masker.h"

namespace signalbox::cli {
namespace {

constexpr int most_places = 10'000;

struct CollectOptions {
  std::string repository, project;
  std::vector<std::string> places, endings;
  std::size_t lines = 500, keep_files = 50, keep_bytes = 5UL << 20U;
  bool no_publish = false, json = false, quiet = false;
};

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

void print_collection(const Collection& collection, const CollectOptions& options) {
  if (options.json) {
    Json summary = Json::object();
    summary["collected"] = list_of(collection.collected);
    summary["removed"] = list_of(collection.removed);
    summary["unchanged"] = collection.unchanged;
    summary["left_out"] = list_of(collection.left_out);
    print(to_pretty(summary) + "\n");
  } else if (!options.quiet) {
    print("collected " + std::to_string(collection.collected.size()) + ", unchanged " +
          std::to_string(collection.unchanged) + ", removed " +
          std::to_string(collection.removed.size()) + "\n");
  }
}

Result<Collection> run_collect(Environment& environment, const CollectOptions& options) {
  if (Masker().masked(options.project) != options.project) {
    return fail(ErrorKind::InvalidInput, "the name of the project holds a secret",
                "it would be published as it is: choose another one");
  }
  auto project = JobName::parse(options.project);
  if (!project) {
    return fail(ErrorKind::InvalidInput, "--project: " + project.error().what,
                project.error().advice);
  }
  if (options.lines < 1 || options.lines > most_log_lines || options.keep_files < 1) {
    return fail(ErrorKind::InvalidInput, "--lines is from 1 to " + std::to_string(most_log_lines) +
                                             ", --keep-files at least 1");
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  // Settings that cannot be used end it here: nothing is collected with half of the patterns.
  const auto session = Session::open(environment.fs, environment.clock, *clone);
  if (!session) return std::unexpected(session.error());
  CollectRequest request{.project = *project, .host = os::host_name(), .places = options.places};
  if (!options.endings.empty()) request.endings = options.endings;
  request.lines = options.lines;
  request.keep_files = options.keep_files;
  request.keep_bytes = options.keep_bytes;

  const auto board = read_board(environment.fs, *clone, **session, std::nullopt);
  if (!board) return std::unexpected(board.error());
  std::vector<std::string> jobs;
  for (const BoardRow& row : *board) jobs.push_back(row.event.job.text());
  const std::string below = os::parent_of(tail_path(*project, request.host, "x"));
  const auto files = read_detail_files(environment.fs, *clone, **session, below);
  if (!files) return std::unexpected(files.error());
  Collected before;
  for (const auto& [path, bytes] : *files) before.paths.push_back(path);
  before.bytes = [&](const std::string& path) -> Result<std::optional<std::string>> {
    const auto found = files->find(path);
    return found == files->end() ? std::nullopt : std::optional(found->second);
  };
  Outbox outbox(environment.fs, clone->outbox_directory());
  auto collection = collect(environment.fs, request, (*session)->masker(), jobs, before, outbox,
                            environment.clock.wall());
  if (collection && !options.no_publish && outbox.waiting() > 0) {
    if (auto started = start_detached_publisher(environment.fs, environment.clock, *clone);
        !started) {
      print_warning("no publisher was started: " + started.error().what +
                    "; the next report or sync publishes");
    }
  }
  return collection;
}

std::string table_of(const std::vector<DetailRow>& rows) {
  std::vector<std::vector<Cell>> cells;
  cells.push_back({{"PROJECT", "", true},
                   {"HOST", "", true},
                   {"SOURCE", "", true},
                   {"JOB", "", true},
                   {"WRITTEN"},
                   {"LINES"},
                   {"SENT"}});
  for (const DetailRow& row : rows) {
    cells.push_back({{printable(row.tail.project, 40)},
                     {printable(row.tail.host, 40)},
                     {printable(row.tail.source, 60)},
                     {printable(row.tail.job, 40)},
                     {format_minutes(row.tail.written)},
                     {std::to_string(row.tail.lines)},
                     {row.waiting ? "waiting" : "published"}});
  }
  return format_table(cells, terminal_width(), colours_wanted());
}

Status run_list(Environment& environment, const std::string& repository, bool json) {
  const auto clone = find_repository(environment, asked_repository(environment, repository));
  if (!clone) return std::unexpected(clone.error());
  const auto session = Session::open(environment.fs, environment.clock, *clone);
  if (!session) return std::unexpected(session.error());
  const auto rows = read_details(environment.fs, *clone, **session);
  if (!rows) return std::unexpected(rows.error());
  if (!json) {
    print(rows->empty() ? "no logs were collected\n" : table_of(*rows));
    return {};
  }
  Json list = Json::array();
  for (const DetailRow& row : *rows) {
    Json entry = Json::object();
    entry["path"] = row.path;
    entry["project"] = row.tail.project;
    entry["host"] = row.tail.host;
    entry["source"] = row.tail.source;
    entry["job"] = row.tail.job;
    entry["written"] = format_seconds(row.tail.written);
    entry["size"] = row.tail.size;
    entry["lines"] = row.tail.lines;
    entry["published"] = !row.waiting;
    list.push_back(std::move(entry));
  }
  print(to_pretty(list) + "\n");
  return {};
}

}  // namespace

int logs_collect(Environment& environment, const Arguments& arguments) {
  CollectOptions options;
  CommandLine line(
      "logs collect", "[OPTIONS] --project PROJECT LOGDIR|FILE...",
      "Collect the ends of logs into the repository, secrets masked.",
      "Examples:\n"
      "  signalbox logs collect -C ~/monitor --project weather ~/weather/logs\n"
      "  signalbox logs collect --project weather --lines 100 slurm-4711.out\n\n"
      "Of a directory: its files (not those below it) that end in .log, .out, .err or\n"
      ".txt. What cannot be read or is no text is named and left out.");
  line.positionals("LOGDIR|FILE...", options.places, most_places, "directories and files");
  line.text("--project", options.project, "the project, often a job's name");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.count("--lines", options.lines, "the last so many lines of each log");
  line.list("--pattern", options.endings, "how names of logs end, as '.log'; repeatable");
  line.count("--keep-files", options.keep_files, "of this project and host, the newest");
  line.count("--keep-bytes", options.keep_bytes, "of this project and host, all together");
  line.flag("--no-publish", options.no_publish, "collect only; a later sync publishes");
  line.flag("--json", options.json, "as JSON");
  line.flag("-q,--quiet", options.quiet, "say nothing when all went well");
  if (const auto ended = line.parse(arguments)) return *ended;
  if (options.project.empty() || options.places.empty()) {
    print_error({ErrorKind::InvalidInput, "a project and at least one directory or file are needed",
                 "see 'signalbox logs collect --help'"});
    return exit_code(ErrorKind::InvalidInput);
  }
  const auto collection = run_collect(environment, options);
  if (!collection) {
    print_error(collection.error());
    return exit_code(collection.error().kind);
  }
  for (const std::string& why : collection->left_out) print_warning("not collected: " + why);
  print_collection(*collection, options);
  return 0;
}

int logs_list(Environment& environment, const Arguments& arguments) {
  std::string repository;
  bool json = false;
  CommandLine line("logs list", "[OPTIONS]", "List the collected logs.",
                   "Example:\n  signalbox logs list -C ~/monitor");
  line.text("-C,--repository", repository, "the monitor repository");
  line.flag("--json", json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto done = run_list(environment, repository, json);
  if (done) return 0;
  print_error(done.error());
  return exit_code(done.error().kind);
}

int logs(Environment& environment, const Arguments& arguments) {
  const std::string verb = arguments.empty() ? "" : arguments.front();
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (verb == "collect") return logs_collect(environment, rest);
  if (verb == "list") return logs_list(environment, rest);
  if (verb == "show") return logs_show(environment, rest);
  const std::string usage =
      "Usage: signalbox logs collect|show|list [OPTIONS]   (each has --help)\n\n"
      "Examples:\n"
      "  signalbox logs collect --project weather ~/weather/logs\n"
      "  signalbox logs show weather --follow\n"
      "  signalbox logs list\n";
  if (verb == "--help" || verb == "-h") {
    print(usage);
    return 0;
  }
  print_error({ErrorKind::InvalidInput, "'logs' needs one of collect, show and list",
               "see 'signalbox logs --help'"});
  return exit_code(ErrorKind::InvalidInput);
}

}  // namespace signalbox::cli
