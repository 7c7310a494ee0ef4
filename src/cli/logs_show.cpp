// signalbox logs show: what a job said, and the ends of its logs.
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/logs.h"
#include "publish/board_reader.h"
#include "publish/details_reader.h"

namespace signalbox::cli {
namespace {

constexpr std::chrono::seconds look_again{1};

struct Options {
  std::string repository, name, host;
  std::size_t lines = 50;
  bool follow = false, json = false;
};

struct Shown {
  std::vector<HistoryRow> entries;  // with a message, the oldest first
  std::vector<DetailRow> tails;
};

Result<Shown> look(Environment& environment, const Clone& clone, const JobName& job,
                   const Options& options) {
  Shown shown;
  const auto session = Session::open(environment.fs, environment.clock, clone);
  if (!session) return std::unexpected(session.error());
  const auto history = read_history(environment.fs, clone, **session, job,
                                    {.since = std::nullopt, .limit = options.lines}, nullptr);
  if (!history) return std::unexpected(history.error());
  for (const HistoryRow& row : history->rows) {
    if (row.event.message && (options.host.empty() || row.event.host == options.host)) {
      shown.entries.push_back(row);
    }
  }
  std::ranges::reverse(shown.entries);
  auto tails = read_details(environment.fs, clone, **session);
  if (!tails) return std::unexpected(tails.error());
  for (DetailRow& row : *tails) {
    const bool is_its = row.tail.job == job.text() ||
                        belongs_to(job.text(), row.tail.project, os::base_name_of(row.path));
    if (is_its && (options.host.empty() || row.tail.host == options.host)) {
      shown.tails.push_back(std::move(row));
    }
  }
  return shown;
}

std::string entry_line(const HistoryRow& row) {
  return format_seconds(row.event.time) + "  " + row.event.status + "  " +
         printable(*row.event.message, message_limit) + "\n";
}

std::string title(const DetailRow& row) {
  return "== " + printable(row.tail.project) + " on " + printable(row.tail.host) + ": " +
         printable(row.tail.source) + " (written " + format_seconds(row.tail.written) + ")\n";
}

// Of a log, whose tabs are its columns.
std::string shown_line(std::string_view line) {
  std::string shown;
  for (;;) {
    const auto tab = line.find('\t');
    shown += printable(line.substr(0, tab), log_line_limit);
    if (tab == std::string_view::npos) return shown;
    shown += '\t';
    line.remove_prefix(tab + 1);
  }
}

std::string last_lines(const std::string& text, std::size_t count) {
  const auto lines = lines_of(text);
  std::string kept;
  for (std::size_t at = lines.size() - std::min(count, lines.size()); at < lines.size(); ++at) {
    kept += shown_line(lines[at]) + "\n";
  }
  return kept;
}

// How many lines of `after` are new: those behind the longest end of `before` it begins with.
std::size_t new_lines(const std::string& before, const std::string& after) {
  const auto old = lines_of(before);
  const auto now = lines_of(after);
  for (std::size_t same = std::min(old.size(), now.size()); same > 0; --same) {
    if (std::equal(old.end() - static_cast<std::ptrdiff_t>(same), old.end(), now.begin())) {
      return now.size() - same;
    }
  }
  return now.size();
}

void print_text(const Shown& shown, const Options& options) {
  if (shown.entries.empty() && shown.tails.empty() && !options.follow) {
    print("nothing was logged for '" + options.name + "'\n");
  }
  for (const HistoryRow& row : shown.entries) print(entry_line(row));
  for (const DetailRow& row : shown.tails) {
    print("\n" + title(row) + last_lines(row.tail.text, options.lines));
  }
}

void print_json(const Shown& shown, const Options& options) {
  Json document = Json::object();
  document["job"] = options.name;
  document["entries"] = Json::array();
  for (const HistoryRow& row : shown.entries) {
    Json entry = Json::object();
    entry["id"] = row.event.id.text();
    entry["time"] = format_milliseconds(row.event.time);
    entry["status"] = row.event.status;
    entry["host"] = row.event.host;
    entry["message"] = *row.event.message;
    entry["published"] = !row.waiting;
    document["entries"].push_back(std::move(entry));
  }
  document["logs"] = Json::array();
  for (const DetailRow& row : shown.tails) {
    Json log = Json::object();
    log["path"] = row.path;
    log["project"] = row.tail.project;
    log["host"] = row.tail.host;
    log["source"] = row.tail.source;
    log["written"] = format_seconds(row.tail.written);
    log["published"] = !row.waiting;
    log["lines"] = Json::array();
    const std::string text = last_lines(row.tail.text, options.lines);
    for (const auto line : lines_of(text)) log["lines"].push_back(std::string(line));
    document["logs"].push_back(std::move(log));
  }
  print(to_pretty(document) + "\n");
}

// Nobody reads any more what is printed.
bool is_output_closed() {
  pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

// Until it is interrupted, or nobody reads it.
Status follow(Environment& environment, const Clone& clone, const JobName& job,
              const Options& options, Shown before) {
  while (!is_output_closed()) {
    environment.clock.sleep(look_again);
    auto now = look(environment, clone, job, options);
    if (!now) return std::unexpected(now.error());
    const EventId last = before.entries.empty() ? EventId{} : before.entries.back().event.id;
    for (const HistoryRow& row : now->entries) {
      if (row.event.id > last) print(entry_line(row));
    }
    for (const DetailRow& row : now->tails) {
      const auto known = std::ranges::find(before.tails, row.path, &DetailRow::path);
      const std::string text = known == before.tails.end() ? "" : known->tail.text;
      const std::size_t fresh = new_lines(text, row.tail.text);
      if (fresh > 0) print("\n" + title(row) + last_lines(row.tail.text, fresh));
    }
    if (now->entries.empty()) now->entries = std::move(before.entries);
    before = *std::move(now);
  }
  return {};
}

Status show(Environment& environment, const Options& options) {
  const auto job = JobName::parse(options.name);
  if (!job) return std::unexpected(job.error());
  if (options.follow && options.json) {
    return fail(ErrorKind::InvalidInput, "--follow and --json exclude each other");
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  auto shown = look(environment, *clone, *job, options);
  if (!shown) return std::unexpected(shown.error());
  if (options.json) {
    print_json(*shown, options);
    return {};
  }
  print_text(*shown, options);
  return options.follow ? follow(environment, *clone, *job, options, *std::move(shown)) : Status{};
}

}  // namespace

int logs_show(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("logs show", "[OPTIONS] JOB|PROJECT",
                   "Show what a job said, and the ends of its logs.",
                   "Examples:\n"
                   "  signalbox logs show weather\n"
                   "  signalbox logs show weather --follow --host node17");
  line.positional("JOB", options.name, CommandLine::Need::Required, "the job, or a project");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.count("--lines", options.lines, "at most so many of each, the last");
  line.text("--host", options.host, "of this host only");
  line.flag("--follow,-f", options.follow, "and what comes, until it is interrupted");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto done = show(environment, options);
  if (done) return 0;
  print_error(done.error());
  return exit_code(done.error().kind);
}

}  // namespace signalbox::cli
