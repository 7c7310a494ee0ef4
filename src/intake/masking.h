// Secrets out of what a job says, before it is written anywhere: message, log entries, config,
// metrics and unknown fields alike (secrets/masker.h says what a secret is).
//
// A report masks with the built-in patterns, and with those of signalbox.toml when the worktree has
// the file. The publisher masks every event once more, with the patterns that the settings have by
// then, before it enters a commit; it publishes nothing while they cannot be used. So a report
// need not fail over them, nor withhold what it was told: it stays on this side meanwhile.
#pragma once

#include <string>

#include "clone/clone.h"
#include "event/event.h"
#include "os/file_system.h"
#include "secrets/masker.h"

namespace signalbox {

// The status word "masked" for one that is a secret by the built-in patterns, else the word.
[[nodiscard]] std::string masked_status(std::string word);

// The event without secrets; the same one when it has none. A run's id is masked by the built-in
// patterns only: two runs that a pattern of the settings made alike would be one run.
[[nodiscard]] Event masked(Event event, const Masker& masker);

struct ReportMasker {
  Masker masker;
  std::string warning;  // why the patterns of signalbox.toml are not in it; empty when they are
};

// Reads one small file, and parses it only when it seems to have patterns.
[[nodiscard]] ReportMasker masker_for_report(os::FileSystem& fs, const Clone& clone);

}  // namespace signalbox
