#include "index/history_index.h"

#include "base/text.h"
#include "event/array_task.h"
#include "index/sqlite.h"

namespace signalbox {
namespace {

using sqlite::Statement;

constexpr int format_number = 5;
constexpr int busy_timeout_ms = 5000;

// shadowed events are found by a join with `ended`, so that an end which arrives late shadows what
// was there before without a rewrite.
constexpr const char* schema = R"(
  CREATE TABLE events (
    job TEXT NOT NULL, id TEXT NOT NULL, run TEXT NOT NULL, terminal INTEGER NOT NULL,
    named INTEGER NOT NULL, time INTEGER NOT NULL, line TEXT NOT NULL,
    array INTEGER, task INTEGER,
    PRIMARY KEY (job, id)) WITHOUT ROWID;
  CREATE INDEX events_of_array ON events(job, array, task, id) WHERE array IS NOT NULL;
  CREATE INDEX ends ON events(job, id) WHERE terminal;
  CREATE TABLE ended (
    job TEXT NOT NULL, run TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (job, run, id)) WITHOUT ROWID;
  CREATE TABLE thinned (
    job TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (job, id)) WITHOUT ROWID;
  CREATE TABLE files (key TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = 5;
)";

constexpr const char* not_shadowed =
    "(e.terminal OR NOT e.named OR NOT EXISTS "
    "(SELECT 1 FROM ended AS x WHERE x.job = e.job AND x.run = e.run))";

Result<sqlite::Database> open_database(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, nullptr);
  sqlite::Database database(handle);
  if (code != SQLITE_OK) {
    return std::unexpected(sqlite::error(handle, "cannot open the index '" + path + "'"));
  }
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  // Derived data: after a power cut it may be torn, is found corrupt and made again. No WAL: its
  // shared memory does not exist on network file systems.
  if (auto done = sqlite::execute(handle,
                                  "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;"
                                  "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
      !done) {
    return std::unexpected(done.error());
  }
  return database;
}

Result<int> format_of(sqlite3* database) {
  auto statement = Statement::prepare(database, "PRAGMA user_version");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return static_cast<int>(statement->number(0));
}

// Another process may be creating the schema at the same time: one of them finds it made.
Status create_schema(sqlite3* database) {
  if (auto done = sqlite::execute(database, "BEGIN IMMEDIATE"); !done) return done;
  const auto format = format_of(database);
  auto done = format && *format == format_number ? Status{} : sqlite::execute(database, schema);
  if (done) done = sqlite::execute(database, "COMMIT");
  if (!done) (void)sqlite::execute(database, "ROLLBACK");
  return done;
}

// A database with our schema that passes a quick look; Corrupt when it has to be made again.
Result<sqlite::Database> open_checked(const std::string& path) {
  auto database = open_database(path);
  if (!database) return database;
  const auto format = format_of(database->get());
  if (!format) return std::unexpected(format.error());
  if (*format == 0) {
    if (auto done = create_schema(database->get()); !done) return std::unexpected(done.error());
  } else if (*format != format_number) {
    return fail(ErrorKind::Corrupt, "the index is of another format");
  }
  auto look = Statement::prepare(database->get(), "SELECT count(*) FROM state");
  if (!look) return std::unexpected(look.error());
  if (auto done = look->run(); !done) return std::unexpected(done.error());
  return database;
}

// What a file says is in its bytes; what a predecessor's document says is in its name as well.
std::string key_of(const HistoryIndex::SegmentFile& file) {
  return file.path.ends_with(".json") ? file.blob + " " + file.path : file.blob;
}

// Takes an event out, also as the end of its run.
struct ForgetEvent {
  Statement event, end;

