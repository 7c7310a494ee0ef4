// signalbox run: ends as the command ends.
#include <algorithm>

#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "event/event.h"
#include "event/job_name.h"
#include "os/host.h"
#include "slurm/environment.h"
#include "wrapper/wrapped_run.h"

namespace signalbox::cli {
namespace {

constexpr int longest_heartbeat = 86400;

struct Options {
  std::string repository, job, run_id, preset, expression, heartbeat, error_lines, warning_signal;
  std::vector<std::string> config;
  bool no_publish = false;
};

constexpr const char* footer =
    "Examples:\n"
    "  signalbox run --job weather -- python train.py --epochs 10\n"
    "  signalbox run --job model --progress tqdm -- ./train 2>train.log\n"
    "  signalbox run --job etl --progress-regex 'row (\\d+) of (\\d+)' -- ./load >log\n\n"
    "The command may write its progress into the file $SIGNALBOX_PROGRESS: \"45\",\n"
    "\"3/10\", \"45 what it does\". Standard streams, terminal, signals and exit status\n"
    "are the command's own; if Signalbox fails, the command goes on.\n"
    "Exit code: the command's; 126 or 127 when it cannot be executed, 2 for wrong\n"
    "options.";

void declare(CommandLine& line, Options& options) {
  line.text("--job", options.job, "the job's name");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.text("--run-id", options.run_id, "the run this is (default: a new one)");
  line.text("--progress", options.preset,
            "look for progress in the output: tqdm, percent (NN%), step (step i/n)");
  line.text("--progress-regex", options.expression,
            "an RE2 expression: one group the percentage, two the step and all steps");
  line.text("--heartbeat", options.heartbeat,
            "seconds between reports while nothing else changes (default 600)");
  line.text("--error-lines", options.error_lines,
            "lines of the end of stderr that are told when it fails (default 20)");
  line.text("--warning-signal", options.warning_signal,
            "the signal that warns of the time limit, as 'sbatch --signal' has it");
  line.list("--config", options.config, "KEY=VALUE, kept with the job; repeatable");
  line.flag("--no-publish", options.no_publish, "record only; a later sync publishes");
}

Result<long> whole_number(const std::string& text, const char* what, long least, long most) {
  const auto value = parse_number(trimmed(text));
  if (value && *value >= static_cast<double>(least) && *value <= static_cast<double>(most)) {
    return static_cast<long>(*value);
  }
  return fail(ErrorKind::InvalidInput, std::string(what) + " '" + printable(text, 40) +
                                           "' is not a number from " + std::to_string(least) +
                                           " to " + std::to_string(most));
}

// One run of one host: no registry is needed, and a requeued job is another run.
std::string new_run_id(Environment& environment, const std::optional<SlurmAllocation>& allocation) {
  return format_seconds(environment.clock.wall()) + "-" +
         (allocation ? run_id_of(*allocation) : os::host_name()) + "-" +
         std::to_string(os::process_id());
}

Status take_numbers(const Options& options, WrappedRun& run) {
  if (!options.heartbeat.empty()) {
    const auto value = whole_number(options.heartbeat, "--heartbeat", 1, longest_heartbeat);
    if (!value) return std::unexpected(value.error());
    run.heartbeat = std::chrono::seconds{*value};
  }
  if (!options.error_lines.empty()) {
    const auto value = whole_number(options.error_lines, "--error-lines", 0, 1000);
    if (!value) return std::unexpected(value.error());
    run.error_lines = static_cast<std::size_t>(*value);
  }
  if (!options.warning_signal.empty()) {
    const auto number = signal_number(options.warning_signal);
    if (!number) {
      return fail(ErrorKind::InvalidInput,
                  "'" + printable(options.warning_signal, 40) + "' is no signal",
                  "for example: --warning-signal USR1");
    }
    run.warning_signal = *number;
  }
  return {};
}

Result<WrappedRun> request(Environment& environment, const Options& options,
                           std::vector<std::string> words) {
  if (words.empty()) {
    return fail(ErrorKind::InvalidInput, "no command was given",
                "for example: signalbox run --job weather -- ./weather.sh");
  }
  auto job = JobName::parse(options.job);
  if (!job) return std::unexpected(job.error());
  WrappedRun run{.target = {.repository = options.repository,
                            .job = job->text(),
                            .publish = !options.no_publish},
                 .words = std::move(words),
                 .run_id = shortened(options.run_id, 200)};
  const auto allocation = allocation_of(os::environment);
  if (run.run_id.empty()) run.run_id = new_run_id(environment, allocation);
  if (allocation) run.time_limit_ends = allocation->end;
  const std::string& pattern = options.expression.empty() ? options.preset : options.expression;
  if (!pattern.empty()) {
    auto parsed = ProgressPattern::parse(pattern);
    if (!parsed) return std::unexpected(parsed.error());
    run.progress = *std::move(parsed);
  }
  for (const std::string& pair : options.config) {
    const auto equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(ErrorKind::InvalidInput, "config '" + printable(pair, 40) + "' is not KEY=VALUE");
    }
    run.config[shortened(pair.substr(0, equals), 128)] =
        shortened(pair.substr(equals + 1), field_limit);
  }
  if (auto taken = take_numbers(options, run); !taken) return std::unexpected(taken.error());
  return run;
}

}  // namespace

int run_command(Environment& environment, const Arguments& arguments) {
  const auto end = std::ranges::find(arguments, "--");
  Options options;
  CommandLine line("run", "--job NAME [OPTIONS] -- COMMAND...",
                   "Run a command, and report how it goes and how it ends.", footer);
  declare(line, options);
  if (const auto ended = line.parse(Arguments(arguments.begin(), end))) return *ended;
  std::vector<std::string> words;
  if (end != arguments.end()) words.assign(std::next(end), arguments.end());
  const auto wanted = request(environment, options, std::move(words));
  if (!wanted) {
    print_error(wanted.error());
    return exit_code(wanted.error().kind);
  }
  return run_wrapped(environment.fs, environment.clock, *wanted);
}

}  // namespace signalbox::cli
