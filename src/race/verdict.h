// What became of all that the writers of a race were told.
#pragma once

#include "base/error.h"
#include "os/file_system.h"
#include "race/race.h"

namespace signalbox {

// Fills in proven, published, lost, doubled, backwards, violations and commits. `repository` is a
// directory that holds the published branch.
[[nodiscard]] Status judge(os::FileSystem& fs, const Stage& stage, const std::string& repository,
                           Protocol protocol, RaceResult& result);

}  // namespace signalbox
