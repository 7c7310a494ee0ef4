// Which branch of which remote a clone publishes to.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "clone/clone.h"

namespace signalbox {

struct Target {
  std::string remote;  // a remote's name, "origin"; empty: none, the local branch is the target
  std::string branch;  // without "refs/heads/"

  [[nodiscard]] std::string branch_ref() const { return "refs/heads/" + branch; }
  // The tip as last fetched or pushed, in a namespace of our own.
  [[nodiscard]] std::string known_tip_ref() const {
    return remote.empty() ? branch_ref() : "refs/signalbox/remotes/" + remote + "/" + branch;
  }
  friend bool operator==(const Target&, const Target&) = default;
};

// A branch or remote name that git would take and that cannot be an option or leave refs/:
// git-check-ref-format(1), and no leading '-'. InvalidInput otherwise.
[[nodiscard]] Status check_ref_name(std::string_view name, const std::string& what);

// What `report` needs: read from the cache file that the last publish wrote; nothing when there
// is none yet. One small read.
[[nodiscard]] std::optional<Target> cached_target(os::FileSystem& fs, const Clone& clone);
[[nodiscard]] Status cache_target(os::FileSystem& fs, const Clone& clone, const Target& target);

}  // namespace signalbox
