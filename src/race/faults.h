// Makes the planned faults happen.
//
//   Faults faults(...);
//   faults.tick(now);     begins what is due and ends what is over; often
//   faults.heal();        ends all of them
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "os/file_system.h"
#include "race/plan.h"
#include "race/processes.h"
#include "race/scoreboard.h"
#include "race/stage.h"
#include "race/timeline.h"

namespace signalbox {

class Faults {
 public:
  using Time = Timeline::Time;
  // `program` is this program's own file.
  Faults(os::FileSystem& fs, const Stage& stage, std::string program,
         std::vector<PlannedWriter> writers, Scoreboard& board, Processes& processes,
         Timeline& timeline, FaultPlan plan);

  // `writers`: the processes of the writers; `people`: those whose descendants are left alone.
  struct Cast {
    std::set<pid_t> writers, people;
  };
  void tick(Time now, const Cast& cast);
  void heal(Time now);

  // How many met something.
  [[nodiscard]] const std::map<Fault, std::size_t>& counts() const { return counts_; }

 private:
  // Whom a signal may meet; a fault waits for a while until there is one of its kind.
  enum class Victim { Publisher, Sync, Git, Writer };
  struct Running {
    Time begun{0}, until{0};
    PlannedFault fault;
    pid_t pid = 0;          // that was stopped
    std::size_t clone = 0;  // whose disk or clock it is
    std::string what;
  };

  bool begin(const PlannedFault& fault, Time now, const Cast& cast);
  bool signal_somebody(const PlannedFault& fault, Time now, const Cast& cast);
  void spoil(Running running);
  void end(const Running& running, Time now);
  [[nodiscard]] bool goes_on(Fault kind, std::size_t clone) const;
  void set_score(std::size_t clone, Fault kind, bool happens, std::uint64_t choice);
  [[nodiscard]] std::map<Victim, std::vector<Process>> victims(const Cast& cast) const;

  os::FileSystem& fs_;
  const Stage& stage_;
  std::string program_;
  std::vector<PlannedWriter> writers_;
  Scoreboard& board_;
  Processes& processes_;
  Timeline& timeline_;
  FaultPlan plan_;
  PlannedFault next_;
  std::vector<PlannedFault> due_;
  std::vector<Running> running_;
  std::map<Fault, std::size_t> counts_;
};

}  // namespace signalbox
