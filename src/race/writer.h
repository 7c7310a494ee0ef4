// One writer of a race: a process that reports for one job, and writes into its journal what it was
// told. The journal of a writer that was killed is left as it is; its successor begins another.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "clone/clone.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "race/plan.h"
#include "race/request.h"
#include "race/scoreboard.h"

namespace signalbox {

struct WriterTask {
  PlannedWriter plan;
  Clone clone;
  std::string program;  // this program's own file
  std::string journal;  // a file that is not there yet
  std::string script;   // the predecessor's update.sh; "": Signalbox
  std::optional<std::uint64_t> updates;
  std::chrono::microseconds pause{0};
};

// Reports until all updates were begun or the race says stop. Signalbox: by the code of `signalbox
// report` in this process, with a clock and a disk that the score may spoil; or by the program.
// The exit code: 1 when a journal cannot be written, because then nothing is known.
[[nodiscard]] int write_reports(os::FileSystem& fs, os::Clock& clock, const WriterTask& task,
                                Scoreboard& board);

}  // namespace signalbox
