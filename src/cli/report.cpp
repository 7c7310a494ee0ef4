// signalbox report: exit 0 whatever happens, unless --strict.
#include "intake/report.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "board/document.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "intake/fallback.h"
#include "intake/masking.h"
#include "os/guarded_step.h"
#include "os/host.h"
#include "publish/publisher.h"
#include "slurm/environment.h"

namespace signalbox::cli {
namespace {

constexpr int default_wait_seconds = 120;
constexpr std::chrono::milliseconds wait_step{100};
constexpr std::size_t first_read = 4096;  // most documents are smaller
// A file system that takes longer for a report does not answer.
constexpr std::chrono::seconds clone_patience{10};

struct Options {
  std::string repository, job, status;
  std::vector<std::string> rest;  // DURATION PROGRESS MESSAGE
  std::string cpu, memory, next_run, run_id, slurm_job, json, wait;
  std::vector<std::string> config, metrics;
  bool after_file = false, no_publish = false, strict = false, quiet = false;
};

constexpr const char* footer =
    "Examples:\n"
    "  signalbox report weather running 0 10 \"downloading\"\n"
    "  signalbox report weather completed 3600 --metric rows=120345\n"
    "  signalbox report -C ~/monitor model failed 42 50 \"out of memory\" --strict\n"
    "  signalbox report weather --json status.json\n\n"
    "The report is durable when this returns; publishing goes on in the background.\n"
    "Exit code 0 whatever happens; with --strict 2 for bad values, 1 when nothing\n"
    "was recorded, 75 when --wait ran out. A message that starts with '-' goes\n"
    "after '--'.";

void declare(CommandLine& line, Options& options) {
  using Need = CommandLine::Need;
  line.positional("JOB", options.job, Need::Required, "the job's name");
  line.positional("STATUS", options.status, Need::Optional,
                  "pending, waiting, running, completed, failed, cancelled, timeout, ...");
  line.positionals("[DURATION [PROGRESS [MESSAGE]]]", options.rest, 3,
                   "seconds, percent, what the job says");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.text("--cpu", options.cpu, "CPU usage in percent");
  line.text("--memory", options.memory, "memory in MB");
  line.text("--next-run", options.next_run, "when the job runs next, ISO 8601");
  line.list("--config", options.config, "KEY=VALUE, kept with the job; repeatable");
  line.list("--metric", options.metrics, "KEY=VALUE, a number of this run; repeatable");
  line.text("--run-id", options.run_id, "the run this belongs to, as SLURM's job id");
  line.text("--slurm-job", options.slurm_job,
            "the job of SLURM that was submitted for it, as 'sbatch --parsable' prints it");
  line.text("--json", options.json, "take fields from a JSON document, '-' for stdin");
  line.text("--wait", options.wait,
            "[=SECONDS] wait until the remote has it, at most so long (default 120)");
  line.flag("--after-file", options.after_file,
            "the job has written data/status/JOB.json itself: no second report of the same");
  line.flag("--no-publish", options.no_publish, "record only; a later sync publishes");
  line.flag("--strict", options.strict, "tell failures by the exit code, refuse bad values");
  line.flag("-q,--quiet", options.quiet, "say nothing when all went well");
}

// Values that cannot be used: the report is recorded without them, or refused with --strict.
class Complaints {
 public:
  void add(const std::string& text) { texts_.push_back(text); }
  [[nodiscard]] bool empty() const { return texts_.empty(); }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& text : texts_) all += (all.empty() ? "" : "; ") + text;
    return all;
  }

 private:
  std::vector<std::string> texts_;
};

void take_number(const std::string& text, const char* what, double most,
                 std::optional<double>& field, Complaints& complaints) {
  if (text.empty()) return;
  const auto value = parse_number(trimmed(text));
  if (value && *value >= 0 && *value <= most) {
    field = *value == 0 ? 0 : *value;
  } else {
    complaints.add(std::string(what) + " '" + printable(text, 40) + "' is not a number from 0" +
                   (most > 100 ? "" : " to 100"));
  }
}

