// signalbox cron install, show and remove.
#include <algorithm>
#include <cmath>
#include <functional>

#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cron/crontab.h"
#include "os/host.h"
#include "os/process.h"

namespace signalbox::cli {
namespace {

struct Options {
  std::string repository, every = "15m", file;
  std::vector<std::string> sbatch_options;
  bool sbatch = false, json = false;
};

// "5m", "1h", "1d", or minutes.
Result<int> minutes_of(const std::string& text) {
  std::string_view number = text;
  int unit = 1;
  if (number.ends_with('m') || number.ends_with('h') || number.ends_with('d')) {
    unit = number.back() == 'm' ? 1 : number.back() == 'h' ? 60 : 24 * 60;
    number.remove_suffix(1);
  }
  const auto value = parse_number(number);
  if (value && *value >= 1 && *value <= 24 * 60 && *value == std::floor(*value)) {
    const int minutes = static_cast<int>(*value) * unit;
    if (is_schedule(minutes)) return minutes;
  }
  return fail(ErrorKind::InvalidInput,
              "'" + printable(text, 40) + "' is no time that cron can count",
              "for example 5m, 10m, 15m, 30m, 1h, 6h, 1d");
}

// Of the first executable file of this name in $PATH; empty when there is none.
std::string directory_of_program(os::FileSystem& fs, const std::string& name) {
  const std::string path = os::environment("PATH").value_or("");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string directory = path.substr(begin, end - begin);
    begin = end + 1;
    if (!directory.starts_with('/')) continue;
    if (fs.status(directory + "/" + name)) return directory;
  }
  return {};
}

// cron looks into /usr/bin and /bin only.
std::vector<std::string> directories_of_programs(os::FileSystem& fs) {
  std::vector<std::string> directories;
  for (const char* program : {"squeue", "sbatch", "ssh", "git"}) {
    const std::string directory = directory_of_program(fs, program);
    if (directory.empty() || directory == "/usr/bin" || directory == "/bin" ||
        std::ranges::find(directories, directory) != directories.end()) {
      continue;
    }
    directories.push_back(directory);
  }
  return directories;
}

struct Place {
  Clone clone;
  Crontab crontab;
  std::string before;
};

Result<Place> look(Environment& environment, const Options& options) {
  auto clone = find_repository(environment, asked_repository(environment, options.repository));
  if (!clone) return std::unexpected(clone.error());
  if (clone->worktree.empty()) {
    return fail(ErrorKind::Unsupported, "a bare repository has nothing to sync into");
  }
  Crontab crontab(environment.fs, options.file);
  auto text = crontab.read();
  if (!text) return std::unexpected(text.error());
  return Place{*std::move(clone), std::move(crontab), *std::move(text)};
}

Result<std::string> install(Environment& environment, const Options& options) {
  const auto minutes = minutes_of(options.every);
  if (!minutes) return std::unexpected(minutes.error());
  auto place = look(environment, options);
  if (!place) return std::unexpected(place.error());
  const std::string& worktree = place->clone.worktree;
  const std::string rest = without_scheduled_entry(place->before, worktree);
  const auto other = find_sync_line(rest, worktree, os::home_directory().value_or(""));
  if (!other.empty()) {
    return fail(ErrorKind::AlreadyExists,
                "the crontab syncs this clone already: " + printable(other, 300),
                "take that line out first, with 'crontab -e'");
  }
  const auto program = os::own_executable();
  if (!program) return std::unexpected(program.error());
  if (options.sbatch && directory_of_program(environment.fs, "sbatch").empty()) {
    return fail(ErrorKind::NotFound, "there is no 'sbatch' in $PATH",
                "install on a host that submits jobs, or without --sbatch");
  }
  const auto entry = scheduled_entry(worktree, *program,
                                     {.minutes = *minutes,
                                      .by_sbatch = options.sbatch,
                                      .sbatch_options = options.sbatch_options,
                                      .directories = directories_of_programs(environment.fs),
                                      .slurm_conf = os::environment("SLURM_CONF").value_or("")},
                                     std::hash<std::string>{}(os::host_name() + worktree));
  if (!entry) return std::unexpected(entry.error());
  const std::string after = with_scheduled_entry(place->before, *entry);
  if (after != place->before) {
    if (auto done = place->crontab.replace(place->before, after); !done) {
      return std::unexpected(done.error());
    }
  }
  return entry->line;
}

int run_install(Environment& environment, const Options& options) {
  const auto line = install(environment, options);
  if (!line) {
    print_error(line.error());
    return exit_code(line.error().kind);
  }
  print("installed: " + printable(*line, 2000) + "\n");
  return 0;
}

int run_show(Environment& environment, const Options& options) {
  const auto place = look(environment, options);
  if (!place) {
    print_error(place.error());
    return exit_code(place.error().kind);
  }
  const std::string& worktree = place->clone.worktree;
  const std::string ours = find_scheduled_line(place->before, worktree);
  const std::string other = find_sync_line(without_scheduled_entry(place->before, worktree),
                                           worktree, os::home_directory().value_or(""));
  if (options.json) {
    Json document = {{"repository", worktree}, {"line", nullptr}, {"other", nullptr}};
    if (!ours.empty()) document["line"] = ours;
    if (!other.empty()) document["other"] = other;
    print(to_pretty(document) + "\n");
    return 0;
  }
  if (!ours.empty()) print("installed: " + printable(ours, 2000) + "\n");
  if (!other.empty()) print("somebody's own: " + printable(other, 2000) + "\n");
  if (ours.empty() && other.empty()) {
    print("no line of the crontab syncs " + printable(worktree, 300) +
          "; 'signalbox cron install' adds one\n");
  }
  return 0;
}

int run_remove(Environment& environment, const Options& options) {
  auto place = look(environment, options);
  Status done;
  if (!place) {
    done = std::unexpected(place.error());
  } else {
    const std::string after = without_scheduled_entry(place->before, place->clone.worktree);
    if (after == place->before) {
      print("nothing of ours in the crontab\n");
      return 0;
    }
    done = place->crontab.replace(place->before, after);
  }
  if (!done) {
    print_error(done.error());
    return exit_code(done.error().kind);
  }
  print("removed\n");
  return 0;
}

struct Phase {
  const char* name;
  const char* summary;
  int (*run)(Environment&, const Options&);
};

constexpr Phase phases[] = {
    {"install", "Have cron sync the clone; once more changes the line.", run_install},
    {"show", "Say what in the crontab syncs the clone.", run_show},
    {"remove", "Take the line of 'cron install' out.", run_remove}};

constexpr const char* footer =
    "Examples:\n"
    "  signalbox cron install -C ~/monitor --every 5m\n"
    "  signalbox cron install --sbatch --sbatch-option=--partition=short\n"
    "  signalbox cron show --json\n"
    "  signalbox cron remove\n\n"
    "All other lines of the crontab stay byte for byte. The minute differs from clone\n"
    "to clone, so that they do not all come at once.";

}  // namespace

