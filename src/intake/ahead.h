// Jobs whose newest published event is ahead of this host's clock: one that another host, whose
// clock was ahead, reported. A report must be above it to be shown, also where the job's view is
// not at hand (deleted, or of a checkout that was left alone). Normally there are none, and no
// file.
//
// A cache in the clone's own directory, written under the publisher lock: "<id> <job>" a line.
#pragma once

#include <map>
#include <string>

#include "event/event_id.h"
#include "event/job_name.h"
#include "os/file_system.h"

namespace signalbox {

// The newest known event of a job that is ahead; an empty id when there is none.
[[nodiscard]] EventId newest_ahead(os::FileSystem& fs, const std::string& own_directory,
                                   const JobName& job);

// Adds `seen` (the newest published event of some jobs), drops what `now` has caught up with.
[[nodiscard]] Status note_ahead(os::FileSystem& fs, const std::string& own_directory,
                                const std::map<JobName, EventId>& seen, UtcTime now);

}  // namespace signalbox
