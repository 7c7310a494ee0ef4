// Who does what and when in a race: from the seed alone, so that the same seed gives the same plan.
// Which process a fault meets is decided when it is due, among those that live then. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace signalbox {

enum class Fault {
  Kill,    // SIGKILL to a publisher, a sync, a git or a writer
  Hang,    // the remote takes pushes and does not answer
  Reject,  // the remote's hook refuses
  Enospc,  // the disk of a clone is full
  Clock,   // the clocks of a clone's writers are an hour off
  Pause,   // SIGSTOP to one of those, and SIGCONT later
};
inline constexpr std::array all_faults = {Fault::Kill,   Fault::Hang,  Fault::Reject,
                                          Fault::Enospc, Fault::Clock, Fault::Pause};
[[nodiscard]] std::string name_of(Fault fault);

// "all", "none" or "kill,hang,...".
[[nodiscard]] Result<std::set<Fault>> parse_faults(std::string_view text);

struct PlannedFault {
  std::chrono::milliseconds at{0};      // since the start
  std::chrono::milliseconds length{0};  // of what does not end by itself
  Fault kind = Fault::Kill;
  std::uint64_t choice = 0;  // picks what it meets, among what is there
};

// Without an end. Each kind once in every round, in a new order.
class FaultPlan {
 public:
  // `every`: from one to the next, on average.
  FaultPlan(std::uint64_t seed, const std::set<Fault>& kinds, std::chrono::milliseconds every);
  [[nodiscard]] bool is_empty() const { return kinds_.empty(); }
  [[nodiscard]] PlannedFault next();  // there must be a kind

 private:
  std::mt19937_64 random_;
  std::vector<Fault> kinds_;
  std::vector<Fault> round_;
  std::chrono::milliseconds every_;
  std::chrono::milliseconds now_;
};

struct PlannedWriter {
  std::size_t number = 0;
  std::size_t clone = 0;
  std::string job;
  bool runs_command = false;  // `signalbox report` as a program of its own, each time
};
[[nodiscard]] std::vector<PlannedWriter> plan_writers(std::uint64_t seed, std::size_t writers,
                                                      std::size_t clones, std::size_t jobs);

// What a writer reports: runs of five, the last of each an end.
struct PlannedReport {
  std::string status;
  std::string run;
  std::int64_t duration = 0;  // seconds; no two reports of a race have the same
  int progress = 0;           // percent
};
[[nodiscard]] PlannedReport planned_report(const PlannedWriter& writer, std::uint64_t number);

}  // namespace signalbox