void take_pairs(const std::vector<std::string>& pairs, const char* what, bool numbers, Json& object,
                Complaints& complaints) {
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      complaints.add(std::string(what) + " '" + printable(pair, 40) + "' is not KEY=VALUE");
      continue;
    }
    const std::string key = shortened(pair.substr(0, equals), 128);
    const std::string value = shortened(pair.substr(equals + 1), field_limit);
    const auto as_number = parse_number(value);
    if (numbers && as_number) {
      object[key] = number(*as_number);
    } else {
      object[key] = value;
    }
  }
}

Result<std::string> read_document(Environment& environment, const std::string& place) {
  if (place != "-") return environment.fs.read(place, document_limit);
  std::string bytes(first_read, '\0');
  std::size_t used = 0;
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    used += static_cast<std::size_t>(got);
    if (used > document_limit) break;
    if (used == bytes.size()) bytes.resize(2 * bytes.size());
  }
  bytes.resize(used);
  if (bytes.size() > document_limit) {
    return fail(ErrorKind::InvalidInput, "the document on stdin is larger than 256 KiB");
  }
  return bytes;
}

// Before the word is folded: tokens are not the same in lower case.
std::string without_secret(const std::string& status, Complaints& complaints) {
  std::string word = masked_status(status);
  if (word != status) complaints.add("the status holds a secret, and is 'masked' now");
  return word;
}

// What a document says is the ground that options write on. A document alone may carry the status.
void take_document(Environment& environment, const Options& options, Event& said,
                   Complaints& complaints) {
  auto bytes = read_document(environment, options.json);
  if (!bytes) return complaints.add(bytes.error().what);
  auto document = parse_json(*bytes);
  if (!document || !document->is_object()) {
    return complaints.add("'" + printable(options.json, 80) + "' is not a JSON object");
  }
  if (!document->contains("status")) (*document)["status"] = "running";
  if (const std::string word = text_at(*document, "status"); !word.empty()) {
    (*document)["status"] = without_secret(word, complaints);
  }
  const auto view = parse_view(said.job, to_line(*document));
  if (!view) return complaints.add(view.error().what);
  if (!view->ignored.empty()) complaints.add("cannot use " + printable(view->ignored));
  const std::string status = said.status.empty() ? view->event.status : said.status;
  said = view->event;
  if (const auto message = said.extra.find("message");
      message != said.extra.end() && message->is_string()) {
    said.message = shortened(message->get_ref<const std::string&>(), message_limit);
    said.extra.erase("message");
  }
  said.status = status;
  said.id = {};
}

Result<Event> what_was_said(Environment& environment, const Options& options,
                            Complaints& complaints) {
  auto job = JobName::parse(options.job);
  if (!job) return std::unexpected(job.error());
  Event said{.job = *std::move(job)};
  if (!options.status.empty()) {
    auto status = parse_status_word(without_secret(options.status, complaints));
    if (!status) return std::unexpected(status.error());
    said.status = *std::move(status);
  }
  if (!options.json.empty()) take_document(environment, options, said, complaints);
  if (said.status.empty()) {
    return fail(ErrorKind::InvalidInput, "no status was given for job '" + said.job.text() + "'",
                "for example: signalbox report " + said.job.text() + " running");
  }
  constexpr double large = 1e15;
  const auto positional = [&](std::size_t at) {
    return at < options.rest.size() ? options.rest[at] : std::string();
  };
  std::optional<double> duration;
  take_number(positional(0), "duration", large, duration, complaints);
  if (duration) said.duration = static_cast<std::int64_t>(*duration);
  take_number(positional(1), "progress", 100, said.progress, complaints);
  if (!positional(2).empty()) said.message = shortened(positional(2), message_limit);
  take_number(options.cpu, "cpu", large, said.cpu_usage, complaints);
  take_number(options.memory, "memory", large, said.memory_usage, complaints);
  if (!options.next_run.empty()) said.next_scheduled_run = shortened(options.next_run, field_limit);
  if (!options.run_id.empty()) said.run_id = shortened(options.run_id, 200);
  take_pairs(options.config, "config", false, said.config, complaints);
  take_pairs(options.metrics, "metric", true, said.metrics, complaints);
  return said;
}

