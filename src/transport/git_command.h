// What every git that this room runs has in common. Internal.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace signalbox {

using GitEnvironment = std::map<std::string, std::optional<std::string>>;

// Changes to the environment, as os::Command takes them; see git_remote.h.
[[nodiscard]] GitEnvironment pinned_environment();

// git resolves a relative URL of a remote against the top of the worktree.
[[nodiscard]] std::string working_directory_of(const std::string& git_directory);

}  // namespace signalbox
