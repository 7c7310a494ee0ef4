#include "race/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "intake/fallback.h"
#include "intake/report.h"
#include "os/process.h"
#include "publish/publisher.h"
#include "race/full_disk.h"

namespace signalbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::chrono::seconds program_patience{120};
constexpr milliseconds glance{50};

// The host's clock, as far off as the score says.
class SpoiledClock : public os::Clock {
 public:
  SpoiledClock(os::Clock& below, const WriterScore& score) : below_(below), score_(score) {}
  [[nodiscard]] UtcTime wall() override {
    return below_.wall() + milliseconds{score_.clock_ahead.load()};
  }
  [[nodiscard]] Duration monotonic() override { return below_.monotonic(); }
  void sleep(Duration time) override { below_.sleep(time); }

 private:
  os::Clock& below_;
  const WriterScore& score_;
};

enum class Told { Recorded, InUserSpool, NotRecorded };

struct Answer {
  Told told = Told::NotRecorded;
  std::string id;
};

class Writer {
 public:
  Writer(os::FileSystem& fs, os::Clock& clock, const WriterTask& task, Scoreboard& board)
      : true_clock_(clock),
        task_(task),
        board_(board),
        score_(board.writers[task.plan.number]),
        clock_(clock, score_),
        fs_(fs, task.clone.worktree, score_.disk_is_full),
        clone_(task.clone) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (journal_ >= 0) ::close(journal_);
  }

  int write() {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    journal_ = ::open(task_.journal.c_str(), flags, 0666);
    if (journal_ < 0) return 1;
    // Spread over one pause, as cron jobs and nodes are: not all in the same millisecond.
    constexpr std::size_t phases = 16;
    rest(task_.pause * (task_.plan.number % phases) / phases);
    while (!board_.stop && (!task_.updates || score_.begun < *task_.updates)) {
      const PlannedReport report = planned_report(task_.plan, score_.begun++);
      const auto start = std::chrono::steady_clock::now();
      const Answer answer = say(report);
      board_.latencies.add(
          std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start));
      if (!note(report, answer)) return 1;
      rest(task_.pause);
    }
    return 0;
  }

 private:
  Answer say(const PlannedReport& report) {
    if (!task_.script.empty()) return say_by_predecessor(report);
    return task_.plan.runs_command ? say_by_program(report) : say_here(report);
  }

  // What `signalbox report` does.
  Answer say_here(const PlannedReport& report) {
    auto job = JobName::parse(task_.plan.job);
    if (!job) return {};
    Event said{.job = *std::move(job), .run_id = report.run, .status = report.status};
    said.duration = report.duration;
    said.progress = report.progress;
    Intake intake(fs_, clock_, clone_, task_.clone.worktree);
    const auto recorded = intake.report(said, reporter_here(clock_),
                                        branch_for_report(fs_, clock_, clone_), false, [] {});
    if (!recorded) return {};
    // Neither ends a report when it fails: the next report or sync does it.
    (void)bring_home(fs_, *clone_, brought_home_by_report);
    (void)start_detached_publisher(fs_, true_clock_, *clone_);
    return {.told = recorded->where == RecordedIn::Clone ? Told::Recorded : Told::InUserSpool,
            .id = recorded->event.id.text()};
  }

  Answer say_by_program(const PlannedReport& report) {
    const auto run =
        os::run({.arguments = {task_.program, "report", "-C", task_.clone.worktree, task_.plan.job,
                               report.status, std::to_string(report.duration),
                               std::to_string(report.progress), "--run-id", report.run},
                 .timeout = program_patience});
    // "recorded JOB STATUS (ID)" or "(ID, in the user's spool)".
    if (!run || !run->output.starts_with("recorded ")) return {};
    const auto open = run->output.find('(');
    const auto close = run->output.find_first_of(",)", open);
    if (open == std::string::npos || close == std::string::npos) return {};
    const bool is_home = run->output[close] == ')';
    return {.told = is_home ? Told::Recorded : Told::InUserSpool,
            .id = run->output.substr(open + 1, close - open - 1)};
  }

  // It exits with 0 whatever happens, so its caller takes the update for done.
  Answer say_by_predecessor(const PlannedReport& report) {
    const auto run = os::run(
        {.arguments = {"bash", task_.script, task_.clone.worktree, task_.plan.job, report.status,
                       std::to_string(report.duration), std::to_string(report.progress)},
         .timeout = program_patience});
    if (!run || run->exit_status != 0) return {};
    return {.told = Told::Recorded, .id = std::to_string(report.duration)};
  }

  // A line an acknowledgement, in one write: it is there or it is not.
  bool note(const PlannedReport& report, const Answer& answer) {
    if (answer.told == Told::NotRecorded) {
      ++score_.not_recorded;
      return true;
    }
    const std::string line = task_.script.empty() ? answer.id + " " + task_.plan.job + " " +
                                                        report.status + " " + report.run + "\n"
                                                  : task_.plan.job + " " + answer.id + "\n";
    if (::write(journal_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      return false;
    }
    if (answer.told == Told::InUserSpool) ++score_.in_user_spool;
    ++score_.acknowledged;
    return true;
  }

  void rest(microseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!board_.stop) {
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      if (left <= milliseconds{0}) return;
      clock_.sleep(std::min(left, glance));
    }
  }

  os::Clock& true_clock_;
  const WriterTask& task_;
  Scoreboard& board_;
  WriterScore& score_;
  SpoiledClock clock_;
  FullDisk fs_;
  std::optional<Clone> clone_;
  int journal_ = -1;
};

}  // namespace

int write_reports(os::FileSystem& fs, os::Clock& clock, const WriterTask& task, Scoreboard& board) {
  return Writer(fs, clock, task, board).write();
}

}  // namespace signalbox
