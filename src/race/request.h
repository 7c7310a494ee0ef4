// What a race is asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "race/plan.h"

namespace signalbox {

enum class Protocol { Signalbox, Baseline };

struct RaceRequest {
  std::size_t writers = 8;  // 1 to most_writers, spread over the clones
  std::size_t clones = 2;   // 1 to most_clones
  std::size_t jobs = 4;     // names; several writers share one
  std::size_t humans = 1;
  std::optional<std::uint64_t> updates;        // of each writer; none: until `duration`
  double rate = 5;                             // reports per second of each writer; 0: no pause
  std::chrono::milliseconds sync_every{2000};  // in each clone; 0: never
  std::optional<std::chrono::milliseconds> duration;  // of the writing
  std::set<Fault> faults;
  std::chrono::milliseconds fault_every{1000};  // on average; at least shortest_fault_pause
  Protocol protocol = Protocol::Signalbox;
  std::uint64_t seed = 0;
  std::string remote;  // a URL; "": a bare repository in the world
};

inline constexpr std::chrono::milliseconds shortest_fault_pause{10};
inline constexpr std::size_t most_clones = 16;
inline constexpr std::size_t most_humans = 16;
inline constexpr std::size_t most_jobs = 1000;

}  // namespace signalbox
