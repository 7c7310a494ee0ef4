#include "site/derivation.h"

#include <algorithm>
#include <map>
#include <set>

#include "alerts/job_alerts.h"
#include "base/text.h"
#include "board/document.h"
#include "board/fold.h"
#include "board/view.h"
#include "event/array_task.h"
#include "index/run_table.h"
#include "index/summary_table.h"
#include "os/entropy.h"
#include "site/digest.h"
#include "site/log_pages.h"
#include "site/pages.h"
#include "site/run_json.h"
#include "site/summary.h"
#include "site/zones.h"

namespace signalbox::site {
namespace {

// Goes up when the same events give other rows.
constexpr int deriver = 2;
constexpr std::size_t jobs_a_transaction = 200;
// Runs that a summary and a job's alerts look at.
constexpr std::size_t runs_looked_at = 60;

class Derivation {
 public:
  explicit Derivation(const Source& source)
      : source_(source), runs_(source.index), summaries_(source.index) {}

  // What has changed, without changing anything.
  Status look() {
    auto done = read_state();
    if (done) done = look_at_runs();
    if (done) done = look_at_views();
    if (!done) return done;
    for (const Event& event : source_.waiting) {
      waiting_[event.job].push_back(event);
      work_[event.job];
    }
    return {};
  }

  Status derive_jobs(const Progress& progress) {
    std::size_t done = 0;
    for (auto job = work_.begin(); job != work_.end();) {
      const auto derived = summaries_.in_transaction([&]() -> Status {
        if (auto begun = begin_change(); !begun) return begun;
        for (std::size_t i = 0; i < jobs_a_transaction && job != work_.end(); ++i, ++job) {
          if (auto one = derive(job->first, job->second); !one) return one;
          if (progress) progress(++done, work_.size());
        }
        return {};
      });
      if (!derived) return derived;
    }
    return {};
  }

  Status derive_rest() {
    return summaries_.in_transaction([&]() -> Status {
      auto done = derive_days();
      if (done && source_.waiting.empty()) {
        done = derive_logs(source_.repository, source_.tip, summaries_, [&] {
          const auto begun = begin_change();
          return begun ? Result<std::int64_t>(state_.change) : std::unexpected(begun.error());
        });
      }
      if (done) done = summaries_.put_fact("views", views_tree_);
      if (done) done = summaries_.put_fact("settings", settings_digest_);
      return done;
    });
  }

  [[nodiscard]] const State& state() const { return state_; }

 private:
  struct Work {
    std::vector<RunTable::Stale> stale;
    std::optional<ViewFile> view;  // other than before
    bool is_gone = false;          // has no view any more
  };

  Status read_state() {
    const auto epoch = summaries_.fact("epoch");
    if (!epoch) return std::unexpected(epoch.error());
    const auto change = summaries_.fact("change");
    if (!change) return std::unexpected(change.error());
    state_.epoch = *epoch;
    state_.change = static_cast<std::int64_t>(parse_number(*change).value_or(0));
    if (!state_.epoch.empty()) return {};
    state_.epoch = hex(os::random_bits(), 16);
    return summaries_.put_fact("epoch", state_.epoch);
  }

  // Rows that are put from now on are of a new change.
  Status begin_change() {
    if (has_begun_) return {};
    has_begun_ = true;
    ++state_.change;
    return summaries_.put_fact("change", std::to_string(state_.change));
  }

  Status look_at_runs() {
    auto stale = runs_.stale();
    if (!stale) return std::unexpected(stale.error());
    for (RunTable::Stale& each : *stale) work_[each.job].stale.push_back(std::move(each));
    return {};
  }

  Status look_at_views() {
    auto before = summaries_.fact("views");
    if (!before) return std::unexpected(before.error());
    const auto tree = source_.repository.status_tree(source_.tip);
    if (!tree) return std::unexpected(tree.error());
    views_tree_ = *tree;
    const auto settings_before = summaries_.fact("settings");
    if (!settings_before) return std::unexpected(settings_before.error());
    settings_digest_ = std::to_string(deriver) + " " + source_.settings.digest;
    if (*settings_before != settings_digest_) before->clear();
    if (*before == views_tree_ && !before->empty()) return {};
    auto views = source_.repository.views(source_.tip, *before);
    if (!views) return std::unexpected(views.error());
    for (ViewFile& view : *views) work_[view.job].view = std::move(view);
    return look_for_gone_views();
  }

