#include "intake/compose.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

// Values given now win over those of before, key by key.
Json merged(const Json& before, const Json& now) {
  Json both = before;
  for (const auto& [key, value] : now.items()) both[key] = value;
  return both;
}

void carry_over(const Event& current, bool same_run, Event& event) {
  if (!event.next_scheduled_run) event.next_scheduled_run = current.next_scheduled_run;
  event.config = merged(current.config, event.config);
  Json extra = current.extra;
  extra.erase("ignored");  // of that one file
  // Of a verdict that somebody else spoke of it: the job itself knows better
  // (reconcile/verdicts.h).
  const bool was_judged = extra.erase("judged_by") > 0;
  extra.erase("lost");
  if (!same_run || event.message) extra.erase("log_entries");
  if (was_judged) extra.erase("exit_code");
  if (!same_run) {  // how another run ended, and where it was
    extra.erase("exit_code");
    extra.erase("slurm");
    extra.erase("process");
    extra.erase("wrapper");
  }
  event.extra = merged(extra, event.extra);
  if (!same_run) return;
  if (!event.start_time) event.start_time = current.start_time;
  if (!event.progress) event.progress = current.progress;
  if (!event.cpu_usage) event.cpu_usage = current.cpu_usage;
  if (!event.memory_usage) event.memory_usage = current.memory_usage;
  if (!event.message && !was_judged) event.message = current.message;
  event.metrics = merged(current.metrics, event.metrics);
}

// The first run in an allocation has its name, the next ones a number besides.
std::string next_run_of(const std::string& allocation_run, const std::string& current_run) {
  if (current_run == allocation_run) return allocation_run + "#2";
  if (!current_run.starts_with(allocation_run + "#")) return allocation_run;
  const auto number = parse_number(current_run.substr(allocation_run.size() + 1));
  constexpr double most = 1e9;
  if (!number || !(*number >= 2 && *number < most)) return allocation_run;
  return allocation_run + "#" + std::to_string(static_cast<long>(*number) + 1);
}

// Of the same job of the batch system, whatever else was known of it.
bool is_same_allocation(const Json& before, const Json& now) {
  const auto differs = [&](const char* key) {
    const auto one = before.find(key);
    const auto other = now.find(key);
    return (one == before.end()) != (other == now.end()) || (one != before.end() && *one != *other);
  };
  const bool other_cluster =
      before.contains("cluster") && now.contains("cluster") && differs("cluster");
  return before.is_object() && !other_cluster && !differs("job_id") && !differs("restart_count");
}

// Of a caller that named none.
std::string run_of(const Event& event, const std::optional<Event>& current,
                   const std::string& current_run, const Reporter& reporter) {
  const bool goes_on = current && !ends_its_run(*current);
  if (reporter.allocation_run.empty()) return goes_on ? current_run : event.id.text();
  const auto before = current ? current->extra.find("slurm") : reporter.allocation.end();
  const bool is_here =
      current && before != current->extra.end() && is_same_allocation(*before, reporter.allocation);
  return goes_on && is_here ? current_run : next_run_of(reporter.allocation_run, current_run);
}

void fill_times(Event& event) {
  using std::chrono::seconds;
  const auto started = event.start_time ? parse_time(*event.start_time) : std::nullopt;
  if (!event.duration && started) {
    const auto elapsed = std::chrono::floor<seconds>(event.time - *started).count();
    event.duration = std::max<std::int64_t>(elapsed, 0);
  }
  if (!event.start_time) {
    const auto age =
        seconds{std::min(event.duration.value_or(0), event.time.time_since_epoch() / seconds{1})};
    event.start_time = format_seconds(event.time - age);
  }
  if (is_terminal(event.status) && !event.end_time) event.end_time = format_seconds(event.time);
}

}  // namespace

Event compose(Event said, const std::optional<Event>& current, const Reporter& reporter) {
  Event event = std::move(said);
  event.id =
      EventId::next(reporter.now, std::max(current ? current->id : EventId{}, reporter.newest),
                    host_digest(reporter.host), reporter.random);
  event.time = reporter.now;
  event.host = reporter.host;
  // Another program's file names no run: then it began one, of its own event's id.
  const std::string current_run = !current                  ? ""
                                  : current->run_id.empty() ? current->id.text()
                                                            : current->run_id;
  if (!reporter.allocation.empty()) event.extra["slurm"] = reporter.allocation;
  if (event.run_id.empty()) event.run_id = run_of(event, current, current_run, reporter);
  const bool same_run = current && current_run == event.run_id;
  if (event.status == "completed" && !event.progress) event.progress = 100;
  if (current) carry_over(*current, same_run, event);
  fill_times(event);
  return event;
}

}  // namespace signalbox
