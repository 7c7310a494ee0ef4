// The guide's own test, "Simulate Race Condition", played with a scratch remote and a scratch clone
// in a temporary directory, by the scripts that are installed in a clone now: two terminals report,
// a third runs the sync. Nothing of the clone is touched. Takes some 10 s; each terminal is ended
// after a minute.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace signalbox {

// One of the guide's expected results.
struct Expectation {
  std::string text;  // the guide's words
  bool is_met = false;
  std::string found;  // what there was instead, or how much of it
};

struct Rehearsal {
  std::string scripts;                               // the directory whose scripts are played
  std::string program;                               // this program's own file
  std::function<void(const std::string& what)> say;  // what it is at
};

// NotFound when a script that the guide's test calls is not installed. The temporary directory is
// gone when it returns.
[[nodiscard]] Result<std::vector<Expectation>> rehearse(os::FileSystem& fs, os::Clock& clock,
                                                        const Rehearsal& rehearsal);

}  // namespace signalbox
