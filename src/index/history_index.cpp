#include "index/history_index.h"

#include <map>

#include "base/text.h"
#include "event/array_task.h"
#include "index/implementation.h"

namespace signalbox {
namespace {

using sqlite::Statement;

constexpr const char* not_shadowed =
    "(e.terminal OR NOT e.named OR NOT EXISTS "
    "(SELECT 1 FROM ended AS x WHERE x.job = e.job AND x.run = e.run))";

// What a file says is in its bytes; what a predecessor's document says is in its name as well.
std::string key_of(const HistoryIndex::SegmentFile& file) {
  return file.path.ends_with(".json") ? file.blob + " " + file.path : file.blob;
}

// Notes of which runs events came or went, and the first of those.
constexpr const char* note_stale =
    "INSERT INTO stale VALUES (?1, ?2, ?3) ON CONFLICT (job, run) DO UPDATE SET "
    "id = min(id, excluded.id)";

// Takes an event out, also as the end of its run.
struct ForgetEvent {
  Statement stale, event, end;

  static Result<ForgetEvent> prepare(sqlite3* database) {
    // `ended` has no key by id alone: the event's own row says which run it ended.
    auto end = Statement::prepare(database,
                                  "DELETE FROM ended WHERE job = ?1 AND id = ?2 AND run = "
                                  "(SELECT run FROM events WHERE job = ?1 AND id = ?2)");
    if (!end) return std::unexpected(end.error());
    auto event = Statement::prepare(database, "DELETE FROM events WHERE job = ?1 AND id = ?2");
    if (!event) return std::unexpected(event.error());
    auto stale = Statement::prepare(
        database,
        "INSERT INTO stale SELECT job, run, id FROM events WHERE job = ?1 AND id = ?2 "
        "ON CONFLICT (job, run) DO UPDATE SET id = min(id, excluded.id)");
    if (!stale) return std::unexpected(stale.error());
    return ForgetEvent{*std::move(stale), *std::move(event), *std::move(end)};
  }
  Status run(const JobName& job, const EventId& id) {
    auto done = stale.bind(1, job.text()).bind(2, id.text()).run();
    if (done) done = end.bind(1, job.text()).bind(2, id.text()).run();
    if (done) done = event.bind(1, job.text()).bind(2, id.text()).run();
    return done;
  }
};

}  // namespace

HistoryIndex::HistoryIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryIndex::HistoryIndex(HistoryIndex&&) noexcept = default;
HistoryIndex& HistoryIndex::operator=(HistoryIndex&&) noexcept = default;
HistoryIndex::~HistoryIndex() = default;

bool HistoryIndex::is_in_memory() const {
  return impl_->path.empty();
}

std::string HistoryIndex::tree() const {
  auto statement =
      Statement::prepare(impl_->database.get(), "SELECT value FROM state WHERE name = 'tree'");
  if (!statement) return {};
  const auto row = statement->step();
  return row && *row ? statement->text(0) : std::string();
}

Result<std::vector<HistoryIndex::SegmentFile>> HistoryIndex::unknown(
    std::span<const SegmentFile> files) {
  std::vector<SegmentFile> news;
  for (const SegmentFile& file : files) {
    auto statement =
        Statement::prepare(impl_->database.get(), "SELECT 1 FROM files WHERE key = ?1");
    if (!statement) return std::unexpected(impl_->noticed(statement.error()));
    const auto row = statement->bind(1, key_of(file)).step();
    if (!row) return std::unexpected(impl_->noticed(row.error()));
    if (!*row) news.push_back(file);
  }
  return news;
}

Status HistoryIndex::add(std::span<const Segment> segments, const std::string& tree) {
  sqlite3* database = impl_->database.get();
  auto event_row =
      Statement::prepare(database,
                         "INSERT OR IGNORE INTO events SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 "
                         "WHERE NOT EXISTS (SELECT 1 FROM thinned WHERE job = ?1 AND id = ?2)");
  auto ended_row = Statement::prepare(
      database,
      "INSERT OR IGNORE INTO ended SELECT ?1, ?2, ?3 "
      "WHERE EXISTS (SELECT 1 FROM events WHERE job = ?1 AND id = ?3 AND run = ?2)");
  auto thinned_row = Statement::prepare(database, "INSERT OR IGNORE INTO thinned VALUES (?1, ?2)");
  auto file_row = Statement::prepare(database, "INSERT OR IGNORE INTO files VALUES (?1)");
  auto tree_row = Statement::prepare(database, "INSERT OR REPLACE INTO state VALUES ('tree', ?1)");
  auto stale_row = Statement::prepare(database, note_stale);
  auto forget = ForgetEvent::prepare(database);
  for (const auto* statement :
       {&event_row, &ended_row, &thinned_row, &file_row, &tree_row, &stale_row}) {
    if (!*statement) return std::unexpected(impl_->noticed(statement->error()));
  }
  if (!forget) return std::unexpected(impl_->noticed(forget.error()));
  std::map<std::pair<std::string, std::string>, EventId> stale;
  const auto add_event = [&](const Event& event) -> Status {
    const bool named = is_named_run(event.run_id);
    const bool terminal = ends_its_run(event);
    const auto task = array_task_of(event);
    if (task) event_row->bind(8, task->array).bind(9, task->task);
    if (!task) event_row->bind_null(8).bind_null(9);
    auto done = event_row->bind(1, event.job.text())
                    .bind(2, event.id.text())
                    .bind(3, event.run_id)
                    .bind(4, terminal ? 1 : 0)
                    .bind(5, named ? 1 : 0)
                    .bind(6, event.time.time_since_epoch().count())
                    .bind(7, format_event(event))
                    .run();
    if (done && event_row->changed_something()) {
      const auto [run, is_new] = stale.emplace(std::pair{event.job.text(), event.run_id}, event.id);
      if (!is_new) run->second = std::min(run->second, event.id);
    }
    if (!done || !named || !terminal) return done;
    return ended_row->bind(1, event.job.text())
        .bind(2, event.run_id)
        .bind(3, event.id.text())
        .run();
  };
  const auto add_all = [&]() -> Status {
    for (const Segment& segment : segments) {
      for (const Event& event : segment.events) {
        if (auto done = add_event(event); !done) return done;
      }
      for (const Thinned& thin : segment.thinned) {
        auto done = thinned_row->bind(1, thin.job.text()).bind(2, thin.id.text()).run();
        if (done) done = forget->run(thin.job, thin.id);
        if (!done) return done;
      }
      if (auto done = file_row->bind(1, key_of(segment.file)).run(); !done) return done;
    }
    for (const auto& [run, id] : stale) {
      auto done = stale_row->bind(1, run.first).bind(2, run.second).bind(3, id.text()).run();
      if (!done) return done;
    }
    return tree_row->bind(1, tree).run();
  };
  return impl_->in_transaction(add_all);
}

Status HistoryIndex::remove(std::span<const Segment> segments) {
  sqlite3* database = impl_->database.get();
  auto forget = ForgetEvent::prepare(database);
  if (!forget) return std::unexpected(impl_->noticed(forget.error()));
  auto thinned_row = Statement::prepare(database, "DELETE FROM thinned WHERE job = ?1 AND id = ?2");
  auto file_row = Statement::prepare(database, "DELETE FROM files WHERE key = ?1");
  for (const auto* statement : {&thinned_row, &file_row}) {
    if (!*statement) return std::unexpected(impl_->noticed(statement->error()));
  }
  return impl_->in_transaction([&]() -> Status {
    for (const Segment& segment : segments) {
      for (const Event& event : segment.events) {
        if (auto done = forget->run(event.job, event.id); !done) return done;
      }
      for (const Thinned& thin : segment.thinned) {
        auto done = thinned_row->bind(1, thin.job.text()).bind(2, thin.id.text()).run();
        if (!done) return done;
      }
      if (auto done = file_row->bind(1, key_of(segment.file)).run(); !done) return done;
    }
    return {};
  });
}

Status HistoryIndex::clear() {
  return impl_->in_transaction([&] {
    return sqlite::execute(
        impl_->database.get(),
        "DELETE FROM events; DELETE FROM ended; DELETE FROM thinned; DELETE FROM files;"
        "DELETE FROM state; DELETE FROM stale; DELETE FROM runs; DELETE FROM shown_runs;"
        "DELETE FROM days;"
        "DELETE FROM summaries; DELETE FROM alerts; DELETE FROM logs");
  });
}

Result<std::vector<Event>> HistoryIndex::history(const JobName& job, const Query& query) {
  auto statement = Statement::prepare(
      impl_->database.get(),
      "SELECT line FROM events WHERE job = ?1 AND time >= ?2 ORDER BY id DESC LIMIT ?3");
  if (!statement) return std::unexpected(impl_->noticed(statement.error()));
  constexpr std::int64_t no_limit = -1;
  statement->bind(1, job.text())
      .bind(2, query.since ? query.since->time_since_epoch().count() : 0)
      .bind(3, query.limit == 0 ? no_limit : static_cast<std::int64_t>(query.limit));
  Status status;
  auto events = events_of(*statement, status);
  if (!status) return std::unexpected(impl_->noticed(status.error()));
  return events;
}

Result<std::vector<Event>> HistoryIndex::tasks(const JobName& job, std::int64_t array_job_id) {
  // SQLite's rule for max() without a group's other columns being aggregated: they are of the row
  // that has it.
  auto statement = Statement::prepare(
      impl_->database.get(), std::string("SELECT line, max(id) FROM events AS e WHERE job = ?1 "
                                         "AND array = ?2 AND array IS NOT NULL AND ") +
                                 not_shadowed + " GROUP BY task");
  if (!statement) return std::unexpected(impl_->noticed(statement.error()));
  statement->bind(1, job.text()).bind(2, array_job_id);
  Status status;
  auto events = events_of(*statement, status);
  if (!status) return std::unexpected(impl_->noticed(status.error()));
  return events;
}

Result<std::vector<Event>> HistoryIndex::ends(const JobName& job, std::size_t limit) {
  auto statement = Statement::prepare(
      impl_->database.get(),
      "SELECT line FROM events WHERE job = ?1 AND terminal ORDER BY id DESC LIMIT ?2");
  if (!statement) return std::unexpected(impl_->noticed(statement.error()));
  statement->bind(1, job.text()).bind(2, static_cast<std::int64_t>(limit));
  Status status;
  auto events = events_of(*statement, status);
  if (!status) return std::unexpected(impl_->noticed(status.error()));
  return events;
}

Result<std::size_t> HistoryIndex::thinned(const JobName& job, std::optional<UtcTime> since) {
  auto statement = Statement::prepare(impl_->database.get(),
                                      "SELECT count(*) FROM thinned WHERE job = ?1 AND id >= ?2");
  if (!statement) return std::unexpected(impl_->noticed(statement.error()));
  const EventId first({.time = since.value_or(UtcTime{})});
  const auto row = statement->bind(1, job.text()).bind(2, first.text()).step();
  if (!row) return std::unexpected(impl_->noticed(row.error()));
  return static_cast<std::size_t>(statement->number(0));
}

Result<std::vector<Event>> HistoryIndex::fold_base(const JobName& job, const NewRuns& runs) {
  const std::string newest =
      std::string("SELECT e.line FROM events AS e WHERE e.job = ?1 AND ") + not_shadowed;
  auto base = impl_->select(newest + " ORDER BY e.id DESC LIMIT 1", job);
  if (!base || runs.all.empty()) return base;
  const auto add = [&](const std::string& sql, const std::vector<std::string>& names) -> Status {
    auto more = impl_->select(sql, job, to_line(Json(names)));
    if (!more) return std::unexpected(more.error());
    for (Event& event : *more) base->push_back(std::move(event));
    return {};
  };
  auto added =
      add("SELECT e.line FROM ended AS x JOIN events AS e ON e.job = x.job AND "
          "e.id = x.id WHERE x.job = ?1 AND x.run IN (SELECT value FROM json_each(?2))",
          runs.all);
  if (added && !runs.ended.empty()) {
    added = add(
        newest + " AND e.run NOT IN (SELECT value FROM json_each(?2)) ORDER BY e.id DESC LIMIT 1",
        runs.ended);
  }
  if (!added) return std::unexpected(added.error());
  return base;
}

Result<bool> HistoryIndex::knows_content(const JobName& job, std::uint64_t digest) {
  for (const std::string table : {"events", "thinned"}) {
    auto statement =
        Statement::prepare(impl_->database.get(), "SELECT 1 FROM " + table +
                                                      " WHERE job = ?1 AND substr(id, 34) = ?2 AND "
                                                      "substr(id, 25, 8) = '00000000' LIMIT 1");
    if (!statement) return std::unexpected(impl_->noticed(statement.error()));
    const auto row = statement->bind(1, job.text()).bind(2, hex(digest, 12)).step();
    if (!row) return std::unexpected(impl_->noticed(row.error()));
    if (*row) return true;
  }
  return false;
}

}  // namespace signalbox
