// A Transport over the `git` program (2.30 or newer): the user's own ssh, proxies and credential
// helpers. The one room that runs git.
//
// Pinned for every call: LC_ALL=C, no terminal prompts, ssh in batch mode (unless the user chose
// an ssh command of their own), no hooks, no automatic gc or maintenance, a low-speed limit, stdin
// empty, the whole process group ended on timeout. The variables that would send git elsewhere or
// make it talk (GIT_DIR, GIT_INDEX_FILE, GIT_TRACE, ...) are removed.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "transport/transport.h"

namespace signalbox {

struct GitRemoteOptions {
  std::string git_directory;  // the clone's common directory
  std::string remote;         // a configured remote's name, validated (clone/target.h)
  std::string branch;         // without refs/heads/, validated
  std::string known_tip_ref;  // where fetch and push note the remote's tip
  std::chrono::milliseconds timeout{60'000};  // of one call
};

[[nodiscard]] std::unique_ptr<Transport> make_git_remote(const GitRemoteOptions& options);

}  // namespace signalbox
