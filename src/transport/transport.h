// Moving commits between this clone and the branch everybody shares: two verbs.
//
// Both may be interrupted at any moment and tried again: what they move is content-addressed, and
// the remote's ref update is the only arbiter (invariant 5). Neither touches the index, the
// worktree, HEAD or any branch of the clone.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"

namespace signalbox {

class Transport {
 public:
  virtual ~Transport() = default;

  // The tip of the shared branch, its objects in this clone when it returns and the known tip ref
  // moved to it. An empty string when the branch does not exist yet (an empty remote).
  [[nodiscard]] virtual Result<std::string> fetch() = 0;

  // Moves the shared branch from `expected` (empty: it must not exist) to `commit`, a descendant
  // of it. On success the known tip ref is `commit`. Error kinds, each a way a push can end:
  //   RaceLost        somebody else moved the branch; fetch, rebuild, push again
  //   Refused         a hook, a ruleset or a protected branch; trying again alone will not help
  //   Authentication  no or wrong credentials
  //   TooLarge        a size limit, or out of quota
  //   RateLimited     slow down
  //   Unreachable     no connection
  //   TimedOut        no answer in time; the push may have happened: treat like AnswerLost
  //   AnswerLost      the connection broke after the data was sent; the next fetch decides
  [[nodiscard]] virtual Status push(const std::string& commit, const std::string& expected) = 0;
};

}  // namespace signalbox