  static Result<ForgetEvent> prepare(sqlite3* database) {
    // `ended` has no key by id alone: the event's own row says which run it ended.
    auto end = Statement::prepare(database,
                                  "DELETE FROM ended WHERE job = ?1 AND id = ?2 AND run = "
                                  "(SELECT run FROM events WHERE job = ?1 AND id = ?2)");
    if (!end) return std::unexpected(end.error());
    auto event = Statement::prepare(database, "DELETE FROM events WHERE job = ?1 AND id = ?2");
    if (!event) return std::unexpected(event.error());
    return ForgetEvent{*std::move(event), *std::move(end)};
  }
  Status run(const JobName& job, const EventId& id) {
    auto done = end.bind(1, job.text()).bind(2, id.text()).run();
    if (done) done = event.bind(1, job.text()).bind(2, id.text()).run();
    return done;
  }
};

std::vector<Event> events_of(Statement& statement, Status& status) {
  std::vector<Event> events;
  for (;;) {
    const auto row = statement.step();
    if (!row) {
      status = std::unexpected(row.error());
      return events;
    }
    if (!*row) return events;
    if (auto event = parse_event(statement.text(0))) events.push_back(*std::move(event));
  }
}

}  // namespace

struct HistoryIndex::Impl {
  sqlite::Database database;
  std::string path;  // empty: in memory
  os::FileSystem* fs = nullptr;

  // A torn page may show only when it is read: then the file goes, and whoever opens it next makes
  // a new one.
  Error noticed(Error error) const {
    if (error.kind == ErrorKind::Corrupt && !path.empty()) {
      (void)fs->unlink(path);
      (void)fs->unlink(path + "-journal");
      error.what += "; it was deleted and will be made again";
      error.advice = "run the command again";
    }
    return error;
  }

  template <class Work>
  Status in_transaction(Work work) const {
    auto done = sqlite::execute(database.get(), "BEGIN IMMEDIATE");
    if (done) done = work();
    if (done) done = sqlite::execute(database.get(), "COMMIT");
    if (done) return {};
    (void)sqlite::execute(database.get(), "ROLLBACK");
    return std::unexpected(noticed(done.error()));
  }

  // `runs`: the second parameter of the statement, a JSON array.
  Result<std::vector<Event>> select(std::string_view sql, const JobName& job,
                                    const std::string& runs = {}) const {
    auto statement = Statement::prepare(database.get(), sql);
    if (!statement) return std::unexpected(noticed(statement.error()));
    statement->bind(1, job.text());
    if (!runs.empty()) statement->bind(2, runs);
    Status status;
    auto events = events_of(*statement, status);
    if (!status) return std::unexpected(noticed(status.error()));
    return events;
  }
};

HistoryIndex::HistoryIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HistoryIndex::HistoryIndex(HistoryIndex&&) noexcept = default;
HistoryIndex& HistoryIndex::operator=(HistoryIndex&&) noexcept = default;
HistoryIndex::~HistoryIndex() = default;

Result<HistoryIndex> HistoryIndex::open(os::FileSystem& fs, const std::string& path) {
  auto database = open_checked(path);
  if (!database && database.error().kind == ErrorKind::Corrupt) {
    (void)fs.unlink(path);  // what cannot be deleted cannot be opened again either
    (void)fs.unlink(path + "-journal");
    database = open_checked(path);
  }
  std::string where = path;
  if (!database) {
    where.clear();
    database = open_checked(":memory:");
  }
  if (!database) return std::unexpected(database.error());
  return HistoryIndex(std::make_unique<Impl>(*std::move(database), where, &fs));
}

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
  auto forget = ForgetEvent::prepare(database);
  for (const auto* statement : {&event_row, &ended_row, &thinned_row, &file_row, &tree_row}) {
    if (!*statement) return std::unexpected(impl_->noticed(statement->error()));
  }
  if (!forget) return std::unexpected(impl_->noticed(forget.error()));
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
        "DELETE FROM state");
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

Result<std::vector<Event>> HistoryIndex::fold_base(const JobName& job,
                                                   std::span<const std::string> new_runs) {
  const std::string newest =
      std::string("SELECT e.line FROM events AS e WHERE e.job = ?1 AND ") + not_shadowed;
  auto base = impl_->select(newest + " ORDER BY e.id DESC LIMIT 1", job);
  if (!base || new_runs.empty()) return base;
  Json runs = Json::array();
  for (const std::string& run : new_runs) runs.push_back(run);
  for (const std::string& sql :
       {std::string("SELECT e.line FROM ended AS x JOIN events AS e ON e.job = x.job AND "
                    "e.id = x.id WHERE x.job = ?1 AND x.run IN (SELECT value FROM json_each(?2))"),
        newest +
            " AND e.run NOT IN (SELECT value FROM json_each(?2)) ORDER BY e.id DESC LIMIT 1"}) {
    auto more = impl_->select(sql, job, to_line(runs));
    if (!more) return more;
    for (Event& event : *more) base->push_back(std::move(event));
  }
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