int cron(Environment& environment, const Arguments& arguments) {
  const std::string name = arguments.empty() ? "" : arguments.front();
  const auto* phase =
      std::ranges::find_if(phases, [&](const Phase& each) { return name == each.name; });
  const bool is_known = phase != std::end(phases);
  Options options;
  CommandLine line(is_known ? "cron " + name : "cron",
                   is_known ? "[OPTIONS]" : "install|show|remove [OPTIONS]",
                   is_known ? phase->summary : "Sync a clone by cron.", footer);
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.text("--crontab-file", options.file, "this file in place of the user's own crontab");
  if (!is_known || name == "install") {
    line.text("--every", options.every, "5m, 10m, 15m (default), 30m, 1h, 6h, 1d, ...");
    line.flag("--sbatch", options.sbatch, "as a job of SLURM");
    line.list("--sbatch-option", options.sbatch_options, "an option of sbatch; repeatable");
  }
  if (!is_known || name == "show") line.flag("--json", options.json, "as a JSON document");
  const Arguments rest(arguments.begin() + (is_known ? 1 : 0), arguments.end());
  if (const auto ended = line.parse(rest)) return *ended;
  if (!is_known) {
    print_error({ErrorKind::InvalidInput, "'cron' needs to know what to do",
                 "signalbox cron install, show or remove"});
    return exit_code(ErrorKind::InvalidInput);
  }
  return phase->run(environment, options);
}

}  // namespace signalbox::cli
