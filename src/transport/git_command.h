// One run of the git program, pinned and bounded as git_remote.h says. Internal to this room.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/process.h"
#include "transport/git_remote.h"

namespace signalbox {

inline constexpr std::size_t object_id_length = 40;

using GitEnvironment = std::map<std::string, std::optional<std::string>>;
[[nodiscard]] GitEnvironment pinned_environment();

// git resolves a relative URL of a remote against the top of the worktree.
[[nodiscard]] std::string working_directory_of(const std::string& git_directory);
[[nodiscard]] bool is_object_id(std::string_view text);

// `arguments` from git's command on; options before it are allowed ("-c", "x=y", "push").
[[nodiscard]] Result<os::ProcessResult> run_git(const std::string& git_directory,
                                                const std::vector<std::string>& arguments,
                                                std::chrono::milliseconds timeout);
// The result's texts, which must outlive what is returned.
[[nodiscard]] PushOutput seen(const os::ProcessResult& result);

[[nodiscard]] std::vector<std::string> push_arguments(const GitRemoteOptions& options,
                                                      const std::string& commit);

}  // namespace signalbox
