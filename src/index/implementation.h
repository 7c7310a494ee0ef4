// The database of the index, for the files of this room.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "index/history_index.h"
#include "index/sqlite.h"

namespace signalbox {

// The events in the first column of the rows that follow; `status` tells how that ended.
[[nodiscard]] std::vector<Event> events_of(sqlite::Statement& statement, Status& status);

struct HistoryIndex::Impl {
  sqlite::Database database;
  std::string path;  // empty: in memory
  os::FileSystem* fs = nullptr;
  std::map<std::string, sqlite::Statement, std::less<>> statements;  // go before the database

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

  // Inside another one it is a part of that: the outer one commits.
  template <class Work>
  Status in_transaction(Work work) const {
    if (sqlite3_get_autocommit(database.get()) == 0) return work();
    auto done = sqlite::execute(database.get(), "BEGIN IMMEDIATE");
    if (done) done = work();
    if (done) done = sqlite::execute(database.get(), "COMMIT");
    if (done) return {};
    (void)sqlite::execute(database.get(), "ROLLBACK");
    return std::unexpected(noticed(done.error()));
  }

  // A parameter of a statement.
  using Value = std::variant<std::string_view, std::int64_t, std::optional<std::int64_t>>;

  // The statement, prepared once, with its parameters.
  [[nodiscard]] Result<sqlite::Statement*> prepared(const std::string& sql,
                                                    std::initializer_list<Value> values);
  [[nodiscard]] Status run(const std::string& sql, std::initializer_list<Value> values);
  template <class Take>
  Status for_each_row(const std::string& sql, std::initializer_list<Value> values, Take take) {
    auto statement = prepared(sql, values);
    if (!statement) return std::unexpected(statement.error());
    for (;;) {
      const auto row = (*statement)->step();
      if (!row) return std::unexpected(noticed(row.error()));
      if (!*row) break;
      take(**statement);
    }
    (*statement)->reset();
    return {};
  }
  // The first column of all rows; of the one row.
  [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& sql,
                                                       std::initializer_list<Value> values);
  [[nodiscard]] Result<std::size_t> number(const std::string& sql,
                                           std::initializer_list<Value> values);

  // `runs`: the second parameter of the statement, a JSON array.
  Result<std::vector<Event>> select(std::string_view sql, const JobName& job,
                                    const std::string& runs = {}) const {
    auto statement = sqlite::Statement::prepare(database.get(), sql);
    if (!statement) return std::unexpected(noticed(statement.error()));
    statement->bind(1, job.text());
    if (!runs.empty()) statement->bind(2, runs);
    Status status;
    auto events = events_of(*statement, status);
    if (!status) return std::unexpected(noticed(status.error()));
    return events;
  }
};

}  // namespace signalbox
