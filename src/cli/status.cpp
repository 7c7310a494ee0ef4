// signalbox status: the jobs, and the state of the clone.
#include <algorithm>

#include "base/text.h"
#include "board/view.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "lock/publisher_lock.h"
#include "publish/board_reader.h"
#include "publish/publisher.h"

namespace signalbox::cli {
namespace {

struct Options {
  std::string repository, job;
  std::vector<std::string> statuses;
  bool json = false;
};

struct CloneState {
  WaitingEvents waiting;
  PublishState publish;
  std::optional<LockHolder> holder;
  Target target;
  std::string spool;
};

std::string time_or_never(const std::optional<UtcTime>& time, UtcTime now) {
  return time ? format_seconds(*time) + " (" + age(now - *time) + " ago)" : "never";
}

std::string number_text(const std::optional<double>& value) {
  return value ? to_line(number(*value)) : "";
}

std::string table_of(const std::vector<BoardRow>& rows, UtcTime now) {
  constexpr const char* bold = "\x1b[1m";
  std::vector<std::vector<Cell>> cells;
  cells.push_back({});
  for (const std::string title :
       {"JOB", "STATUS", "PROGRESS", "UPDATED", "AGE", "RUN", "HOST", "SENT"}) {
    cells.back().push_back(
        {title, bold, title == "JOB" || title == "STATUS" || title == "RUN" || title == "HOST"});
  }
  for (const BoardRow& row : rows) {
    const Event& event = row.event;
    const std::string progress = number_text(event.progress);
    const bool named = is_named_run(event.run_id);
    const bool known_time = event.time != UtcTime{};
    cells.push_back({{event.job.text()},
                     {event.status, colour_of(event.status)},
                     {progress.empty() ? "" : progress + "%"},
                     {known_time ? format_minutes(event.time) : "unknown"},
                     {known_time ? age(now - event.time) : ""},
                     // An unnamed run is known by its start; its whole id would fill the line.
                     {named ? printable(event.run_id, 40)
                            : event.run_id.substr(event.run_id.empty() ? 0 : 4, 11)},
                     {printable(event.host, 40)},
                     {row.waiting ? "waiting" : "published", row.waiting ? "\x1b[33m" : ""}});
  }
  return format_table(cells, terminal_width(), colours_wanted());
}

std::string line_of(const std::string& label, const std::string& text) {
  constexpr std::size_t indent = 15;
  return label + std::string(indent - label.size(), ' ') + wrapped(text, terminal_width(), indent);
}

std::string waiting_text(const WaitingEvents& waiting, UtcTime now) {
  std::string text = std::to_string(waiting.in_clone);
  if (waiting.in_user_state > 0) {
    text += ", and " + std::to_string(waiting.in_user_state) + " in the user's spool";
  }
  if (waiting.oldest) text += ", the oldest for " + age(now - *waiting.oldest);
  return text;
}

std::string summary_of(const CloneState& state, UtcTime now) {
  const std::string where = state.target.remote.empty()
                                ? "the local branch " + state.target.branch
                                : state.target.remote + " " + state.target.branch;
  std::string text = "\n" + line_of("publishes to", where) +
                     line_of("waiting", waiting_text(state.waiting, now)) +
                     line_of("last publish", time_or_never(state.publish.last_publish, now));
  if (!state.publish.last_error.empty()) {
    text += line_of("last error", time_or_never(state.publish.last_error_time, now) + " " +
                                      printable(state.publish.last_error, 400));
  }
  text += line_of("lock", state.holder ? printable(describe(*state.holder), 400) : "free");
  if (!state.publish.checkout_obstacle.empty()) {
    text += line_of("checkout", "left alone: " + printable(state.publish.checkout_obstacle, 300));
  }
  for (const std::string& damaged : state.waiting.damaged) {
    text += line_of("damaged", printable(damaged, 300));
  }
  for (const std::string& refused : state.waiting.refused) {
    text += line_of("refused", printable(refused, 300));
  }
  for (const FallbackSpool& spool : state.waiting.orphaned) {
    text += line_of("elsewhere", "reports wait for '" + printable(spool.clone, 300) +
                                     "', which is not there; if it moved here: mkdir -p '" +
                                     printable(state.spool, 300) + "' && mv '" +
                                     printable(spool.directory, 300) + "'/*.event '" +
                                     printable(state.spool, 300) + "/'");
  }
  return text;
}

Json json_of(const BoardRow& row, UtcTime now) {
  const Event& event = row.event;
  Json object = Json::object();
  object["job_name"] = event.job.text();
  object["status"] = event.status;
  object["last_updated"] = format_seconds(event.time);
  object["age_seconds"] = std::chrono::floor<std::chrono::seconds>(now - event.time).count();
  put_fields(event, object);
  if (event.message) object["message"] = *event.message;
  object["revision"] = event.id.text();
  object["published"] = !row.waiting;
  return object;
}

Json json_of(const CloneState& state) {
  const auto time = [](const std::optional<UtcTime>& at) {
    return at ? Json(format_seconds(*at)) : Json();
  };
  Json object = Json::object();
  object["remote"] = state.target.remote;
  object["branch"] = state.target.branch;
  object["waiting"] = state.waiting.in_clone;
  object["waiting_in_user_state"] = state.waiting.in_user_state;
  object["oldest_waiting"] = time(state.waiting.oldest);
  object["damaged"] = state.waiting.damaged;
  object["refused"] = state.waiting.refused;
  object["orphaned"] = Json::array();
  for (const FallbackSpool& spool : state.waiting.orphaned) {
    object["orphaned"].push_back({{"clone", spool.clone}, {"directory", spool.directory}});
  }
  object["last_publish"] = time(state.publish.last_publish);
  object["last_error"] = state.publish.last_error;
  object["last_error_time"] = time(state.publish.last_error_time);
  object["checkout_obstacle"] = state.publish.checkout_obstacle;
  object["lock_holder"] = Json();
  if (state.holder) {
    object["lock_holder"] = {{"path", state.holder->path},   {"pid", state.holder->pid},
                             {"host", state.holder->host},   {"operation", state.holder->operation},
                             {"since", state.holder->since}, {"alive", state.holder->alive}};
  }
  return object;
}

Result<CloneState> read_clone_state(Environment& environment, const Clone& clone,
                                    const Session& session) {
  auto waiting = read_waiting(environment.fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  return CloneState{.waiting = *std::move(waiting),
                    .publish = read_state(environment.fs, clone.own_directory()),
                    .holder = lock_holder(environment.fs, lock_places(clone)),
                    .target = session.target(),
                    .spool = clone.spool_directory()};
}

// `statuses`: words or comma-separated words; none means all.
bool is_wanted(const BoardRow& row, const std::vector<std::string>& statuses) {
  return statuses.empty() || std::ranges::any_of(statuses, [&](const std::string& words) {
           return ("," + words + ",").find("," + row.event.status + ",") != std::string::npos;
         });
}

Result<int> show(Environment& environment, const Options& options) {
  std::optional<JobName> job;
  if (!options.job.empty()) {
    auto parsed = JobName::parse(options.job);
    if (!parsed) return std::unexpected(parsed.error());
    job = *std::move(parsed);
  }
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  const auto session = Session::open(environment.fs, environment.clock, *clone);
  if (!session) return std::unexpected(session.error());
  auto rows = read_board(environment.fs, *clone, **session, job);
  if (!rows) return std::unexpected(rows.error());
  if (job && rows->empty()) {
    return fail(ErrorKind::NotFound, "no job '" + job->text() + "' has reported here",
                "'signalbox status' lists the jobs");
  }
  std::erase_if(*rows, [&](const BoardRow& row) { return !is_wanted(row, options.statuses); });
  const auto state = read_clone_state(environment, *clone, **session);
  if (!state) return std::unexpected(state.error());
  const UtcTime now = environment.clock.wall();
  if (options.json) {
    Json document = Json::object();
    document["jobs"] = Json::array();
    for (const BoardRow& row : *rows) document["jobs"].push_back(json_of(row, now));
    document["clone"] = json_of(*state);
    print(to_pretty(document) + "\n");
  } else {
    print(rows->empty() ? "no jobs\n" : table_of(*rows, now));
    print(summary_of(*state, now));
  }
  return 0;
}

}  // namespace

int status(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("status", "[OPTIONS] [JOB]", "Show the jobs and the state of the clone.",
                   "Examples:\n"
                   "  signalbox status\n"
                   "  signalbox status --status failed,timeout\n"
                   "  signalbox status weather --json");
  line.positional("JOB", options.job, CommandLine::Need::Optional, "only this job");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.list("--status", options.statuses, "only jobs with this status, or these: a,b; repeatable");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  const auto shown = show(environment, options);
  if (shown) return *shown;
  print_error(shown.error());
  return exit_code(shown.error().kind);
}

}  // namespace signalbox::cli
