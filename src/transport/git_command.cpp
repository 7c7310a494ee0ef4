#include "transport/git_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "os/file_system.h"

namespace signalbox {
namespace {

// What would send git to another repository, or into this program's pipes. The user's own ways to
// the remote stay: GIT_SSH*, GIT_ASKPASS, proxies, GIT_CONFIG_* and `git -c` (a pin of ours is
// later on the command line and wins).
constexpr std::array removed_variables = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_REFLOG_ACTION",
    "GIT_CURL_VERBOSE",
    "LANGUAGE",
    // git's last resort for a password, and ssh's first when there is a display
    "SSH_ASKPASS",
};
// GIT_TRACE, GIT_TRACE2_EVENT, GIT_TRACE_CURL ...: they write to stderr, credentials included.
constexpr std::string_view trace_prefix = "GIT_TRACE";

}  // namespace

GitEnvironment pinned_environment() {
  GitEnvironment variables;
  for (const char* name : removed_variables) variables.emplace(name, std::nullopt);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (name.starts_with(trace_prefix)) variables.emplace(std::string(name), std::nullopt);
  }
  variables["LC_ALL"] = "C";
  variables["GIT_TERMINAL_PROMPT"] = "0";
  variables["GCM_INTERACTIVE"] = "never";
  variables["SSH_ASKPASS_REQUIRE"] = "never";
  return variables;
}

std::string working_directory_of(const std::string& git_directory) {
  return os::base_name_of(git_directory) == ".git" ? os::parent_of(git_directory) : git_directory;
}

bool is_object_id(std::string_view text) {
  return text.size() == object_id_length &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

PushOutput seen(const os::ProcessResult& result) {
  return {.exit_status = result.exit_status,
          .timed_out = result.timed_out,
          .porcelain = result.output,
          .errors = result.errors};
}

Result<os::ProcessResult> run_git(const std::string& git_directory,
                                  const std::vector<std::string>& arguments,
                                  std::chrono::milliseconds timeout) {
  const auto patience = std::max<long long>(1, timeout.count() / 1000);
  os::Command command{
      .arguments = {"git", "--git-dir=" + git_directory, "-c", "core.hooksPath=/dev/null", "-c",
                    "gc.auto=0", "-c", "maintenance.auto=false", "-c",
                    // git leaves new objects to the cache of the disk and names them in a ref at
                    // once: after a power cut the ref leads to an empty file, and all fetches fail.
                    "fetch.writeCommitGraph=false", "-c", "core.fsync=all", "-c",
                    "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=" + std::to_string(patience)},
      .directory = working_directory_of(git_directory),
      .environment = pinned_environment(),
      .timeout = timeout,
      // A git that is killed between making a lock file and noting it leaves the file behind.
      .ends_with_caller = std::ranges::find(arguments, "update-ref") == arguments.end()};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return os::run(command);
}

// Never forced: the server moves the branch only forward, so a commit that was not built on its
// tip is rejected. Neither --force-with-lease (a background fetch defeats it) nor --atomic (one
// ref, and not every server has it) adds to that.
std::vector<std::string> push_arguments(const GitRemoteOptions& options,
                                        const std::string& commit) {
  // A clone made with --mirror would push, and delete, everything else too.
  // Signing asks for a passphrase that nobody is there to type.
  return {"-c",
          "remote." + options.remote + ".mirror=false",
          "-c",
          "push.gpgSign=false",
          "push",
          "--porcelain",
          "--no-progress",
          "--no-verify",
          "--no-follow-tags",
          "--recurse-submodules=no",
          "--",
          options.remote,
          commit + ":refs/heads/" + options.branch};
}

}  // namespace signalbox
