// The reports of a command that runs, each made by `signalbox report` in a process and session of
// its own: whatever a file system, a repository or a report does, the command goes on undisturbed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace signalbox {

struct ReportTarget {
  std::string repository;  // as -C is given to `report`; empty: not given
  std::string job;         // a valid name
  bool publish = true;
};

class Reports {
 public:
  explicit Reports(ReportTarget target) : target_(std::move(target)) {}
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports();

  // Starts a report of the fields of a status document. False when the one before is still being
  // made: then this one is left out.
  bool send(const Json& document);

  // Whether none is being made any more. Does not wait.
  [[nodiscard]] bool idle();
  // Waits until none is; false at the deadline, which is two seconds from the moment at which this
  // process is asked to end (SIGTERM, SIGINT, SIGHUP or SIGQUIT, which must be blocked). What is
  // being made then goes on without us.
  bool wait_until(std::chrono::steady_clock::time_point deadline);

  // What the last report that failed said; empty when all went well.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  void note_end(int status);

  ReportTarget target_;
  pid_t process_ = -1;
  int errors_ = -1;  // what it says on stderr
  std::string complaint_;
};

}  // namespace signalbox
