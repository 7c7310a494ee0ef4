// signalbox log: what the publishers of this clone did, on all hosts, by time.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/since.h"
#include "cli/table.h"
#include "event/job_name.h"
#include "log/reader.h"
#include "publish/publish_log.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t default_limit = 100;
constexpr std::chrono::milliseconds follow_step{500};

struct Options {
  std::string repository, level, job, since;
  std::size_t limit = default_limit;
  bool json = false, follow = false;
};

struct Wanted {
  LogLevel level = LogLevel::Info;
  std::string job;
  UtcTime since;

  [[nodiscard]] bool operator()(const LogEntry& entry) const {
    return entry.level >= level && entry.time >= since && (job.empty() || entry.job == job);
  }
};

Result<Wanted> parse_wanted(const Options& options, UtcTime now) {
  Wanted wanted;
  if (!options.level.empty()) {
    const auto level = parse_log_level(options.level);
    if (!level) {
      return fail(ErrorKind::InvalidInput,
                  "there is no level '" + printable(options.level, 40) + "'",
                  "info, warning or error");
    }
    wanted.level = *level;
  }
  if (!options.job.empty()) {
    const auto job = JobName::parse(options.job);
    if (!job) return std::unexpected(job.error());
    wanted.job = job->text();
  }
  if (!options.since.empty()) {
    const auto since = parse_since(options.since, now);
    if (!since) return std::unexpected(since.error());
    wanted.since = *since;
  }
  return wanted;
}

const char* colour_of(LogLevel level) {
  if (level == LogLevel::Error) return "\x1b[31m";
  return level == LogLevel::Warning ? "\x1b[33m" : "";
}

void print_line(const LogEntry& entry, bool json, bool coloured) {
  if (json) return print(format_log_entry(entry) + "\n");
  const std::string colour = coloured ? colour_of(entry.level) : "";
  print(colour + render_log_entry(entry) + (colour.empty() ? "\n" : "\x1b[0m\n"));
}

Status print_array(const std::vector<LogEntry>& entries) {
  Json list = Json::array();
  for (const LogEntry& entry : entries) {
    auto line = parse_json(format_log_entry(entry));
    if (!line) return std::unexpected(line.error());
    list.push_back(*std::move(line));
  }
  print(to_pretty(list) + "\n");
  return {};
}

// Ends by an interrupt, or with an error.
Error follow(Environment& environment, LogReader& reader, const Wanted& wanted, bool json) {
  const bool coloured = colours_wanted();
  for (;;) {
    environment.clock.sleep(follow_step);
    const auto news = reader.next();
    if (!news) return news.error();
    for (const LogEntry& entry : *news) {
      if (wanted(entry)) print_line(entry, json, coloured);
    }
  }
}

Status show(Environment& environment, const Options& options) {
  const auto wanted = parse_wanted(options, environment.clock.wall());
  if (!wanted) return std::unexpected(wanted.error());
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  LogReader reader(environment.fs, log_directory(*clone));
  auto entries = reader.next();
  if (!entries) return std::unexpected(entries.error());
  std::erase_if(*entries, [&](const LogEntry& entry) { return !(*wanted)(entry); });
  if (options.limit > 0 && entries->size() > options.limit) {
    entries->erase(entries->begin(), entries->end() - static_cast<std::ptrdiff_t>(options.limit));
  }
  if (options.json && !options.follow) return print_array(*entries);
  const bool coloured = colours_wanted();
  for (const LogEntry& entry : *entries) print_line(entry, options.json, coloured);
  if (options.follow) return std::unexpected(follow(environment, reader, *wanted, options.json));
  return {};
}

}  // namespace

int log(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("log", "[OPTIONS]", "Show what publishers did, on all hosts, the newest last.",
                   "Examples:\n"
                   "  signalbox log --level warning --since 7d\n"
                   "  signalbox log --job weather --limit 0\n"
                   "  signalbox log --follow\n"
                   "  signalbox log --json | jq '.[] | select(.event == \"push_failed\")'");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.text("--level", options.level, "info, warning or error: this and what is graver");
  line.text("--job", options.job, "only entries about this job");
  line.text("--since", options.since, "a time, or 30m, 12h, 7d back from now");
  line.count("--limit", options.limit, "at most so many, the newest; 0 for all");
  line.flag("--follow", options.follow, "go on with what is written from now on");
  line.flag("--json", options.json, "as a JSON array; with --follow a line an entry");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto shown = show(environment, options);
  if (shown) return 0;
  print_error(shown.error());
  return exit_code(shown.error().kind);
}

}  // namespace signalbox::cli
