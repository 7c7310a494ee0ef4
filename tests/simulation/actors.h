// Who acts in the world: jobs that report, syncs, a person in the clone, an editor at the remote,
// and the predecessor's scripts.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "publish/session.h"

namespace signalbox::simulation {

// What came of them, for the verdict.
struct Ledger {
  struct Told {
    std::string id, job, status, run, reporter;
  };
  std::vector<Told> told;                   // `recorded`, as a job saw it
  std::map<std::string, std::string> kept;  // paths that people pushed, and their bytes
  // What people committed in a clone, pushed or not: (clone, path) -> bytes.
  std::map<std::pair<std::string, std::string>, std::string> committed;
  std::map<std::string, std::string> lying;  // files of people that are not committed, by full path
  std::string stuck;                         // why the quiet end was not quiet; "" when it was
};

// The whole story: the actors until they are done, then the quiet end. To be called in a fiber of
// the world, which waits for all of it.
void run_story(Ledger& ledger);

}  // namespace signalbox::simulation
