// Looks at everything that an operator asks about a clone, and says what it means and what to do.
// docs/manual/doctor.md lists the checks.
//
// Without `fix` nothing is changed but what any command may (damaged spool files set aside, the
// index brought up to the tip). With it, what cannot lose anything: events that wait in the user's
// state directory come home, a publisher is started, provably dead locks and temporary files of
// ours go, our own files in a shared clone are opened to the group.
//
// Waits for the remote for some 40 s at most, for each of the programs it asks (git, crontab,
// quota) for seconds. Holds no lock on return.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "doctor/check.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "publish/health.h"

namespace signalbox {

struct Examined {
  std::vector<Check> checks;
  std::map<std::string, Health> clones;  // that the published branch tells of
};

[[nodiscard]] Examined examine(os::FileSystem& fs, os::Clock& clock, const Clone& clone, bool fix);

// What there is to say where no clone was found.
[[nodiscard]] Examined without_clone(const Error& error);

}  // namespace signalbox