// True when the event has left the spool for the remote, and not for one of the places beside it.
bool wait_until_published(Environment& environment, const Clone& clone, const EventId& id,
                          int seconds) {
  const Spool spool(environment.fs, clone.spool_directory());
  const std::string name = "/" + os::base_name_of(spool.path_of(id));
  const auto end = environment.clock.monotonic() + std::chrono::seconds{seconds};
  const ProgressLine progress(environment.clock, "waiting for the remote", "");
  for (;;) {
    // Listed: NFS may know a name for half a minute after another host deleted it.
    const auto waiting = spool.waiting_ids();
    if (waiting && !std::ranges::binary_search(*waiting, id)) {
      return !os::exists(environment.fs, spool.damaged_directory() + name) &&
             !os::exists(environment.fs, spool.refused_directory() + name);
    }
    if (environment.clock.monotonic() >= end) return false;
    environment.clock.sleep(wait_step);
  }
}

void publish_in_the_background(Environment& environment, const Clone& clone) {
  const auto started = start_detached_publisher(environment.fs, environment.clock, clone);
  if (!started) {
    print_warning("no publisher was started: " + started.error().what +
                  "; the next report or sync publishes");
  }
}

void print_recorded(const Options& options, const Recorded& recorded) {
  for (const std::string& warning : recorded.warnings) print_warning(warning);
  if (options.quiet) return;
  print("recorded " + recorded.event.job.text() + " " + recorded.event.status + " (" +
        recorded.event.id.text() +
        (recorded.where == RecordedIn::Clone ? ")\n" : ", in the user's spool)\n"));
}

int tell_failure(const Options& options, const Event& said, const Error& error) {
  print_error({error.kind,
               "the report of job '" + said.job.text() + "' was NOT recorded: " + error.what,
               error.advice});
  return options.strict ? 1 : 0;
}

// What is to be recorded, the same in each place that is tried.
struct Report {
  Event said;
  Reporter reporter;
  std::optional<double> wait;
};

int record(Environment& environment, const Options& options, const Report& report,
           const os::Passed& recorded_it) {
  const std::string asked = asked_repository(environment, options.repository);
  std::optional<Clone> clone;
  if (auto found = find_repository(environment, asked)) clone = *std::move(found);
  Intake intake(environment.fs, environment.clock, clone, asked);
  const auto recorded = intake.report(report.said, report.reporter,
                                      branch_for_report(environment.fs, environment.clock, clone),
                                      options.after_file, recorded_it);
  if (!recorded) return tell_failure(options, report.said, recorded.error());
  print_recorded(options, *recorded);
  bool is_home = recorded->where == RecordedIn::Clone;
  if (clone) {
    const auto home = bring_home(environment.fs, *clone, brought_home_by_report);
    if (!home && is_home) {
      print_warning("earlier reports still wait in the user's spool: " + home.error().what);
    }
    const Spool spool(environment.fs, clone->spool_directory());
    is_home = is_home || os::exists(environment.fs, spool.path_of(recorded->event.id));
    if (!options.no_publish) publish_in_the_background(environment, *clone);
  }
  if (!report.wait || options.no_publish) return 0;
  const int seconds = static_cast<int>(*report.wait);
  if (is_home && wait_until_published(environment, *clone, recorded->event.id, seconds)) {
    if (!options.quiet) print("published\n");
    return 0;
  }
  print_warning("not published" +
                (is_home ? " within " + std::to_string(seconds) + " s" : std::string()) +
                "; it is recorded and will be ('signalbox status' says what stands in the way)");
  return options.strict ? exit_code(ErrorKind::Busy) : 0;
}

