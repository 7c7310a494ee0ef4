// SQLite's handles with owners. Internal to this room.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace signalbox::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

[[nodiscard]] Error error(sqlite3* database, const std::string& what);
[[nodiscard]] Status execute(sqlite3* database, const char* sql);

// A prepared statement: bind(1..), step() until false.
class Statement {
 public:
  [[nodiscard]] static Result<Statement> prepare(sqlite3* database, std::string_view sql);

  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, std::int64_t number);
  Statement& bind_null(int at);
  // True: a row is there. False: done.
  [[nodiscard]] Result<bool> step();
  void reset() { (void)sqlite3_reset(statement_.get()); }  // what it repeats was told by step()
  [[nodiscard]] Status run();  // step to the end, then ready to be bound again
  // Rows that the last run() inserted, changed or deleted.
  [[nodiscard]] bool changed_something() const { return sqlite3_changes(database_) > 0; }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Statement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace signalbox::sqlite
