// Who syncs this clone, and whether they still do.
#include <algorithm>

#include "cron/crontab.h"
#include "doctor/examination.h"
#include "doctor/schedule.h"
#include "os/host.h"

namespace signalbox {
namespace {

// The line of this user's crontab that syncs the clone; empty when there is none.
std::string line_for(os::FileSystem& fs, const Clone& clone) {
  const auto crontab = Crontab(fs, {}).read();
  // No such program, no answer: nothing that a schedule could be read from.
  if (!crontab) return {};
  return find_sync_line(*crontab, clone.worktree.empty() ? clone.common_directory : clone.worktree,
                        os::home_directory().value_or(""));
}

std::vector<std::string> timers(os::FileSystem& fs) {
  std::vector<std::string> directories{"/etc/systemd/system"};
  if (const auto config = os::environment("XDG_CONFIG_HOME")) {
    directories.push_back(*config + "/systemd/user");
  } else if (const auto home = os::home_directory()) {
    directories.push_back(*home + "/.config/systemd/user");
  }
  std::vector<std::string> found;
  for (const std::string& directory : directories) {
    const auto names = fs.list(directory);
    if (!names) continue;
    for (const std::string& name : *names) {
      if (name.ends_with(".timer") && name.find("signalbox") != std::string::npos) {
        found.push_back(directory + "/" + name);
      }
    }
  }
  return found;
}

Check schedule_of(Examination& examination) {
  Check check{.id = "schedule"};
  // A period that was seen may be that of a person who typed it twice.
  examination.sync_period = std::max(examination.state.sync_period, usual_sync_period);
  examination.scheduled = examination.state.sync_period.count() > 0;
  const std::string line = line_for(examination.fs, examination.clone);
  const auto units = timers(examination.fs);
  if (!line.empty()) {
    examination.scheduled = true;
    examination.sync_period = period_of(line).value_or(usual_sync_period);
    check.found = "every " + age(examination.sync_period) +
                  " by this user's crontab: " + printable(line, 200);
  } else if (!units.empty()) {
    examination.scheduled = true;
    check.found = "by a systemd timer: " + some_of(units);
  } else if (examination.scheduled) {
    check.found = "about every " + age(examination.state.sync_period) +
                  ", by another host, another user or another program than cron";
  } else {
    check.verdict = Verdict::Note;
    check.found = "nothing is known to sync this clone by a schedule";
    check.meaning =
        "reports are published as they come; what nodes without network record, and "
        "what was refused for a while, waits for the next report";
    check.advice = "crontab -e, and add: */15 * * * * signalbox sync -q -C " + examination.place();
  }
  return check;
}

Check last_sync_of(const Examination& examination) {
  Check check{.id = "sync"};
  if (!examination.state.last_sync) {
    check.verdict = examination.scheduled ? Verdict::Warning : Verdict::Note;
    check.found = "no sync went well here yet";
    check.advice = "signalbox sync -C " + examination.place() + " says why";
    return check;
  }
  const auto passed = examination.now - *examination.state.last_sync;
  check.found = "the last one that went well was " + age(passed) + " ago";
  check.verdict = examination.scheduled ? lateness(passed, examination.sync_period) : Verdict::Ok;
  if (check.verdict == Verdict::Ok) return check;
  check.found += ", by its schedule one is due every " + age(examination.sync_period);
  check.meaning = "the schedule does not run, or fails";
  check.advice =
      "signalbox sync -C " + examination.place() + " says why; see also the mail of cron";
  return check;
}

}  // namespace

void check_schedule(Examination& examination) {
  examination.add(schedule_of(examination));
  examination.add(last_sync_of(examination));
}

}  // namespace signalbox
