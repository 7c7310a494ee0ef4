#include "cli/command.h"

#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "clone/settings.h"
#include "os/host.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t config_limit = 64UL << 10U;
constexpr std::size_t message_limit = 4096;  // bytes: two of the longest paths

// Unbuffered: what was said is out before anything else happens. Nobody may be listening (a closed
// pipe, a full disk behind a redirect); that is no reason to fail.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string configured_repository(Environment& environment) {
  std::string directory;
  if (const auto config = os::environment("XDG_CONFIG_HOME")) {
    directory = *config;
  } else if (const auto home = os::home_directory()) {
    directory = *home + "/.config";
  } else {
    return {};
  }
  const std::string path = directory + "/signalbox/config.toml";
  const auto bytes = environment.fs.read(path, config_limit);
  if (!bytes) return {};
  const auto repository = parse_user_config(*bytes);
  if (!repository) {
    print_warning("'" + path + "' was ignored: " + repository.error().what);
    return {};
  }
  const auto home = os::home_directory();
  return repository->starts_with("~/") && home ? *home + repository->substr(1) : *repository;
}

}  // namespace

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
      return 2;
    case ErrorKind::RaceLost:
      return 10;
    case ErrorKind::Refused:
      return 11;
    case ErrorKind::Authentication:
      return 12;
    case ErrorKind::TooLarge:
      return 13;
    case ErrorKind::RateLimited:
      return 14;
    case ErrorKind::Unreachable:
      return 15;
    case ErrorKind::TimedOut:
      return 16;
    case ErrorKind::AnswerLost:
      return 17;
    case ErrorKind::Busy:
      return 75;
    default:
      return 1;
  }
}

// Whatever names and foreign words are in it, a message is one line that does nothing to a
// terminal.
void print_error(const Error& error) {
  const std::string hint =
      error.advice.empty() ? "" : "hint: " + printable(error.advice, message_limit) + "\n";
  write_all(STDERR_FILENO, "error: " + printable(error.what, message_limit) + "\n" + hint);
}

void print_warning(const std::string& text) {
  write_all(STDERR_FILENO, "warning: " + printable(text, message_limit) + "\n");
}

void print(const std::string& text) {
  write_all(STDOUT_FILENO, text);
}

std::string asked_repository(Environment& environment, const std::string& option) {
  if (!option.empty()) return option;
  if (const auto repository = os::environment("SIGNALBOX_REPO")) return *repository;
  if (const auto monitor = os::environment("MONITOR_PATH")) return *monitor;
  return configured_repository(environment);
}

Result<Clone> find_repository(Environment& environment, const std::string& asked) {
  auto clone = find_clone(environment.fs, asked.empty() ? os::working_directory() : asked);
  if (!clone) return clone;
  if (asked.empty() && !is_monitor(environment.fs, *clone)) {
    return fail(ErrorKind::NotFound,
                "the repository one stands in, '" + clone->worktree + "', is no monitor",
                "name the monitor with -C or $SIGNALBOX_REPO; 'signalbox init' makes one");
  }
  os::follow_group_sharing(clone->common_directory);
  return clone;
}

bool is_terminal_output() {
  static const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  return is_terminal;
}
bool is_terminal_errors() {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  return is_terminal;
}

ProgressLine::ProgressLine(os::Clock& clock, const std::string& now, std::string counted)
    : clock_(clock), what_(std::move(counted)), started_(clock.monotonic()) {
  if (!is_terminal_errors()) return;
  visible_ = true;
  write_all(STDERR_FILENO, now + " ...");
}

ProgressLine::~ProgressLine() {
  if (visible_) write_all(STDERR_FILENO, "\r\x1b[K");
}

void ProgressLine::update(std::size_t done, std::size_t total) {
  using std::chrono::milliseconds;
  const auto now = clock_.monotonic();
  if (!is_terminal_errors() || now - started_ < milliseconds{1000} ||
      now - shown_ < milliseconds{100}) {
    return;
  }
  shown_ = now;
  visible_ = true;
  write_all(STDERR_FILENO, "\r" + what_ + " " + std::to_string(done) +
                               (total > 0 ? "/" + std::to_string(total) : std::string()) +
                               "\x1b[K");
}

}  // namespace signalbox::cli
