// Running other programs: argument vectors only, never a shell.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace signalbox::os {

struct Command {
  std::vector<std::string> arguments;  // [0] is looked up in $PATH
  std::string directory;               // empty: the caller's
  // Changes to the environment; nothing as a value removes the variable.
  std::map<std::string, std::optional<std::string>> environment;
  std::chrono::milliseconds timeout{60'000};
  // Whether it gets SIGTERM when the caller is killed. Not for a short step that must not stop
  // half-way, as one that holds a lock file.
  bool ends_with_caller = true;
  std::size_t output_limit = 4U << 20U;  // bytes kept of each stream; the rest is read and dropped
  std::string input;                     // its stdin; kept in memory, on no disk
};

struct ProcessResult {
  int exit_status = 0;  // 128 + signal when killed by one
  bool timed_out = false;
  std::string output;  // stdout
  std::string errors;  // stderr
};

// Runs a command to its end with `input` as its stdin, in a session and process group of its own
// (no terminal to prompt on). After `timeout` the whole group gets SIGTERM, two seconds later
// SIGKILL; the group is also killed when the caller dies on the way out of this call with an
// error. A descendant that keeps the pipes open does not hold the caller beyond the timeout.
// NotFound when the program is not in $PATH.
[[nodiscard]] Result<ProcessResult> run(const Command& command);

// Starts a command that outlives the caller: own session, "/" or `directory` as its working
// directory, all standard streams on /dev/null, no inherited descriptors. Returns when the
// program was executed (or could not be); the caller never has to reap it.
[[nodiscard]] Status start_detached(const std::vector<std::string>& arguments,
                                    const std::string& directory);

// This program's own file, for starting itself again.
[[nodiscard]] Result<std::string> own_executable();

}  // namespace signalbox::os
