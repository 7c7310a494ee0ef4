#include "wrapper/wrapped_run.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "os/host.h"
#include "os/process_identity.h"
#include "wrapper/command.h"
#include "wrapper/outcome.h"
#include "wrapper/output.h"
#include "wrapper/process_tree.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr int not_there = 127;  // as env(1)
constexpr int not_executable = 126;
constexpr seconds longest_between_looks{30};
constexpr seconds shortest_between_reports{30};  // when progress is made
constexpr double worth_a_report = 5;             // percent of progress
constexpr seconds last_report_patience{12};      // a report itself gives up after ten
constexpr seconds time_limit_slack{30};          // schedulers end a job a little before or after
constexpr std::size_t tail_limit = 4096;         // bytes of stderr in a report
constexpr std::size_t progress_file_end = 64UL << 10U;  // bytes that are looked at
constexpr double megabyte = 1e6;

double rounded(double value) {
  return std::round(value * 10) / 10;
}

// The file that the command may write its progress into; gone with this object.
class ProgressFile {
 public:
  explicit ProgressFile(os::FileSystem& fs) : fs_(fs) {
    for (const std::string& directory : {os::environment("TMPDIR").value_or("/tmp"),
                                         std::string("/tmp"), std::string("/var/tmp")}) {
      std::string path = directory + "/signalbox-progress-XXXXXX";
      const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
      if (descriptor < 0) continue;
      ::close(descriptor);
      path_ = path;
      break;
    }
    // A command that writes there must be able to, and not into the file of a run around this one.
    (void)::setenv("SIGNALBOX_PROGRESS", path_.empty() ? "/dev/null" : path_.c_str(), 1);
  }
  ProgressFile(const ProgressFile&) = delete;
  ProgressFile& operator=(const ProgressFile&) = delete;
  ~ProgressFile() { remove(); }

  void remove() {
    if (!path_.empty()) (void)::unlink(path_.c_str());  // a leftover in the temporary directory
    path_.clear();
  }

  [[nodiscard]] std::optional<WrittenProgress> read() const {
    if (path_.empty()) return std::nullopt;
    const auto file = fs_.status(path_);
    const std::uint64_t size = file ? file->size : 0;
    const auto bytes = fs_.read_from(path_, size > progress_file_end ? size - progress_file_end : 0,
                                     progress_file_end);
    return bytes ? parse_written_progress(*bytes) : std::nullopt;
  }

 private:
  os::FileSystem& fs_;
  std::string path_;
};

// The last lines, whole ones where possible, as they are when a carriage return draws a line anew.
std::string last_lines(std::string_view text, std::size_t most) {
  if (text.size() > tail_limit) text.remove_prefix(text.size() - tail_limit);
  std::vector<std::string> lines;
  for (std::string_view line : lines_of(text)) {
    const auto drawn = trimmed(line).rfind('\r');
    line = trimmed(line);
    if (drawn != std::string_view::npos) line.remove_prefix(drawn + 1);
    if (!line.empty()) lines.emplace_back(line);
  }
  std::string tail;
  for (std::size_t i = lines.size() > most ? lines.size() - most : 0; i < lines.size(); ++i) {
    tail += "\n" + lines[i];
  }
  return tail;
}

class Watch {
 public:
  Watch(os::FileSystem& fs, os::Clock& clock, const WrappedRun& run, const RunningCommand& command,
        const Output* output, const ProgressFile& file)
      : fs_(fs),
        clock_(clock),
        run_(run),
        command_(command),
        output_(output),
        file_(file),
        reports_(run.target) {}

  // Reports when it is time; after which time to look again.
  milliseconds look() {
    measure();
    const auto now = Steady::now();
    const bool first = !reported_;
    const bool due = first || now - *reported_ >= run_.heartbeat;
    const bool moved = !first && progress_ && now - *reported_ >= shortest_between_reports &&
                       std::abs(*progress_ - told_progress_.value_or(0)) >= worth_a_report;
    if ((due || moved) && reports_.send(document("running"))) {
      reported_ = now;
      told_progress_ = progress_;
    }
    return std::min<milliseconds>(run_.heartbeat, longest_between_looks);
  }

  void report_end(const CommandEnd& end) {
    find_progress();
    const auto now = clock_.wall();
    const bool time_is_over =
        run_.time_limit_ends && now >= *run_.time_limit_ends - time_limit_slack;
    const Outcome outcome = outcome_of({.wait_status = end.status,
                                        .signals = command_.latest_signals(),
                                        .was_warned = command_.has_had(run_.warning_signal),
                                        .time_is_over = time_is_over});
    Json last = document(outcome.status);
    last["end_time"] = format_seconds(now);
    if (WIFEXITED(end.status)) last["exit_code"] = WEXITSTATUS(end.status);
    if (!outcome.message.empty()) {
      const std::string tail = output_ == nullptr || run_.error_lines == 0
                                   ? std::string()
                                   : last_lines(output_->latest(STDERR_FILENO), run_.error_lines);
      last["message"] = outcome.message + tail;
    }
    const double used =
        static_cast<double>(end.use.ru_utime.tv_sec + end.use.ru_stime.tv_sec) +
        static_cast<double>(end.use.ru_utime.tv_usec + end.use.ru_stime.tv_usec) / 1e6;
    last["metrics"]["cpu_seconds"] = rounded(used);
    peak_ = std::max(peak_, static_cast<std::uint64_t>(end.use.ru_maxrss) * 1024);
    last["metrics"]["memory_peak"] = rounded(static_cast<double>(peak_) / megabyte);
    const double wall = std::chrono::duration<double>(Steady::now() - began_).count();
    if (wall > 0) last["cpu_usage"] = rounded(100 * used / wall);
    const auto deadline = Steady::now() + last_report_patience;
    (void)reports_.wait_until(deadline);
    if (!reports_.send(last) || !reports_.wait_until(deadline)) {
      complain("the last report takes too long; it goes on");
    } else if (!reports_.complaint().empty()) {
      complain(reports_.complaint());
    }
  }

