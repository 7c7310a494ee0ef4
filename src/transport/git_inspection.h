// Questions about git and the remote that move nothing: for `doctor`. Each runs the git program
// once, pinned and bounded as the Transport does (git_remote.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "transport/git_remote.h"

namespace signalbox {

struct GitVersion {
  int major = 0, minor = 0;
  std::string text;  // "2.39.5"

  [[nodiscard]] bool is_enough() const { return major > 2 || (major == 2 && minor >= 30); }
};

// NotFound when there is no git in $PATH, Corrupt when it does not say a version.
[[nodiscard]] Result<GitVersion> git_version();
[[nodiscard]] Result<GitVersion> parse_git_version(std::string_view output);

// The tip of the remote's branch as the remote says it now, "" when there is no such branch. Errors
// as Transport::fetch().
[[nodiscard]] Result<std::string> remote_tip(const GitRemoteOptions& options);

// Whether the remote would let `commit` be sent, as far as `git push --dry-run` knows: it connects
// for writing and looks at the branch. RaceLost: the branch is elsewhere, and writing is allowed.
// Hooks and branch rules are asked by a real push only.
[[nodiscard]] Status try_push(const GitRemoteOptions& options, const std::string& commit);

struct ObjectCount {
  std::uint64_t loose = 0, packs = 0;
  std::uint64_t bytes = 0;  // on disk, loose and packed
};
[[nodiscard]] Result<ObjectCount> count_objects(const std::string& git_directory);
[[nodiscard]] ObjectCount parse_object_count(std::string_view output);

}  // namespace signalbox
