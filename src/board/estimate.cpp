#include "board/estimate.h"

#include <algorithm>
#include <vector>

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr std::size_t runs_looked_at = 10;
constexpr std::size_t fewest_runs = 3;
constexpr double least_progress = 5;  // percent

// A step may begin long after its allocation, whose end is its own; reports of old versions only
// say how long that may take.
std::optional<UtcTime> latest_end_of(const Event& event, UtcTime started) {
  const auto slurm = event.extra.find("slurm");
  if (slurm == event.extra.end() || !slurm->is_object()) return std::nullopt;
  if (const auto end = parse_time(text_at(*slurm, "end_time"))) return end;
  const auto limit = slurm->find("time_limit");
  if (limit == slurm->end() || !limit->is_number_unsigned()) return std::nullopt;
  constexpr std::uint64_t longest = 100ULL * 366 * 86400;
  const auto value = limit->get<std::uint64_t>();
  return value <= longest ? std::optional(started + seconds{value}) : std::nullopt;
}

}  // namespace

std::optional<seconds> usual_duration(std::span<const Event> ends) {
  std::vector<std::int64_t> durations;
  for (const Event& end : ends) {
    if (durations.size() == runs_looked_at) break;
    if (end.status == "completed" && end.duration) durations.push_back(*end.duration);
  }
  if (durations.size() < fewest_runs) return std::nullopt;
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::ranges::nth_element(durations, middle);
  return seconds{*middle};
}

std::optional<Estimate> estimated_end(const Event& running, std::optional<seconds> usual,
                                      UtcTime now) {
  const auto started = running.start_time ? parse_time(*running.start_time) : std::nullopt;
  if (running.status != "running" || !started || *started > now) return std::nullopt;
  std::optional<Estimate> estimate;
  const auto elapsed = running.time - *started;
  if (running.progress && *running.progress >= least_progress && *running.progress < 100 &&
      elapsed.count() > 0) {
    const auto whole = std::chrono::duration<double, std::milli>(elapsed) * 100 / *running.progress;
    estimate = {*started + std::chrono::duration_cast<std::chrono::milliseconds>(whole),
                Estimate::From::Progress};
  } else if (usual && *started + *usual > now) {
    estimate = {*started + *usual, Estimate::From::PastRuns};
  }
  if (const auto latest = latest_end_of(running, *started)) {
    if (!estimate || *latest < estimate->end) estimate = {*latest, Estimate::From::TimeLimit};
  }
  return estimate && estimate->end > now ? estimate : std::nullopt;
}

}  // namespace signalbox