 private:
  static void complain(const std::string& text) {
    const std::string line = "signalbox run: " + text + "\n";
    (void)!::write(STDERR_FILENO, line.data(), line.size());  // nobody else to tell
  }

  void measure() {
    const TreeUse use = use_of_tree(fs_, command_.process());
    const auto now = Steady::now();
    const double elapsed = std::chrono::duration<double>(now - measured_).count();
    if (use.processes > 0 && elapsed > 0.5) {
      cpu_usage_ = rounded(100 * std::max(0.0, use.cpu_seconds - cpu_seconds_) / elapsed);
      cpu_seconds_ = use.cpu_seconds;
      measured_ = now;
    }
    memory_ = use.memory;
    peak_ = std::max(peak_, use.memory);
    find_progress();
  }

  void find_progress() {
    if (const auto written = file_.read()) {
      progress_ = written->percent;
      said_ = written->text;
    } else if (run_.progress && output_ != nullptr) {
      for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        if (const auto found = run_.progress->last_in(output_->latest(stream))) progress_ = found;
      }
    }
  }

  [[nodiscard]] Json document(const std::string& status) const {
    Json document = Json::object();
    document["status"] = status;
    document["run_id"] = run_.run_id;
    document["start_time"] = started_;
    document["duration"] = std::chrono::duration_cast<seconds>(Steady::now() - began_).count();
    if (progress_) document["progress"] = *progress_;
    if (cpu_usage_) document["cpu_usage"] = *cpu_usage_;
    if (memory_ > 0) document["memory_usage"] = rounded(static_cast<double>(memory_) / megabyte);
    if (peak_ > 0) {
      document["metrics"]["memory_peak"] = rounded(static_cast<double>(peak_) / megabyte);
    }
    if (!said_.empty()) document["message"] = said_;
    if (!run_.config.empty()) document["config"] = run_.config;
    if (!process_.is_null()) document["process"] = process_;
    if (!wrapper_.is_null()) document["wrapper"] = wrapper_;
    return document;
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  const WrappedRun& run_;
  const RunningCommand& command_;
  const Output* output_;
  const ProgressFile& file_;
  Reports reports_;
  // The command's own: it may outlive this process, when that is killed. And this process, which
  // outlives the command by its last report.
  Json process_ = os::identity_of_process(command_.process());
  Json wrapper_ = os::identity_of_process(os::process_id());
  std::string started_ = format_seconds(clock_.wall());
  Steady::time_point began_ = Steady::now();
  Steady::time_point measured_ = began_;
  double cpu_seconds_ = 0;
  std::optional<double> cpu_usage_;
  std::uint64_t memory_ = 0;
  std::uint64_t peak_ = 0;
  std::optional<double> progress_;
  std::optional<double> told_progress_;
  std::string said_;
  std::optional<Steady::time_point> reported_;
};

}  // namespace

std::optional<int> signal_number(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (int number = 1; number < NSIG; ++number) {
    const char* known = ::sigabbrev_np(number);
    if ((known != nullptr && name == known) || name == std::to_string(number)) return number;
  }
  return std::nullopt;
}

int run_wrapped(os::FileSystem& fs, os::Clock& clock, const WrappedRun& run) {
  ProgressFile file(fs);
  auto output = Output::watch({.output = run.progress.has_value(),
                               .errors = run.progress.has_value() || run.error_lines > 0});
  Output* seen = output ? output->get() : nullptr;
  auto command = RunningCommand::start(run.words, seen);
  if (!command) {
    const std::string line = "signalbox run: " + printable(command.error().what) + "\n";
    (void)!::write(STDERR_FILENO, line.data(), line.size());  // nobody else to tell
    const bool missing = command.error().kind == ErrorKind::NotFound;
    const int code = missing ? not_there : not_executable;
    Reports reports(run.target);
    Json document = {{"status", "failed"},
                     {"run_id", run.run_id},
                     {"duration", 0},
                     {"exit_code", code},
                     {"message", command.error().what}};
    (void)reports.send(document);
    (void)reports.wait_until(Steady::now() + last_report_patience);
    return code;
  }
  Watch watch(fs, clock, run, *command, seen, file);
  const CommandEnd end = command->wait([&] { return watch.look(); });
  if (seen != nullptr) seen->drain();
  watch.report_end(end);
  file.remove();
  end_as(end);
}

}  // namespace signalbox