  Status look_for_gone_views() {
    const auto paths =
        source_.repository.files_below(source_.tip, std::string(status_directory), 1);
    if (!paths) return std::unexpected(paths.error());
    const std::set<std::string> there(paths->begin(), paths->end());
    const auto jobs = summaries_.jobs();
    if (!jobs) return std::unexpected(jobs.error());
    for (const std::string& name : *jobs) {
      const auto job = JobName::parse(name);
      if (job && !there.contains(view_path(*job))) work_[*job].is_gone = true;
    }
    return {};
  }

  Status derive(const JobName& job, const Work& work) {
    if (!work.stale.empty()) {
      if (auto done = derive_runs(job, work.stale); !done) return done;
    }
    const auto known = summaries_.find(job.text());
    if (!known) return std::unexpected(known.error());
    std::string view = work.view ? work.view->bytes : *known ? (*known)->view : std::string();
    if (work.is_gone) view.clear();
    auto shown = shown_event(job, view);
    if (!shown) return std::unexpected(shown.error());
    if (!*shown) return *known ? summaries_.remove(job.text()) : Status{};
    return derive_summary(**shown, view);
  }

  Status derive_runs(const JobName& job, std::span<const RunTable::Stale> stale) {
    const auto beginning = runs_.beginning_of(stale);
    if (!beginning) return std::unexpected(beginning.error());
    const auto events = runs_.events_from(job, beginning->first);
    if (!events) return std::unexpected(events.error());
    std::set<std::string, std::less<>> wanted;
    for (const RunTable::Stale& each : stale) wanted.insert(each.run);
    Status done;
    if (beginning->nameless) done = runs_.remove_nameless(job, *beginning->nameless);
    // A run of its own so far may go on from an event that has only come now.
    for (const Event& event : *events) {
      if (done && event.run_id.empty()) done = runs_.remove(job, event.id.text());
    }
    for (const std::string& run : wanted) {
      if (done) done = runs_.remove(job, run);
    }
    for (const auto& [id, of_run] : group_by_run(*events)) {
      const bool nameless = of_run.front().run_id.empty();
      const bool is_read_whole =
          nameless && beginning->nameless && of_run.front().id >= *beginning->nameless;
      if (done && (is_read_whole || (!nameless && wanted.contains(id)))) {
        done = put_run(job, of_run, nameless);
      }
    }
    for (const RunTable::Stale& each : stale) {
      if (done) done = runs_.settle(each);
    }
    return done;
  }

  Status put_run(const JobName& job, std::span<const Event> events, bool nameless) {
    const Run run = run_of(events);
    return runs_.put(job, {.run = run.id,
                           .first = events.front().id,
                           .nameless = nameless,
                           .start = run.start,
                           .status = run.status,
                           .seconds = run.status == "completed" ? run.duration : std::nullopt,
                           .since = run.since(),
                           .shown = to_line(shown_run(run)),
                           .record = format_run(run)});
  }

  // The event that the branch shows for the job, or one that waits; `view` becomes its rendering.
  Result<std::optional<Event>> shown_event(const JobName& job, std::string& view) {
    std::vector<Event> events;
    if (auto document = parse_view(job, view); !view.empty() && document) {
      Event event =
          document->sealed ? document->event : event_from_document(*document, view, UtcTime{});
      // The view tells its time to the second.
      const auto whole = runs_.event(job, event.id);
      if (!whole) return std::unexpected(whole.error());
      events.push_back(*whole ? **whole : event);
    }
    const bool has_view = !events.empty();
    if (const auto waiting = waiting_.find(job); waiting != waiting_.end()) {
      for (const Event& event : waiting->second) {
        if (has_view || !event.imported) events.push_back(event);
      }
    }
    auto shown = fold(events);
    if (shown && (!has_view || shown->id != events.front().id)) view = render_view(*shown);
    return shown;
  }

