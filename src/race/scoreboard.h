// What writers count while they run, in memory that they share with the race: it survives the death
// of any of them, at whatever instruction.
//
//   auto board = Scoreboard::create();      before the writers are forked
//   board->writers[3].acknowledged += 1;    in the writer
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/error.h"

namespace signalbox {

inline constexpr std::size_t most_writers = 1024;

// Times in buckets of 1/16 of their size, from a microsecond to hours: percentiles within 7 %.
class Histogram {
 public:
  void add(std::chrono::microseconds time);
  [[nodiscard]] std::uint64_t count() const;
  // The time that the fraction `part` (0 to 1) of all stays below; zero without any.
  [[nodiscard]] std::chrono::microseconds percentile(double part) const;
  [[nodiscard]] std::chrono::microseconds longest() const;

 private:
  static constexpr unsigned steps = 16;
  static constexpr unsigned doublings = 32;
  static std::size_t bucket_of(std::uint64_t microseconds);
  static std::uint64_t end_of(std::size_t bucket);

  std::array<std::atomic<std::uint32_t>, static_cast<std::size_t>(steps) * doublings> buckets_{};
  std::atomic<std::uint64_t> longest_ = 0;
};

struct WriterScore {
  std::atomic<std::uint64_t> begun = 0;         // reports; the next one's number
  std::atomic<std::uint64_t> acknowledged = 0;  // of them
  std::atomic<std::uint64_t> in_user_spool = 0;
  std::atomic<std::uint64_t> not_recorded = 0;  // and the caller was told so
  std::atomic<std::int64_t> clock_ahead = 0;    // milliseconds
  std::atomic<bool> disk_is_full = false;
};

struct Scoreboard {
  std::atomic<bool> stop = false;
  Histogram latencies;  // of reports
  std::array<WriterScore, most_writers> writers;

  [[nodiscard]] static Result<std::shared_ptr<Scoreboard>> create();
  [[nodiscard]] std::uint64_t sum(std::atomic<std::uint64_t> WriterScore::* count) const;
};

}  // namespace signalbox
