#include "race/scoreboard.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <new>

namespace signalbox {

std::size_t Histogram::bucket_of(std::uint64_t microseconds) {
  if (microseconds < steps) return microseconds;
  const auto doubling = static_cast<unsigned>(std::bit_width(microseconds / steps));
  const std::uint64_t step = (microseconds >> (doubling - 1)) % steps;
  return std::min<std::size_t>(static_cast<std::size_t>(doubling) * steps + step,
                               static_cast<std::size_t>(steps) * doublings - 1);
}

std::uint64_t Histogram::end_of(std::size_t bucket) {
  const std::size_t doubling = bucket / steps;
  const std::uint64_t step = bucket % steps;
  return doubling == 0 ? step : ((steps + step + 1) << (doubling - 1)) - 1;
}

void Histogram::add(std::chrono::microseconds time) {
  const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  ++buckets_[bucket_of(microseconds)];
  std::uint64_t longest = longest_;
  while (longest < microseconds && !longest_.compare_exchange_weak(longest, microseconds)) {
  }
}

std::uint64_t Histogram::count() const {
  std::uint64_t all = 0;
  for (const auto& bucket : buckets_) all += bucket;
  return all;
}

std::chrono::microseconds Histogram::percentile(double part) const {
  const double wanted = part * static_cast<double>(count());
  std::uint64_t below = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    below += buckets_[bucket];
    if (below > 0 && static_cast<double>(below) >= wanted) {
      return std::min(std::chrono::microseconds{end_of(bucket)}, longest());
    }
  }
  return longest();
}

std::chrono::microseconds Histogram::longest() const {
  return std::chrono::microseconds{longest_.load()};
}

Result<std::shared_ptr<Scoreboard>> Scoreboard::create() {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  void* const memory = ::mmap(nullptr, sizeof(Scoreboard), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return std::unexpected(system_error(errno, "cannot share memory with the writers"));
  }
  return std::shared_ptr<Scoreboard>(
      new (memory) Scoreboard, [](Scoreboard* board) { ::munmap(board, sizeof(Scoreboard)); });
}

std::uint64_t Scoreboard::sum(std::atomic<std::uint64_t> WriterScore::* count) const {
  std::uint64_t all = 0;
  for (const WriterScore& writer : writers) all += writer.*count;
  return all;
}

}  // namespace signalbox
