// Opening the index's database: its schema, and what to do with one that cannot be used.
#include "index/implementation.h"

namespace signalbox {
namespace {

using sqlite::Statement;

constexpr int format_number = 6;
constexpr int busy_timeout_ms = 5000;

// A page lists all runs of a day, so they lie side by side in shown_runs.
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
  CREATE TABLE stale (
    job TEXT NOT NULL, run TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (job, run)) WITHOUT ROWID;
  CREATE TABLE runs (
    job TEXT NOT NULL, run TEXT NOT NULL, first TEXT NOT NULL, named INTEGER NOT NULL,
    start INTEGER NOT NULL, day INTEGER NOT NULL, status TEXT NOT NULL, seconds INTEGER,
    since INTEGER NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (job, run)) WITHOUT ROWID;
  CREATE TABLE shown_runs (
    day INTEGER NOT NULL, start INTEGER NOT NULL, job TEXT NOT NULL, run TEXT NOT NULL,
    json TEXT NOT NULL, PRIMARY KEY (day, start, job, run)) WITHOUT ROWID;
  CREATE INDEX runs_by_start ON runs(job, start, run, day);
  CREATE INDEX runs_by_day ON runs(day, status, seconds);
  CREATE INDEX runs_by_job_and_day ON runs(job, day, status, seconds);
  CREATE INDEX runs_by_since ON runs(since);
  CREATE TABLE days (
    day INTEGER PRIMARY KEY, runs INTEGER NOT NULL, json TEXT NOT NULL, changed INTEGER NOT NULL);
  CREATE TABLE summaries (
    job TEXT PRIMARY KEY, changed INTEGER NOT NULL, bucket INTEGER NOT NULL,
    attention INTEGER NOT NULL, time INTEGER NOT NULL, status TEXT NOT NULL, host TEXT NOT NULL,
    json TEXT NOT NULL, view TEXT NOT NULL);
  CREATE INDEX summaries_by_attention ON summaries(attention DESC, time DESC, job);
  CREATE INDEX summaries_by_bucket ON summaries(bucket, job, changed);
  CREATE INDEX summaries_by_status ON summaries(status);
  CREATE INDEX summaries_by_host ON summaries(host, time);
  CREATE INDEX summaries_by_change ON summaries(changed);
  CREATE TABLE alerts (
    job TEXT NOT NULL, over INTEGER NOT NULL, at INTEGER NOT NULL, host TEXT NOT NULL,
    rule TEXT NOT NULL, json TEXT NOT NULL);
  CREATE INDEX alerts_by_job ON alerts(job, over, at);
  CREATE INDEX alerts_by_time ON alerts(over, at, job, rule);
  CREATE TABLE logs (
    path TEXT PRIMARY KEY, blob TEXT NOT NULL, changed INTEGER NOT NULL, job TEXT NOT NULL,
    project TEXT NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX logs_by_job ON logs(job);
  CREATE INDEX logs_by_project ON logs(project);
  PRAGMA user_version = 6;
)";

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

}  // namespace

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

Result<Statement*> HistoryIndex::Impl::prepared(const std::string& sql,
                                                std::initializer_list<Value> values) {
  auto known = statements.find(sql);
  if (known == statements.end()) {
    auto statement = Statement::prepare(database.get(), sql);
    if (!statement) return std::unexpected(noticed(statement.error()));
    known = statements.emplace(sql, *std::move(statement)).first;
  }
  Statement& statement = known->second;
  statement.reset();  // a row may have been left where somebody stopped
  int at = 0;
  for (const Value& value : values) {
    ++at;
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      statement.bind(at, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.bind(at, *number);
    } else if (const auto& perhaps = std::get<std::optional<std::int64_t>>(value)) {
      statement.bind(at, *perhaps);
    } else {
      statement.bind_null(at);
    }
  }
  return &statement;
}

Status HistoryIndex::Impl::run(const std::string& sql, std::initializer_list<Value> values) {
  auto statement = prepared(sql, values);
  if (!statement) return std::unexpected(statement.error());
  if (auto done = (*statement)->run(); !done) return std::unexpected(noticed(done.error()));
  return {};
}

Result<std::vector<std::string>> HistoryIndex::Impl::texts(const std::string& sql,
                                                           std::initializer_list<Value> values) {
  std::vector<std::string> texts;
  auto done =
      for_each_row(sql, values, [&](const Statement& row) { texts.push_back(row.text(0)); });
  if (!done) return std::unexpected(done.error());
  return texts;
}

Result<std::size_t> HistoryIndex::Impl::number(const std::string& sql,
                                               std::initializer_list<Value> values) {
  std::int64_t number = 0;
  auto done = for_each_row(sql, values, [&](const Statement& row) { number = row.number(0); });
  if (!done) return std::unexpected(done.error());
  return static_cast<std::size_t>(number);
}

std::vector<Event> events_of(sqlite::Statement& statement, Status& status) {
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

}  // namespace signalbox
