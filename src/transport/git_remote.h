// A Transport over the `git` program (2.30 or newer): the user's own ssh, proxies and credential
// helpers. The one room that runs git.
//
// Pinned for every call: LC_ALL=C, no prompts (no terminal, no askpass window of ssh), no hooks of
// the clone, no automatic gc or maintenance, a low-speed limit, stdin empty, the whole process
// group ended on timeout. Remote and refs are passed after `--`. The variables that would send git
// elsewhere (GIT_DIR, GIT_INDEX_FILE, ...) or make it talk (GIT_TRACE...) are removed; the user's
// GIT_SSH*, GIT_ASKPASS, GIT_CONFIG_* and proxies stay.
//
// A person's FETCH_HEAD, branches and shallow boundary stay as they are; the tracking ref that the
// clone is configured to have (refs/remotes/origin/main) moves as after any fetch or push.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

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

// Moves a local ref from `expected` ("": it must not exist) to `commit` with a line `message` in
// the reflogs, HEAD's too when it names the ref. By git, which takes its lock files away again when
// this process is killed; a library in this process could not. RaceLost when the ref is elsewhere.
[[nodiscard]] Status update_ref(const std::string& git_directory, const std::string& ref,
                                const std::string& commit, const std::string& expected,
                                const std::string& message);

// Whether git itself, with the user's safe.directory, works in a repository of another owner.
[[nodiscard]] bool is_trusted_by_git(const std::string& git_directory);

// Besides what transport.h lists, both verbs may say: NotFound (no git program, no such remote),
// Unsupported (git is too old), and for what this clone itself cannot take in Busy, NoSpace,
// ReadOnly, PermissionDenied. A server that failed (5xx) is Unreachable when nothing was sent yet.
//
// How a push ended, from git's exit status, its --porcelain output and, where those leave it open,
// its stderr (with LC_ALL=C). Pure; the words it knows are in the .cpp with their sources.
struct PushOutput {
  int exit_status = 0;
  bool timed_out = false;
  std::string_view porcelain;
  std::string_view errors;
};
[[nodiscard]] Status interpret_push(const PushOutput& output, const std::string& remote);
[[nodiscard]] Error interpret_fetch_failure(const PushOutput& output, const std::string& remote);

// `text` of git's stderr for a message or a log: one line, at most some 400 bytes, control
// characters gone, secrets masked (secrets/masker.h).
[[nodiscard]] std::string redacted(std::string_view text);

}  // namespace signalbox
