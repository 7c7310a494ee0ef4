// Temporary files that killed processes left behind, wherever processes of a clone make them.
#pragma once

#include <string>
#include <vector>

#include "clone/clone.h"
#include "os/file_system.h"

namespace signalbox {

// The directories that may hold some: of the clone, and of this user's fallback spools.
[[nodiscard]] std::vector<std::string> places_of_leftovers(os::FileSystem& fs, const Clone& clone);

// The files there that are older than any write takes (os::leftovers_in). Sorted.
[[nodiscard]] std::vector<std::string> find_leftovers(os::FileSystem& fs, const Clone& clone);

// Deletes them. Best effort: what stays is found by the next call.
void delete_leftovers(os::FileSystem& fs, const Clone& clone);

}  // namespace signalbox
