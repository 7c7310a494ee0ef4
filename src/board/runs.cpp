#include "board/runs.h"

#include <algorithm>

#include "base/text.h"
#include "board/fold.h"

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr std::size_t most_changes = 20;
constexpr std::size_t longest_message = 200;  // bytes
constexpr std::size_t runs_looked_at = 20;
constexpr std::size_t fewest_runs = 3;

std::optional<std::int64_t> whole_number(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::optional<std::int64_t> slurm_job_of(const Event& event) {
  const auto slurm = event.extra.find("slurm");
  if (slurm == event.extra.end() || !slurm->is_object()) return std::nullopt;
  return whole_number(*slurm, "job_id");
}

std::string first_line(const std::string& message) {
  return shortened(trimmed(std::string_view(message).substr(0, message.find('\n'))),
                   longest_message);
}

void raise(std::optional<Run::Peak>& peak, const std::optional<double>& value, UtcTime time) {
  if (value && (!peak || *value > peak->value)) peak = {*value, time};
}

// What the event that stands for the run says.
void take_last(const Event& event, Run& run) {
  run.status = event.status;
  run.host = event.host;
  if (event.message) run.message = first_line(*event.message);
  run.exit_code = whole_number(event.extra, "exit_code");
  run.slurm_job_id = slurm_job_of(event);
  run.progress = event.progress;
  run.next_scheduled_run = event.next_scheduled_run.value_or("");
  const auto lost = event.extra.find("lost");
  run.lost = event.status == "failed" && lost != event.extra.end() && *lost == true;
  const auto started = event.start_time ? parse_time(*event.start_time) : std::nullopt;
  if (started) run.start = *started;
  if (!is_terminal(event.status)) return;
  const auto ended = event.end_time ? parse_time(*event.end_time) : std::nullopt;
  run.end = ended.value_or(event.time);
  run.duration = event.duration;
  if (!run.duration && started && *run.end >= *started) {
    run.duration = std::chrono::floor<seconds>(*run.end - *started).count();
  }
}

// When the run of an event of another program began, by what that says. The predecessor's scripts
// write the time of each update as "start_time", and beside it how long the run has lasted.
std::optional<UtcTime> begin_of(const Event& event) {
  if (event.duration && *event.duration > 0) {
    const auto since_1970 = std::chrono::floor<seconds>(event.time.time_since_epoch());
    return event.time - std::min(seconds{*event.duration}, since_1970);
  }
  return event.start_time ? parse_time(*event.start_time) : std::nullopt;
}

}  // namespace

bool goes_on(const Event& event, const Event& next) {
  if (event.start_time && event.start_time == next.start_time) return true;
  constexpr seconds rounding{5};
  const auto one = begin_of(event);
  const auto other = begin_of(next);
  if (one && other && std::chrono::abs(*one - *other) <= rounding) return true;
  if (is_terminal(event.status)) return false;
  return !one || !other || is_terminal(next.status);
}

Run run_of(std::span<const Event> events) {
  std::vector<const Event*> sorted;
  for (const Event& event : events) sorted.push_back(&event);
  std::ranges::sort(sorted, std::less{}, [](const Event* event) { return event->id; });
  const Event& first = *sorted.front();
  const Event last = *fold(events);
  Run run{.id = first.run_id.empty() ? first.id.text() : first.run_id, .start = first.time};
  take_last(last, run);
  if (first.run_id.empty()) run.start = begin_of(first).value_or(first.time);
  const Event* before = nullptr;
  for (const Event* event : sorted) {
    if (before != nullptr && event->id == before->id) continue;
    ++run.reports;
    raise(run.cpu, event->cpu_usage, event->time);
    raise(run.memory, event->memory_usage, event->time);
    run.heard = std::max(run.heard, event->time);
    if (before != nullptr && before->status == "running" && event->time > before->time) {
      const Run::Silence silence{before->time, event->time};
      const bool longer =
          !run.silence || silence.to - silence.from > run.silence->to - run.silence->from;
      if (longer) run.silence = silence;
    }
    before = event;
    // What came after the end of a named run is shadowed.
    if (last.id < event->id) continue;
    if (run.changes.empty() || run.changes.back().status != event->status) {
      run.changes.push_back({event->time, event->status});
    }
  }
  if (run.changes.size() > most_changes) {
    run.changes.erase(run.changes.begin(), run.changes.end() - most_changes);
  }
  return run;
}

std::map<std::string, std::vector<Event>> group_by_run(std::span<const Event> events) {
  std::map<EventId, const Event*> by_id;
  for (const Event& event : events) by_id.emplace(event.id, &event);
  // Of each event without a run_id the run that it is of.
  std::map<std::string_view, std::string_view> run_of_event;
  const Event* before = nullptr;
  std::string_view run;
  for (const auto& [id, event] : by_id) {
    if (!event->run_id.empty()) continue;
    if (before == nullptr || !goes_on(*before, *event)) run = event->id.text();
    run_of_event.emplace(event->id.text(), run);
    before = event;
  }
  std::map<std::string, std::vector<Event>> runs;
  for (const auto& [id, event] : by_id) {
    const std::string& name = event->run_id.empty() ? event->id.text() : event->run_id;
    const auto found = run_of_event.find(name);
    runs[found == run_of_event.end() ? name : std::string(found->second)].push_back(*event);
  }
  return runs;
}

std::vector<Run> runs_of(std::span<const Event> events) {
  std::vector<Run> runs;
  for (const auto& [id, of_run] : group_by_run(events)) runs.push_back(run_of(of_run));
  std::ranges::sort(runs, [](const Run& a, const Run& b) {
    return a.start != b.start ? a.start > b.start : a.id > b.id;
  });
  return runs;
}

std::optional<UsualDuration> usual_duration(std::span<const Run> newest_first) {
  std::vector<std::int64_t> durations;
  for (const Run& run : newest_first) {
    if (durations.size() == runs_looked_at) break;
    if (run.status == "completed" && run.duration) durations.push_back(*run.duration);
  }
  if (durations.size() < fewest_runs) return std::nullopt;
  std::ranges::sort(durations);
  const std::size_t count = durations.size();
  return UsualDuration{
      .median = durations[count / 2], .p95 = durations[(count * 95 + 99) / 100 - 1], .runs = count};
}

}  // namespace signalbox
