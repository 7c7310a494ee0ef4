#include "race/plan.h"

#include <algorithm>

#include "base/text.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

// One in so many writers runs the command, which costs a process a report.
constexpr std::size_t writers_a_command = 8;
constexpr std::uint64_t reports_a_run = 5;

struct Bounds {
  milliseconds shortest, longest;
};

// A hang outlasts the time-out of a push now and then (stage.cpp sets it).
Bounds length_of(Fault fault) {
  switch (fault) {
    case Fault::Hang:
      return {milliseconds{500}, milliseconds{6000}};
    case Fault::Reject:
      return {milliseconds{200}, milliseconds{2000}};
    case Fault::Enospc:
      return {milliseconds{300}, milliseconds{3000}};
    case Fault::Clock:
      return {milliseconds{1000}, milliseconds{5000}};
    case Fault::Pause:
      return {milliseconds{200}, milliseconds{4000}};
    case Fault::Kill:
      break;
  }
  return {milliseconds{0}, milliseconds{0}};
}

// The same everywhere, unlike the distributions of the standard library.
milliseconds between(std::mt19937_64& random, Bounds bounds) {
  const auto span = static_cast<std::uint64_t>((bounds.longest - bounds.shortest).count()) + 1;
  return bounds.shortest + milliseconds{random() % span};
}

}  // namespace

std::string name_of(Fault fault) {
  switch (fault) {
    case Fault::Kill:
      return "kill";
    case Fault::Hang:
      return "hang";
    case Fault::Reject:
      return "reject";
    case Fault::Enospc:
      return "enospc";
    case Fault::Clock:
      return "clock";
    case Fault::Pause:
      return "pause";
  }
  return "";
}

Result<std::set<Fault>> parse_faults(std::string_view text) {
  if (text == "all") return std::set<Fault>(all_faults.begin(), all_faults.end());
  std::set<Fault> faults;
  if (text == "none") return faults;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    const auto* const known =
        std::ranges::find_if(all_faults, [&](Fault fault) { return name_of(fault) == word; });
    if (known == all_faults.end()) {
      return fail(ErrorKind::InvalidInput, "there is no fault '" + printable(word, 40) + "'",
                  "kill, hang, reject, enospc, clock, pause; or all, or none");
    }
    faults.insert(*known);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return faults;
}

FaultPlan::FaultPlan(std::uint64_t seed, const std::set<Fault>& kinds, milliseconds every)
    : random_(seed), kinds_(kinds.begin(), kinds.end()), every_(every), now_(every / 2) {}

PlannedFault FaultPlan::next() {
  if (round_.empty()) {
    round_ = kinds_;
    for (std::size_t left = round_.size(); left > 1; --left) {
      std::swap(round_[left - 1], round_[random_() % left]);
    }
  }
  PlannedFault fault{.at = now_, .kind = round_.back()};
  round_.pop_back();
  fault.length = between(random_, length_of(fault.kind));
  fault.choice = random_();
  now_ += between(random_, {every_ / 2, every_ + every_ / 2});
  return fault;
}

std::vector<PlannedWriter> plan_writers(std::uint64_t seed, std::size_t writers, std::size_t clones,
                                        std::size_t jobs) {
  // Another stream of numbers than that of the faults.
  std::mt19937_64 random(~seed);
  std::vector<PlannedWriter> plan;
  plan.reserve(writers);
  for (std::size_t number = 0; number < writers; ++number) {
    plan.push_back({.number = number,
                    .clone = number % clones,
                    .job = "race-job-" + std::to_string(random() % jobs),
                    .runs_command = number % writers_a_command == 0});
  }
  return plan;
}

PlannedReport planned_report(const PlannedWriter& writer, std::uint64_t number) {
  constexpr std::int64_t longest_series = 1'000'000'000;
  constexpr std::uint64_t failing_run = 3;
  const std::uint64_t run = number / reports_a_run;
  const std::uint64_t step = number % reports_a_run;
  const bool ends = step == reports_a_run - 1;
  return {.status = !ends                                  ? "running"
                    : run % failing_run == failing_run - 1 ? "failed"
                                                           : "completed",
          .run = "writer" + std::to_string(writer.number) + "-run" + std::to_string(run),
          .duration = static_cast<std::int64_t>(writer.number) * longest_series +
                      static_cast<std::int64_t>(number),
          .progress = static_cast<int>((step + 1) * 100 / reports_a_run)};
}

}  // namespace signalbox
