// signalbox lock status and signalbox lock release.
#include <algorithm>

#include "base/age.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "lock/lock_survey.h"
#include "publish/publisher.h"

namespace signalbox::cli {
namespace {

struct Options {
  std::string repository;
  bool json = false, if_dead = false;
};

const char* word_of(LockKind kind) {
  switch (kind) {
    case LockKind::Advertised:
      return "publisher";
    case LockKind::Script:
      return "script";
    case LockKind::Kernel:
      return "kernel";
    case LockKind::Git:
      return "git";
  }
  return "";
}

const char* word_of(Owner owner) {
  switch (owner) {
    case Owner::Alive:
      return "yes";
    case Owner::Gone:
      return "no";
    case Owner::Unknown:
      return "unknown";
  }
  return "";
}

const char* colour_of(Owner owner) {
  if (owner == Owner::Alive) return "\x1b[32m";
  return owner == Owner::Gone ? "\x1b[31m" : "\x1b[33m";
}

// As in "refs/heads/main.lock", and "../.git_sync_lock" for what is beside the git directory.
std::string short_path(const std::string& path, const PublisherLock::Places& places) {
  if (path.starts_with(places.git_directory + "/")) {
    return path.substr(places.git_directory.size() + 1);
  }
  return path.starts_with(places.worktree + "/") ? "../" + path.substr(places.worktree.size() + 1)
                                                 : path;
}

std::string owner_of(const LockState& lock) {
  if (lock.text.pid <= 0) return lock.text.is_ours() ? "@" + lock.text.host : "";
  return std::to_string(lock.text.pid) + (lock.text.is_ours() ? "@" + lock.text.host : "");
}

std::string operation_of(const LockState& lock) {
  if (!lock.text.operation.empty()) return lock.text.operation;
  return lock.kind == LockKind::Git ? "git" : lock.kind == LockKind::Kernel ? "" : "a script";
}

// "06:00Z" within a day, else "2025-08-17".
std::string since(const LockState& lock, UtcTime now) {
  constexpr std::size_t date_length = 10;
  const auto time = parse_time(lock.text.since);
  if (!time) return "";
  const std::string text = format_minutes(*time);
  const bool is_recent = std::chrono::abs(now - *time) < std::chrono::hours{24};
  return is_recent ? text.substr(date_length + 1) : text.substr(0, date_length);
}

std::vector<Cell> row_of(const std::string& name, const LockState& lock, UtcTime now) {
  return {{printable(name)},
          {printable(owner_of(lock), 60)},
          {word_of(lock.owner), colour_of(lock.owner)},
          {printable(operation_of(lock), 60)},
          {since(lock, now)},
          {lock.age ? age(*lock.age) : ""}};
}

std::string table_of(const LockSurvey& survey, const PublisherLock::Places& places, UtcTime now) {
  std::vector<std::vector<Cell>> rows{{{"LOCK", "", true},
                                       {"OWNER", "", true},
                                       {"ALIVE"},
                                       {"DOING", "", true},
                                       {"SINCE"},
                                       {"AGE"}}};
  for (const LockState& lock : survey.locks) {
    rows.push_back(row_of(short_path(lock.path, places), lock, now));
  }
  for (const LockState& process : survey.waiting) rows.push_back(row_of("(waits)", process, now));
  return format_table(rows, terminal_width(), colours_wanted());
}

Json json_of(const LockState& lock) {
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  Json object = Json::object();
  object["path"] = valid_utf8(lock.path);
  object["kind"] = word_of(lock.kind);
  object["pid"] = lock.text.pid > 0 ? Json(lock.text.pid) : Json();
  object["host"] = text(lock.text.host);
  object["operation"] = text(lock.text.operation);
  object["since"] = text(lock.text.since);
  object["age_seconds"] = Json();
  if (lock.age) {
    object["age_seconds"] = std::chrono::floor<std::chrono::seconds>(*lock.age).count();
  }
  object["alive"] = word_of(lock.owner);
  object["reason"] = lock.reason;
  return object;
}

Json json_of(const std::vector<LockState>& locks) {
  Json list = Json::array();
  for (const LockState& lock : locks) list.push_back(json_of(lock));
  return list;
}

int show(Environment& environment, const Clone& clone, const Options& options) {
  const auto places = lock_places(clone);
  const LockSurvey survey = survey_locks(environment.fs, environment.clock, places);
  if (options.json) {
    const Json document = {{"locks", json_of(survey.locks)}, {"waiting", json_of(survey.waiting)}};
    print(to_pretty(document) + "\n");
    return 0;
  }
  if (survey.locks.empty() && survey.waiting.empty()) {
    print("no lock is held, and nobody waits\n");
    return 0;
  }
  print(table_of(survey, places, environment.clock.wall()));
  for (const LockState& lock : survey.locks) {
    if (lock.owner == Owner::Alive) continue;  // the table says it
    print(wrapped(printable(short_path(lock.path, places)) + ": " + printable(lock.reason),
                  terminal_width(), 2));
  }
  return 0;
}

int release(Environment& environment, const Clone& clone, const Options& options) {
  const auto places = lock_places(clone);
  std::optional<ProgressLine> progress;
  progress.emplace(environment.clock, "looking whether the owners live", "");
  const auto done = release_leftovers(environment.fs, environment.clock, places);
  progress.reset();
  if (!done) {
    print_error(done.error());
    return exit_code(done.error().kind);
  }
  if (options.json) {
    const Json document = {{"released", json_of(done->released)},
                           {"left", json_of(done->left)},
                           {"waiting_marks_deleted", done->marks}};
    print(to_pretty(document) + "\n");
  } else {
    const auto tell = [&](const char* what, const LockState& lock) {
      print(wrapped(std::string(what) + " " + printable(short_path(lock.path, places)) + ": " +
                        printable(lock.reason),
                    terminal_width(), 2));
    };
    for (const LockState& lock : done->released) tell("released", lock);
    for (const LockState& lock : done->left) tell("left", lock);
    if (done->released.empty() && done->left.empty()) print("nothing to release\n");
  }
  return done->left.empty() ? 0 : exit_code(ErrorKind::Busy);
}

int with_clone(Environment& environment, const Options& options,
               int (*work)(Environment&, const Clone&, const Options&)) {
  const auto clone =
      find_repository(environment, asked_repository(environment, options.repository));
  if (clone) return work(environment, *clone, options);
  print_error(clone.error());
  return exit_code(clone.error().kind);
}

int lock_status(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("lock status", "[OPTIONS]",
                   "Show who holds the locks of the clone, git's own among them, and who waits.",
                   "Examples:\n"
                   "  signalbox lock status\n"
                   "  signalbox lock status -C ~/monitor --json");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  return with_clone(environment, options, show);
}

int lock_release(Environment& environment, const Arguments& arguments) {
  Options options;
  CommandLine line("lock release", "--if-dead [OPTIONS]",
                   "Remove the locks that dead processes left; never one whose owner may live.",
                   "Example:\n"
                   "  signalbox lock release --if-dead -C ~/monitor\n\n"
                   "Publishing does this by itself. Locks of git that Signalbox did not write are "
                   "left.\nExit codes: 0 released, or nothing there; 75 something was left.");
  line.text("-C,--repository", options.repository, "the monitor repository");
  line.flag("--if-dead", options.if_dead, "required: only those whose owner is provably gone");
  line.flag("--json", options.json, "as JSON");
  if (const auto ended = line.parse(arguments)) return *ended;
  if (!options.if_dead) {
    print_error({ErrorKind::InvalidInput, "'signalbox lock release' needs --if-dead",
                 "a lock whose owner lives is not released; end that process, or wait"});
    return exit_code(ErrorKind::InvalidInput);
  }
  return with_clone(environment, options, release);
}

constexpr const char* overview =
    "Who holds the locks of a clone, and what dead processes left.\n\n"
    "Usage: signalbox lock status [OPTIONS]\n"
    "       signalbox lock release --if-dead [OPTIONS]\n\n"
    "'signalbox lock status --help' has examples.\n";

}  // namespace

int lock(Environment& environment, const Arguments& arguments) {
  const std::string action = arguments.empty() ? std::string() : arguments.front();
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (action == "status") return lock_status(environment, rest);
  if (action == "release") return lock_release(environment, rest);
  if (action == "--help" || action == "-h") {
    print(overview);
    return 0;
  }
  print_error({ErrorKind::InvalidInput,
               action.empty() ? "'signalbox lock' needs a word: status or release"
                              : "there is no 'signalbox lock " + printable(action, 40) + "'",
               "see 'signalbox lock --help'"});
  return exit_code(ErrorKind::InvalidInput);
}

}  // namespace signalbox::cli
