// The publisher's log, <own directory>/publish-<host>.log: one file a host (no file is appended to
// by two), 1 MiB, three kept. A detached publisher has no terminal; this is where it talks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "clone/clone.h"

namespace signalbox {

class Log {
 public:
  // Never fails: without a file the lines go nowhere.
  explicit Log(const Clone& clone);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  void info(std::string_view line);
  void error(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

[[nodiscard]] std::string log_path(const Clone& clone);

}  // namespace signalbox