// The clone, or the machine that has it, does not answer: nothing of it is looked at.
int record_without_clone(Environment& environment, const Options& options, const Report& report,
                         const os::Passed& recorded_it) {
  const std::string asked = asked_repository(environment, options.repository);
  const auto recorded = report_to_user_state(environment.fs, report.reporter, report.said, asked);
  if (!recorded) return tell_failure(options, report.said, recorded.error());
  recorded_it();
  print_recorded(options, *recorded);
  if (options.wait.empty() || options.no_publish) return 0;
  print_warning("not published; it is recorded and will be when the repository answers again");
  return options.strict ? exit_code(ErrorKind::Busy) : 0;
}

// Nothing when it is not known to be recorded.
std::optional<int> code_of(const Options& options, const os::GuardedEnd& end) {
  if (end.exit_code || !end.has_passed) return end.exit_code;
  print_warning("the report is recorded; what follows it did not come to its end");
  const bool is_waited_for = !options.wait.empty() && !options.no_publish;
  return is_waited_for && options.strict ? exit_code(ErrorKind::Busy) : 0;
}

// Callers never wait (invariant 6), also where a file system does.
int record_within_patience(Environment& environment, const Options& options, const Report& report) {
  if (!os::has_network_mounts()) return record(environment, options, report, [] {});
  const std::chrono::seconds longest_wait{static_cast<int>(report.wait.value_or(0))};
  (void)is_terminal_errors();  // the child shows what it waits for where this process would
  const auto in_clone = os::run_guarded(
      clone_patience, clone_patience + longest_wait,
      [&](const auto& passed) { return record(environment, options, report, passed); });
  if (const auto code = code_of(options, in_clone)) return *code;
  const auto beside = os::run_guarded(clone_patience, clone_patience, [&](const auto& passed) {
    return record_without_clone(environment, options, report, passed);
  });
  if (const auto code = code_of(options, beside)) return *code;
  return tell_failure(
      options, report.said,
      {ErrorKind::TimedOut, "neither the repository nor the user's state directory answers",
       "put $XDG_STATE_HOME on a disk of this machine"});
}

// In the allocation that the caller names, else in the one it runs in.
Reporter reporter_in_allocation(Environment& environment, const std::string& submitted,
                                Complaints& complaints) {
  Reporter reporter = reporter_here(environment.clock);
  auto allocation = allocation_of(os::environment);
  if (!submitted.empty()) {
    const auto named = parse_submitted(submitted);
    if (!named) complaints.add(named.error().what);
    allocation = named ? std::optional(*named) : std::nullopt;
  }
  if (allocation) {
    reporter.allocation = fields_of(*allocation);
    reporter.allocation_run = run_id_of(*allocation);
  }
  return reporter;
}

}  // namespace

int report(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("report", "[OPTIONS] JOB STATUS [DURATION [PROGRESS [MESSAGE]]]",
                   "Record the status of a job.", footer);
  declare(line, options);
  Arguments patched = arguments;
  for (std::string& argument : patched) {
    if (argument == "--") break;
    if (argument == "--wait") argument = "--wait=" + std::to_string(default_wait_seconds);
  }
  const bool strict = std::ranges::find(arguments, "--strict") != arguments.end();
  if (const auto ended = line.parse(patched)) return strict || *ended == 0 ? *ended : 0;
  Complaints complaints;
  std::optional<double> wait;
  take_number(options.wait, "wait", 86400, wait, complaints);
  const Reporter reporter = reporter_in_allocation(environment, options.slurm_job, complaints);
  const auto said = what_was_said(environment, options, complaints);
  if (!said) {
    print_error(said.error());
    return options.strict ? exit_code(said.error().kind) : 0;
  }
  if (!complaints.empty()) {
    if (options.strict) {
      print_error({ErrorKind::InvalidInput, complaints.text(), "nothing was recorded"});
      return exit_code(ErrorKind::InvalidInput);
    }
    print_warning(complaints.text() + "; recorded without");
  }
  return record_within_patience(environment, options,
                                {.said = *said, .reporter = reporter, .wait = wait});
}

}  // namespace signalbox::cli
