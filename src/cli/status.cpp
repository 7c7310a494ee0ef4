// signalbox status: the jobs, and the state of the clone.
#include <algorithm>

#include "base/text.h"
#include "board/view.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/shown_job.h"
#include "cli/table.h"
#include "lock/publisher_lock.h"
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

// Of an array how many of its tasks have ended, where nothing better is known.
std::string progress_of(const ShownJob& job) {
  if (job.tasks) return std::to_string(job.tasks->ended) + "/" + std::to_string(job.tasks->total);
  const std::string percent = number_text(job.row.event.progress);
  return percent.empty() ? percent : percent + "%";
}

std::string run_of(const ShownJob& job) {
  const std::string& run_id = job.row.event.run_id;
  if (job.tasks) return "array " + std::to_string(job.tasks->array);
  // An unnamed run is known by its start; its whole id would fill the line.
  return is_named_run(run_id) ? printable(run_id, 40) : run_id.substr(run_id.empty() ? 0 : 4, 11);
}

std::string table_of(const std::vector<ShownJob>& jobs, UtcTime now) {
  constexpr const char* bold = "\x1b[1m";
  std::vector<std::vector<Cell>> cells;
  cells.push_back({});
  for (const std::string title :
       {"JOB", "STATUS", "PROGRESS", "UPDATED", "AGE", "RUN", "HOST", "SENT"}) {
    cells.back().push_back(
        {title, bold, title == "JOB" || title == "STATUS" || title == "RUN" || title == "HOST"});
  }
  constexpr const char* yellow = "\x1b[33m";
  for (const ShownJob& job : jobs) {
    const Event& event = job.row.event;
    const bool known_time = event.time != UtcTime{};
    cells.push_back(
        {{event.job.text()},
         {job.status + (job.silent ? ", silent" : ""), job.silent ? yellow : colour_of(job.status)},
         {progress_of(job)},
         {known_time ? format_minutes(event.time) : "unknown"},
         {known_time ? age(now - event.time) : ""},
         {run_of(job)},
         {printable(event.host, 40)},
         {job.row.waiting ? "waiting" : "published", job.row.waiting ? yellow : ""}});
  }
  return format_table(cells, terminal_width(), colours_wanted());
}

std::string line_of(const std::string& label, const std::string& text) {
  constexpr std::size_t indent = 15;
  return label + std::string(indent - label.size(), ' ') + wrapped(text, terminal_width(), indent);
}

const char* word_of(Estimate::From from) {
  if (from == Estimate::From::Progress) return "by its progress";
  return from == Estimate::From::PastRuns ? "by its past runs" : "by its time limit";
}

// What does not fit into a row.
std::string details_of(const std::vector<ShownJob>& jobs, UtcTime now) {
  std::string text;
  for (const ShownJob& job : jobs) {
    const std::string name = printable(job.row.event.job.text(), 60) + ": ";
    if (job.tasks) text += line_of("tasks", name + text_of(*job.tasks));
    if (job.estimate) {
      text += line_of("ends", name + format_seconds(job.estimate->end) + " (in " +
                                  age(job.estimate->end - now) + ", " +
                                  word_of(job.estimate->from) + ")");
    }
  }
  return text.empty() ? text : "\n" + text;
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

Json json_of(const RollUp& tasks) {
  Json states = Json::object();
  for (const auto& [state, count] : tasks.states) states[state] = count;
  return {{"array_job_id", tasks.array},
          {"total", tasks.total},
          {"unheard", tasks.unheard},
          {"states", states}};
}

Json json_of(const ShownJob& job, UtcTime now) {
  const Event& event = job.row.event;
  Json object = Json::object();
  object["job_name"] = event.job.text();
  object["status"] = job.status;
  object["last_updated"] = format_seconds(event.time);
  object["age_seconds"] = std::chrono::floor<std::chrono::seconds>(now - event.time).count();
  put_fields(event, object);
  if (event.message) object["message"] = *event.message;
  object["revision"] = event.id.text();
  object["published"] = !job.row.waiting;
  object["silent"] = job.silent;
  if (const auto slurm = event.extra.find("slurm"); slurm != event.extra.end()) {
    object["slurm"] = *slurm;
  }
  if (job.tasks) object["tasks"] = json_of(*job.tasks);
  if (job.estimate) {
    object["estimated_end"] = format_seconds(job.estimate->end);
    object["estimated_by"] = job.estimate->from == Estimate::From::Progress   ? "progress"
                             : job.estimate->from == Estimate::From::PastRuns ? "past-runs"
                                                                              : "time-limit";
  }
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
bool is_wanted(const ShownJob& job, const std::vector<std::string>& statuses) {
  return statuses.empty() || std::ranges::any_of(statuses, [&](const std::string& words) {
           return ("," + words + ",").find("," + job.status + ",") != std::string::npos;
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
  const UtcTime now = environment.clock.wall();
  auto jobs = read_shown_jobs(environment.fs, *clone, **session, job, options.json || job, now);
  if (!jobs) return std::unexpected(jobs.error());
  if (job && jobs->empty()) {
    return fail(ErrorKind::NotFound, "no job '" + job->text() + "' has reported here",
                "'signalbox status' lists the jobs");
  }
  std::erase_if(*jobs, [&](const ShownJob& each) { return !is_wanted(each, options.statuses); });
  const auto state = read_clone_state(environment, *clone, **session);
  if (!state) return std::unexpected(state.error());
  if (options.json) {
    Json document = Json::object();
    document["jobs"] = Json::array();
    for (const ShownJob& each : *jobs) document["jobs"].push_back(json_of(each, now));
    document["clone"] = json_of(*state);
    print(to_pretty(document) + "\n");
  } else {
    print(jobs->empty() ? "no jobs\n" : table_of(*jobs, now) + details_of(*jobs, now));
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
