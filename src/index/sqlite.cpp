#include "index/sqlite.h"

namespace signalbox::sqlite {

Error error(sqlite3* database, const std::string& what) {
  const int code = sqlite3_extended_errcode(database) & 0xFF;
  const ErrorKind kind = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ErrorKind::Corrupt
                         : code == SQLITE_FULL                           ? ErrorKind::NoSpace
                         : code == SQLITE_BUSY || code == SQLITE_LOCKED  ? ErrorKind::Busy
                                                                         : ErrorKind::InputOutput;
  return Error{kind, what + ": " + sqlite3_errmsg(database), {}};
}

Status execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return std::unexpected(error(database, "cannot use the index"));
  }
  return {};
}

Result<Statement> Statement::prepare(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK) {
    return std::unexpected(error(database, "cannot use the index"));
  }
  return Statement(database, statement);
}

Statement& Statement::bind(int at, std::string_view text) {
  // A failure (no such parameter, no memory) shows in the step that follows.
  (void)sqlite3_bind_text(statement_.get(), at, text.data(), static_cast<int>(text.size()),
                          SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(int at, std::int64_t number) {
  (void)sqlite3_bind_int64(statement_.get(), at, number);
  return *this;
}

Statement& Statement::bind_null(int at) {
  (void)sqlite3_bind_null(statement_.get(), at);
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return std::unexpected(error(database_, "cannot use the index"));
  }
}

Status Statement::run() {
  for (;;) {
    const auto more = step();
    if (!more) {
      (void)sqlite3_reset(statement_.get());  // repeats the error that was just told
      return std::unexpected(more.error());
    }
    if (!*more) break;
  }
  (void)sqlite3_reset(statement_.get());
  return {};
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

}  // namespace signalbox::sqlite
