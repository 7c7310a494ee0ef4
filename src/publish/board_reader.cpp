#include "publish/board_reader.h"

#include <algorithm>

#include "board/document.h"
#include "board/fold.h"
#include "event/array_task.h"
#include "intake/fallback.h"

namespace signalbox {

Result<std::vector<Event>> read_waiting_events(os::FileSystem& fs, const Clone& clone) {
  std::vector<Event> events;
  std::vector<std::string> directories{clone.spool_directory()};
  for (const FallbackSpool& spool : fallback_spools(fs, clone)) {
    directories.push_back(spool.directory);
  }
  for (const std::string& directory : directories) {
    auto pending = Spool(fs, directory).pending(std::string::npos, std::string::npos);
    if (!pending) return std::unexpected(pending.error());
    std::ranges::move(pending->events, std::back_inserter(events));
  }
  return events;
}

Result<std::vector<BoardRow>> read_board(os::FileSystem& fs, const Clone& clone, Session& session,
                                         const std::optional<JobName>& job) {
  const auto tip = session.shown_tip();
  if (!tip) return std::unexpected(tip.error());
  auto waiting = read_waiting_events(fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  const auto files = session.repository().views(*tip, {});
  if (!files) return std::unexpected(files.error());

  std::map<JobName, std::vector<Event>> by_job;
  std::set<EventId> waiting_ids;
  for (Event& event : *waiting) {
    waiting_ids.insert(event.id);
    by_job[event.job].push_back(std::move(event));
  }
  for (const ViewFile& file : *files) {
    const auto document = parse_view(file.job, file.bytes);
    if (!document) continue;
    by_job[file.job].push_back(
        document->sealed ? document->event : event_from_document(*document, file.bytes, UtcTime{}));
  }
  std::vector<BoardRow> rows;
  for (const auto& [name, events] : by_job) {
    if (job && name != *job) continue;
    if (auto view = fold(events)) {
      const bool waits = waiting_ids.contains(view->id);
      rows.push_back({*std::move(view), waits});
    }
  }
  return rows;
}

Result<std::vector<Event>> read_tasks(os::FileSystem& fs, const Clone& clone, Session& session,
                                      const JobName& job, std::int64_t array_job_id) {
  const auto published = read_index(
      session, nullptr, [&](HistoryIndex& index) { return index.tasks(job, array_job_id); });
  if (!published) return std::unexpected(published.error());
  const auto waiting = read_waiting_events(fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  std::map<std::int64_t, std::vector<Event>> by_task;
  for (const auto* events : {&*published, &*waiting}) {
    for (const Event& event : *events) {
      const auto task = array_task_of(event);
      if (event.job == job && task && task->array == array_job_id) {
        by_task[task->task].push_back(event);
      }
    }
  }
  std::vector<Event> tasks;
  for (const auto& [number, events] : by_task) {
    if (auto newest = fold(events)) tasks.push_back(*std::move(newest));
  }
  return tasks;
}

Result<History> read_history(os::FileSystem& fs, const Clone& clone, Session& session,
                             const JobName& job, const HistoryIndex::Query& query,
                             const Repository::Progress& progress) {
  std::vector<Event> published;
  History history;
  auto read = read_index(session, progress, [&](HistoryIndex& index) -> Status {
    auto events = index.history(job, query);
    if (!events) return std::unexpected(events.error());
    published = *std::move(events);
    const auto thinned = index.thinned(job, query.since);
    if (!thinned) return std::unexpected(thinned.error());
    history.thinned = *thinned;
    return {};
  });
  if (!read) return std::unexpected(read.error());
  auto waiting = read_waiting_events(fs, clone);
  if (!waiting) return std::unexpected(waiting.error());
  std::map<EventId, HistoryRow, std::greater<>> rows;
  for (Event& event : *waiting) {
    if (event.job == job && (!query.since || event.time >= *query.since)) {
      rows.insert_or_assign(event.id, HistoryRow{event, true});
    }
  }
  for (Event& event : published) rows.insert_or_assign(event.id, HistoryRow{event, false});
  for (auto& [id, row] : rows) {
    if (query.limit != 0 && history.rows.size() == query.limit) break;
    history.rows.push_back(std::move(row));
  }
  return history;
}

Result<WaitingEvents> read_waiting(os::FileSystem& fs, const Clone& clone) {
  WaitingEvents waiting;
  const auto count = [&](const std::string& directory) -> Result<std::size_t> {
    const auto ids = Spool(fs, directory).waiting_ids();
    if (!ids) return std::unexpected(ids.error());
    if (!ids->empty()) {
      const UtcTime first = ids->front().parts().time;
      waiting.oldest = std::min(waiting.oldest.value_or(first), first);
    }
    return ids->size();
  };
  const auto here = count(clone.spool_directory());
  if (!here) return std::unexpected(here.error());
  waiting.in_clone = *here;
  for (const FallbackSpool& spool : fallback_spools(fs, clone)) {
    const auto away = count(spool.directory);
    if (!away) return std::unexpected(away.error());
    waiting.in_user_state += *away;
  }
  waiting.orphaned = orphaned_spools(fs);
  const Spool spool(fs, clone.spool_directory());
  const auto list = [&](const std::string& directory, std::vector<std::string>& paths) {
    const auto names = fs.list(directory);
    if (!names) return;
    for (const std::string& name : *names) paths.push_back(directory + "/" + name);
  };
  list(spool.damaged_directory(), waiting.damaged);
  list(spool.refused_directory(), waiting.refused);
  return waiting;
}

}  // namespace signalbox
