#include "transport/git_command.h"

#include <unistd.h>

#include <array>
#include <string_view>

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

}  // namespace signalbox
