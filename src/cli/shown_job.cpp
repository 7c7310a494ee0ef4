#include "cli/shown_job.h"

#include "event/array_task.h"

namespace signalbox::cli {
namespace {

constexpr std::size_t ends_looked_at = 30;  // to find ten that were completed

bool is_running(const Event& event) {
  return event.status == "running";
}

Status add_estimate(Session& session, UtcTime now, ShownJob& shown) {
  const Event& event = shown.row.event;
  const auto ends = read_index(
      session, nullptr, [&](HistoryIndex& index) { return index.ends(event.job, ends_looked_at); });
  if (!ends) return std::unexpected(ends.error());
  shown.estimate = estimated_end(event, usual_duration(*ends), now);
  return {};
}

}  // namespace

Result<std::vector<ShownJob>> read_shown_jobs(os::FileSystem& fs, const Clone& clone,
                                              Session& session, const std::optional<JobName>& job,
                                              bool with_estimates, UtcTime now) {
  auto rows = read_board(fs, clone, session, job);
  if (!rows) return std::unexpected(rows.error());
  std::vector<ShownJob> jobs;
  for (BoardRow& row : *rows) {
    ShownJob shown{.row = std::move(row)};
    const Event& event = shown.row.event;
    shown.status = event.status;
    shown.silent = is_running(event) && now - event.time > session.settings().silent_after;
    if (const auto task = array_task_of(event)) {
      const auto tasks = read_tasks(fs, clone, session, event.job, task->array);
      if (!tasks) return std::unexpected(tasks.error());
      shown.tasks = roll_up(*tasks);
      shown.status = shown.tasks->status();
    } else if (with_estimates && is_running(event)) {
      if (auto done = add_estimate(session, now, shown); !done) {
        return std::unexpected(done.error());
      }
    }
    jobs.push_back(std::move(shown));
  }
  return jobs;
}

}  // namespace signalbox::cli