  Status derive_summary(const Event& shown, const std::string& view) {
    const auto records = runs_.last_records(shown.job, runs_looked_at);
    if (!records) return std::unexpected(records.error());
    std::vector<Run> runs;
    for (const std::string& record : *records) {
      auto run = parse_run(record);
      if (!run) return std::unexpected(run.error());
      runs.push_back(*std::move(run));
    }
    std::optional<RollUp> tasks;
    if (const auto task = array_task_of(shown)) {
      const auto events = source_.index.tasks(shown.job, task->array);
      if (!events) return std::unexpected(events.error());
      if (!events->empty()) tasks = roll_up(*events);
    }
    const Summary summary = summary_of(shown, runs, tasks);
    auto done = summaries_.put({.job = shown.job.text(),
                                .changed = state_.change,
                                .bucket = bucket_of(shown.job.text()),
                                .attention = summary.attention,
                                .time = shown.time,
                                .status = summary.status,
                                .host = shown.host,
                                .json = to_line(summary.json),
                                .view = view});
    return done ? derive_alerts(shown, runs) : done;
  }

  Status derive_alerts(const Event& shown, std::span<const Run> runs) {
    const auto zone = zones_.of_job(source_.fs, source_.settings, shown.job);
    if (!zone) return std::unexpected(zone.error());
    const JobAlerts alerts =
        job_alerts(shown, runs, expectations_of(source_.settings, shown.job, *zone));
    auto done = summaries_.put_alerts(shown.job.text(), false, rows_of(alerts.now));
    if (done) done = summaries_.put_alerts(shown.job.text(), true, rows_of(alerts.before));
    return done;
  }
  static std::vector<SummaryTable::AlertRow> rows_of(std::span<const Alert> alerts) {
    std::vector<SummaryTable::AlertRow> rows;
    for (const Alert& alert : alerts) {
      rows.push_back({.at = alert.at,
                      .host = alert.host,
                      .rule = alert.rule,
                      .json = to_line(json_of(alert))});
    }
    return rows;
  }

  Status derive_days() {
    const auto days = runs_.stale_days();
    if (!days) return std::unexpected(days.error());
    for (const Day day : *days) {
      if (auto begun = begin_change(); !begun) return begun;
      const auto counts = runs_.of_day(day);
      if (!counts) return std::unexpected(counts.error());
      RunTable::DayRow row{.day = day, .json = {}, .changed = state_.change};
      for (const auto& count : *counts) row.runs += count.runs;
      const Json json = json_of_days(*counts);
      if (!json.empty()) row.json = to_line(json.front());
      if (auto done = runs_.put(row); !done) return done;
    }
    return {};
  }

  const Source& source_;
  RunTable runs_;
  SummaryTable summaries_;
  Zones zones_;
  State state_;
  bool has_begun_ = false;
  std::map<JobName, Work> work_;
  std::map<JobName, std::vector<Event>> waiting_;
  std::string views_tree_, settings_digest_;
};

}  // namespace

Result<State> derive(const Source& source, const Progress& progress) {
  Source published = source;
  published.waiting.clear();
  Derivation derivation(published);
  auto done = derivation.look();
  if (done) done = derivation.derive_jobs(progress);
  if (done) done = derivation.derive_rest();
  if (!done) return std::unexpected(done.error());
  return derivation.state();
}

Result<State> derive_waiting(const Source& source) {
  HistoryIndex::Segment segment{.file = {"waiting", "waiting"}, .events = source.waiting};
  if (auto added = source.index.add(std::vector{segment}, source.index.tree()); !added) {
    return std::unexpected(added.error());
  }
  Derivation derivation(source);
  auto done = derivation.look();
  if (done) done = derivation.derive_jobs(nullptr);
  if (done) done = derivation.derive_rest();
  if (!done) return std::unexpected(done.error());
  return derivation.state();
}

}  // namespace signalbox::site
