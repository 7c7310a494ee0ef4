#include "transport/garbage.h"

#include <algorithm>
#include <array>

#include "os/file_system.h"
#include "os/process.h"
#include "transport/git_command.h"
#include "transport/git_remote.h"

namespace signalbox {

bool has_git_lock(const std::string& git_directory) {
  constexpr std::array locks = {"index.lock", "HEAD.lock", "packed-refs.lock", "shallow.lock",
                                "config.lock"};
  return std::ranges::any_of(locks, [&](const char* name) {
    return os::exists(os::real_file_system(), git_directory + "/" + name);
  });
}

Status collect_garbage(const std::string& git_directory, bool keep_all,
                       std::chrono::milliseconds timeout) {
  const auto result =
      os::run({.arguments = {"git", "--git-dir=" + git_directory, "-c", "core.hooksPath=/dev/null",
                             "-c", "gc.autoDetach=false", "-c",
                             std::string("gc.pruneExpire=") + (keep_all ? "never" : "2.weeks.ago"),
                             "gc", "--auto", "--quiet"},
               .directory = working_directory_of(git_directory),
               .environment = pinned_environment(),
               .timeout = timeout});
  if (!result) return std::unexpected(result.error());
  if (result->timed_out) {
    return fail(
        ErrorKind::TimedOut,
        "git gc took longer than " + std::to_string(timeout.count() / 1000) + " s and was ended",
        "run `git gc` in the clone by hand");
  }
  if (result->exit_status == 0) return {};
  return fail(ErrorKind::InputOutput, "git gc failed: " + redacted(result->errors),
              "run `git gc` in the clone by hand");
}

}  // namespace signalbox
