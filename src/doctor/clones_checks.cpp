// The other clones of the same branch, by what they say of themselves; and the clocks.
#include "doctor/clones_checks.h"

#include <algorithm>

#include "board/view.h"
#include "doctor/examination.h"
#include "doctor/schedule.h"

namespace signalbox {
namespace {

constexpr std::chrono::seconds clock_tolerance{5};
constexpr std::chrono::minutes event_tolerance{1};

Check other_clones(const Examination& examination) {
  const auto own = clone_id(examination.fs, examination.clone.own_directory());
  Check check{.id = "clones",
              .found = counted(examination.clones.size(), "clone") + " told of " +
                       (examination.clones.size() == 1 ? "itself" : "themselves")};
  std::vector<std::string> complaints;
  for (const auto& [clone, health] : examination.clones) {
    if (own && clone == *own) continue;
    const auto complaint = complaint_about(health, examination.now);
    if (!complaint) continue;
    check.verdict = std::max(check.verdict, complaint->verdict);
    complaints.push_back(complaint->what);
  }
  if (complaints.empty()) return check;
  check.found = some_of(complaints);
  check.meaning = "reports may wait there that nobody else can see";
  check.advice =
      "run signalbox doctor there; a clone that is gone for good is forgotten after 30 "
      "days, or at once with: git rm data/health/CLONE.json";
  return check;
}

Check clock_of_files(const Examination& examination) {
  const std::string& directory = examination.clone.common_directory;
  const UtcTime before = examination.clock.wall();
  const auto there = os::time_at(examination.fs, directory);
  if (!there) return unknown("clock", there.error());
  const UtcTime after = examination.clock.wall();
  const auto off = *there < before ? before - *there : *there - after;
  Check check{.id = "clock", .found = "agrees with the file system's"};
  if (off <= clock_tolerance) return check;
  check.verdict = Verdict::Warning;
  check.found = "this host and its file system differ by " + age(off);
  check.meaning =
      "times and ages that are shown are wrong by as much; the order of a job's reports "
      "is kept";
  check.advice = "set the clocks (chronyc tracking, timedatectl)";
  return check;
}

Check clock_of_events(const Examination& examination) {
  Check check{.id = "clock-events", .found = "no published report is ahead of this host's clock"};
  const auto views = examination.session->repository().views(examination.tip, {});
  if (!views) return unknown("clock-events", views.error());
  std::vector<std::string> ahead;
  for (const ViewFile& file : *views) {
    const EventId revision = revision_of(file.bytes);
    if (revision.empty()) continue;
    const auto lead = revision.parts().time - examination.clock.wall();
    if (lead > event_tolerance) ahead.push_back(file.job.text() + " (by " + age(lead) + ")");
  }
  if (ahead.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = "reports from the future: " + some_of(ahead);
  check.meaning =
      "the clock of the host that reported was ahead, or this one is behind; later "
      "reports are still shown";
  check.advice = "set the clocks (chronyc tracking, timedatectl)";
  return check;
}

}  // namespace

std::optional<Complaint> complaint_about(const Health& health, UtcTime now) {
  constexpr std::size_t id_shown = 8;
  const std::string name = health.host + " (" + health.clone.substr(0, id_shown) + ")";
  const auto period = std::max(health.sync_period, usual_sync_period);
  if (health.sync_period.count() > 0) {
    const auto expected = std::max(health.interval, period);
    const auto verdict = lateness(now - health.time, expected);
    if (verdict != Verdict::Ok) {
      return Complaint{verdict, name + " was not heard of for " + age(now - health.time) +
                                    " (expected every " + age(expected) + ")"};
    }
  }
  if (health.oldest_waiting) {
    const auto waited = health.time - *health.oldest_waiting;
    const auto verdict = lateness(waited, period);
    if (verdict != Verdict::Ok) {
      return Complaint{verdict, name + " had " + counted(health.waiting, "event") +
                                    " waiting, the oldest for " + age(waited)};
    }
  }
  if (health.refused + health.damaged > 0) {
    return Complaint{Verdict::Warning,
                     name + " has set aside " + counted(health.refused + health.damaged, "report")};
  }
  return std::nullopt;
}

void check_clones(Examination& examination) {
  auto records = read_health(examination.session->repository(), examination.tip);
  if (!records) {
    examination.add(unknown("clones", records.error()));
    return;
  }
  examination.clones = *std::move(records);
  examination.add(other_clones(examination));
}

void check_clock(Examination& examination) {
  examination.add(clock_of_files(examination));
  examination.add(clock_of_events(examination));
}

}  // namespace signalbox
