// Publishing until nothing waits: by hand, and by the detached publisher that `report` leaves
// behind.
//
// There is at most one detached publisher a clone; it holds the kernel lock publisher.lock for as
// long as it lives; where there are no kernel locks, the file `publisher` beside it, made as the
// advertised lock is (lock/advertised_lock.h). A report that finds the lock taken simply leaves,
// because before it ends the publisher lets go of the lock and only then looks at the spool once
// more: an event that arrived before the look is seen by it, and one that arrives after finds the
// lock free.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "intake/adoption.h"
#include "publish/session.h"

namespace signalbox {

// What else goes to the remote once the reports are there, while the lock is still held. It fails
// into the outcome's notes: the reports are published whatever becomes of it.
using AfterReports = std::function<void(Session& session, const PublisherLock& lock,
                                        const PublishRequest& request, PublishOutcome& outcome)>;

struct UntilIdle {
  bool fetch_first = false;
  bool urgent = true;
  bool compact = false;
  bool scheduled = false;  // see PublishRequest
  Repository::Progress progress;
  std::function<void(const std::string& line)> say;  // what it waits for
  AfterReports after;
};

// Publishes until the spool is empty, sleeping while the push budget has no room; the publisher
// lock is held only while something is done. Errors as Session::publish.
[[nodiscard]] Result<PublishOutcome> publish_until_idle(os::FileSystem& fs, os::Clock& clock,
                                                        const Clone& clone,
                                                        const UntilIdle& request);

// A publisher ends before it gets old: a new program or new settings then take over.
inline constexpr std::chrono::milliseconds longest_life = std::chrono::hours{1};

// The life of a detached publisher. Returns when nothing waits, when another one is there, or when
// trying again is for later: then the events wait for the next report or sync. After `life` it
// leaves another one behind. `files`: it also looks for files of other programs when no event
// waits.
struct Detached {
  std::chrono::milliseconds life = longest_life;
  bool files = false;
  AfterReports after;
};
void run_detached(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                  const Detached& how = {});

// Where the locks of a clone are.
[[nodiscard]] PublisherLock::Places lock_places(const Clone& clone);

// How a report asks the branch, where it must: a repository is opened then, and not before. It does
// not wait for a walk through the history: what it takes in twice is one event, or is superseded by
// the report itself. `clone` must live as long.
[[nodiscard]] Branch branch_for_report(os::FileSystem& fs, os::Clock& clock,
                                       const std::optional<Clone>& clone);

// Leaves a detached publisher behind unless one is running: `executable publish --detached -C ...`.
[[nodiscard]] Status start_detached_publisher(os::FileSystem& fs, os::Clock& clock,
                                              const Clone& clone);

}  // namespace signalbox
