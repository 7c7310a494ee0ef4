#include "transport/git_remote.h"

#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "os/file_system.h"
#include "os/host.h"
#include "os/process.h"
#include "transport/git_output.h"

namespace signalbox {
namespace {

constexpr std::size_t ref_limit = 256;

std::map<std::string, std::optional<std::string>> pinned_environment() {
  std::map<std::string, std::optional<std::string>> changes = {
      {"LC_ALL", "C"},
      {"LANGUAGE", std::nullopt},
      {"GIT_TERMINAL_PROMPT", "0"},
      {"GIT_ASKPASS", "true"},  // answers every question with nothing
      {"SSH_ASKPASS", "true"},
      {"GCM_INTERACTIVE", "never"},
      {"GIT_OPTIONAL_LOCKS", "0"},
      {"GIT_PROTOCOL_FROM_USER", "1"},
  };
  for (const char* name : {"GIT_DIR",
                           "GIT_WORK_TREE",
                           "GIT_INDEX_FILE",
                           "GIT_COMMON_DIR",
                           "GIT_OBJECT_DIRECTORY",
                           "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                           "GIT_NAMESPACE",
                           "GIT_PREFIX",
                           "GIT_QUARANTINE_PATH",
                           "GIT_TRACE",
                           "GIT_TRACE_PACKET",
                           "GIT_TRACE_CURL",
                           "GIT_CURL_VERBOSE",
                           "GIT_TRACE_SETUP",
                           "GIT_TRACE_PACK_ACCESS",
                           "GIT_TRACE_PERFORMANCE",
                           "GIT_TRACE2",
                           "GIT_TRACE2_EVENT",
                           "GIT_TRACE2_PERF",
                           "GIT_PUSH_OPTION_COUNT",
                           "GIT_REFLOG_ACTION"}) {
    changes[name] = std::nullopt;
  }
  // Without a choice of the user's own: never a question about a host key or a passphrase.
  if (!os::environment("GIT_SSH_COMMAND") && !os::environment("GIT_SSH")) {
    changes["GIT_SSH_COMMAND"] =
        "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 "
        "-o ServerAliveCountMax=3";
  }
  return changes;
}

class GitRemote final : public Transport {
 public:
  explicit GitRemote(const GitRemoteOptions& options)
      : options_(options), environment_(pinned_environment()) {
    // Where git would stand: relative paths in a remote's URL start there.
    place_ = os::base_name_of(options_.git_directory) == ".git"
                 ? os::parent_of(options_.git_directory)
                 : options_.git_directory;
    if (environment_.contains("GIT_SSH_COMMAND") && has_ssh_command()) {
      environment_.erase("GIT_SSH_COMMAND");
    }
  }

  Result<std::string> fetch() override {
    const std::string branch_ref = "refs/heads/" + options_.branch;
    const auto result = git({"fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
                             "--no-recurse-submodules", "--no-auto-maintenance", "--",
                             options_.remote, "+" + branch_ref + ":" + options_.known_tip_ref});
    if (!result) return std::unexpected(result.error());
    if (result->exit_status == 0) return known_tip();
    if (result->errors.find("couldn't find remote ref") != std::string::npos) {
      return forget_known_tip();
    }
    return std::unexpected(interpret_fetch_failure(output_of(*result), options_.remote));
  }

  Status push(const std::string& commit, const std::string& expected) override {
    // Never forced: the server takes it only as a descendant of what it has. `expected` is that
    // descendant's parent, so a branch that moved is a lost race there.
    (void)expected;
    const auto result =
        git({"push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no",
             "--", options_.remote, commit + ":refs/heads/" + options_.branch});
    if (!result) return std::unexpected(result.error());
    if (auto done = interpret_push(output_of(*result), options_.remote); !done) return done;
    return note_known_tip(commit);
  }

 private:
  static GitOutput output_of(const os::ProcessResult& result) {
    return {.exit_status = result.exit_status,
            .timed_out = result.timed_out,
            .porcelain = result.output,
            .errors = result.errors};
  }

  Result<os::ProcessResult> git(const std::vector<std::string>& words) const {
    os::Command command{
        .arguments = {"git", "--git-dir=" + options_.git_directory,
                      // The clone's own hooks are a person's, for a person's work.
                      "-c", "core.hooksPath=/dev/null",
                      // Nothing may keep running behind a job's back.
                      "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c",
                      "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=30", "-c",
                      "push.gpgSign=false", "-c", "push.default=nothing", "-c", "fetch.prune=false",
                      "-c", "fetch.recurseSubmodules=no", "-c", "advice.pushUpdateRejected=false"},
        .directory = place_,
        .environment = environment_,
        .timeout = options_.timeout};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    auto result = os::run(command);
    if (!result) {
      return fail(result.error().kind, result.error().what,
                  "the reports wait; install git 2.30 or newer, or mend $PATH");
    }
    return result;
  }

  // core.sshCommand is a choice of the user's too; the environment variable would override it.
  [[nodiscard]] bool has_ssh_command() const {
    const auto config = os::real_file_system().read(options_.git_directory + "/config", 1UL << 20U);
    if (config && config->find("sshCommand") != std::string::npos) return true;
    if (config && config->find("sshcommand") != std::string::npos) return true;
    const auto home = os::home_directory();
    if (!home) return false;
    const auto global = os::real_file_system().read(*home + "/.gitconfig", 1UL << 20U);
    return global && (global->find("sshCommand") != std::string::npos ||
                      global->find("sshcommand") != std::string::npos);
  }

  // One small read instead of another git process: fetch and update-ref have just written it, as a
  // loose ref (a packed one stays packed only while it does not move).
  [[nodiscard]] Result<std::string> known_tip() const {
    const auto loose = os::real_file_system().read(
        options_.git_directory + "/" + options_.known_tip_ref, ref_limit);
    if (loose) return std::string(trimmed(*loose));
    const auto result = git({"rev-parse", "--verify", "--quiet", options_.known_tip_ref});
    if (!result) return std::unexpected(result.error());
    return std::string(trimmed(result->output));
  }

  [[nodiscard]] Status note_known_tip(const std::string& commit) const {
    const auto result = git({"update-ref", "--", options_.known_tip_ref, commit});
    if (!result) return std::unexpected(result.error());
    // The push is done; a tip that was not noted costs the next one a rejected push and a fetch.
    return {};
  }

  [[nodiscard]] Result<std::string> forget_known_tip() const {
    const auto result = git({"update-ref", "-d", "--", options_.known_tip_ref});
    if (!result) return std::unexpected(result.error());
    return std::string();
  }

  GitRemoteOptions options_;
  std::string place_;
  std::map<std::string, std::optional<std::string>> environment_;
};

}  // namespace

std::unique_ptr<Transport> make_git_remote(const GitRemoteOptions& options) {
  return std::make_unique<GitRemote>(options);
}

}  // namespace signalbox
