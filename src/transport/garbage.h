// `git gc --auto`: the clone's own objects, packed when git finds that there are too many.
//
// To be called where nobody else works on the clone: under the publisher lock, and while no person
// has an operation in progress. Objects that no ref leads to are kept for two weeks at least, also
// where the clone's configuration says less, because a commit is written before it is pushed.
// Never in the background, never with a hook of the clone; what the clone's configuration says
// otherwise (gc.auto=0: not at all) stands.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"

namespace signalbox {

// Whether a lock file of git lies in the git directory: some git is at work, or was killed.
[[nodiscard]] bool has_git_lock(const std::string& git_directory);

// `keep_all`: nothing at all is pruned. TimedOut when it took longer: a later one begins again.
[[nodiscard]] Status collect_garbage(const std::string& git_directory, bool keep_all,
                                     std::chrono::milliseconds timeout);

}  // namespace signalbox
