// Spools under the user's state directory, for reports whose clone could not be written or found.
// One a path that was asked for; its file "clone" holds that path, because a path that leads
// nowhere now may lead to a clone later, through a link or a file system that is mounted again.
//
//   append_to_fallback(...)     the report of a clone that is out of reach
//   bring_home(...)             the next report or sync there moves all of them into its spool
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "event/event.h"
#include "os/file_system.h"

namespace signalbox {

struct FallbackSpool {
  std::string directory;
  std::string clone;  // the path that was asked for; empty: none
};

// `clone_path` absolute, or empty when no repository was named. Durable when it returns; the
// directory it went to.
[[nodiscard]] Result<std::string> append_to_fallback(os::FileSystem& fs,
                                                     const std::string& clone_path,
                                                     const Event& event);

// The directories of all of them, of whatever clone, also empty ones.
[[nodiscard]] std::vector<std::string> fallback_directories(os::FileSystem& fs);

// Those that hold events for this clone: that name it, lead to it now, or name none.
[[nodiscard]] std::vector<FallbackSpool> fallback_spools(os::FileSystem& fs, const Clone& clone);

// Those that hold events for a path where there is no clone: one that was moved, or is away.
[[nodiscard]] std::vector<FallbackSpool> orphaned_spools(os::FileSystem& fs);

// Moves the events of fallback_spools(), the oldest first, into the clone's spool; no more than
// `most`. The number moved; events stay where they are when a step fails.
[[nodiscard]] Result<std::size_t> bring_home(os::FileSystem& fs, const Clone& clone,
                                             std::size_t most = SIZE_MAX);

// What a report brings home, which must not make its caller wait for what others left behind; the
// publisher that it starts brings home the rest.
inline constexpr std::size_t brought_home_by_report = 16;

}  // namespace signalbox
