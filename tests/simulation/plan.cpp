#include "simulation/plan.h"

#include <algorithm>
#include <array>

#include "simulation/random.h"

namespace signalbox::simulation {
namespace {

constexpr std::array<const char*, number_of_fault_kinds> fault_names = {
    "kill",       "power-cut", "file-error", "disk-full",    "stall",
    "clock-jump", "partition", "slow",       "answer-lost",  "late-arrival",
    "twice-sent", "refused",   "picky",      "lock-deleted", "locks-broken"};

constexpr std::int64_t first_start = 1'772'000'000'000;  // ms: a day in February 2026
constexpr std::int64_t two_days = 172'800'000;           // ms: runs cross hours and days
constexpr std::uint64_t steps_a_report = 160;            // about, with what follows it
constexpr std::size_t most_faults = 12;

// Seeds differ in what goes wrong, not only in when: a fault that is everywhere hides others.
std::vector<FaultKind> kinds_of(Random& random) {
  std::vector<FaultKind> kinds;
  for (int kind = 0; kind < number_of_fault_kinds; ++kind) {
    if (random.one_in(3)) kinds.push_back(static_cast<FaultKind>(kind));
  }
  return kinds;
}

std::vector<Fault> draw_faults(Random& random, std::uint64_t steps) {
  const std::vector<FaultKind> kinds = kinds_of(random);
  std::vector<Fault> faults;
  const std::size_t count = kinds.empty() ? 0 : 1 + random.below(most_faults);
  for (std::size_t i = 0; i < count; ++i) {
    faults.push_back({.step = random.below(steps),
                      .kind = kinds[random.below(kinds.size())],
                      .parameter = random.bits()});
  }
  std::ranges::stable_sort(faults, {}, &Fault::step);
  return faults;
}

std::int64_t draw_skew(Random& random) {
  if (random.one_in(2)) return 0;
  constexpr std::array<std::int64_t, 4> most = {50, 5'000, 600'000, 86'400'000};
  const std::int64_t limit = most[random.below(most.size())];
  return random.between(-limit, limit);
}

bool is_left_out(const Reduction& reduction, const std::string& actor) {
  return std::ranges::find(reduction.actors, actor) != reduction.actors.end();
}

void reduce(Plan& plan, const Reduction& reduction) {
  if (is_left_out(reduction, "person")) plan.person = false;
  if (is_left_out(reduction, "editor")) plan.editor = false;
  if (is_left_out(reduction, "scripts")) plan.scripts = false;
  if (is_left_out(reduction, "syncs")) plan.syncs = false;
  if (is_left_out(reduction, "sharing")) plan.hosts = 1;
  if (is_left_out(reduction, "skew")) std::ranges::fill(plan.clock_skew, 0);
  plan.reports = std::min(plan.reports, reduction.most_reports);
  if (reduction.all_faults) return;
  std::vector<Fault> kept;
  for (const std::uint64_t number : reduction.faults) {
    if (number < plan.faults.size()) kept.push_back(plan.faults[number]);
  }
  plan.faults = std::move(kept);
}

}  // namespace

const char* name_of(FaultKind kind) {
  return fault_names[static_cast<std::size_t>(kind)];
}

Plan make_plan(std::uint64_t seed, const Reduction& reduction) {
  Random random(seed);
  Plan plan{.seed = seed};
  plan.calm = random.one_in(6);
  plan.hosts = static_cast<int>(random.between(1, 3));
  plan.disk = random.one_in(2) ? DiskKind::Journaling : DiskKind::Unordered;
  plan.kernel_locks = !random.one_in(4);
  plan.one_host_name = random.one_in(8);
  plan.person = random.one_in(3);
  plan.editor = random.one_in(3);
  plan.scripts = random.one_in(3);
  plan.syncs = !random.one_in(4);
  plan.reporters = static_cast<int>(random.between(1, 3));
  plan.reports = static_cast<int>(random.between(1, 7));
  plan.jobs = static_cast<int>(random.between(1, 4));
  constexpr std::array<int, 4> paces = {1, 5, 30, 120};
  plan.pace = paces[random.below(paces.size())];
  plan.busy = random.one_in(3);
  for (int host = 0; host < 4; ++host) plan.clock_skew.push_back(draw_skew(random));
  plan.start = first_start + random.between(0, two_days);
  const auto reports = static_cast<std::uint64_t>(plan.hosts * plan.reporters * plan.reports);
  plan.faults = draw_faults(random, (reports + 2) * steps_a_report);
  if (plan.calm) {
    plan.person = plan.editor = plan.scripts = plan.syncs = false;
    std::ranges::fill(plan.clock_skew, 0);
    plan.kernel_locks = true;
    plan.busy = false;
    plan.pace = 15;
    plan.faults.clear();
  }
  reduce(plan, reduction);
  return plan;
}

std::string Plan::text() const {
  std::string said = std::to_string(hosts) + (hosts == 1 ? " host, " : " hosts, ") +
                     std::to_string(reporters) + " reporters a host, " + std::to_string(reports) +
                     " reports each of " + std::to_string(jobs) + " jobs";
  if (calm) said += ", calm";
  if (busy) said += ", busy";
  if (!kernel_locks) said += ", no kernel locks";
  if (one_host_name) said += ", one host name";
  if (person) said += ", a person";
  if (editor) said += ", an editor at the remote";
  if (scripts) said += ", old scripts";
  if (syncs) said += ", syncs";
  said += disk == DiskKind::Journaling ? "; disks with a journal" : "; disks without order";
  for (std::size_t i = 0; i < faults.size(); ++i) {
    said += (i == 0 ? "; " : ", ") + std::string(name_of(faults[i].kind)) + " at step " +
            std::to_string(faults[i].step);
  }
  return said;
}

}  // namespace signalbox::simulation
