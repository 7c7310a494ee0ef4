#include "transport/git_remote.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "os/process.h"
#include "transport/git_command.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

// A ref that was moved on the remote must be noted here even when the push took all the time.
constexpr milliseconds least_time_for_local_work{5'000};
// Another git process of this clone holds a ref or the shallow file for moments only.
constexpr int tries_against_local_locks = 3;
constexpr std::chrono::seconds oldest_lock_of_ours{30};
constexpr std::size_t ref_file_limit = 1024;
constexpr milliseconds pause_between_tries{50};

class Deadline {
 public:
  explicit Deadline(milliseconds timeout) : at_(os::real_clock().monotonic() + timeout) {}
  [[nodiscard]] milliseconds left() const {
    return std::max(milliseconds{1}, at_ - os::real_clock().monotonic());
  }

 private:
  milliseconds at_;
};

class GitRemote final : public Transport {
 public:
  explicit GitRemote(GitRemoteOptions options) : options_(std::move(options)) {}

  Result<std::string> fetch() override {
    const Deadline deadline(options_.timeout);
    Tracking tracking = Tracking::Follows;
    for (int attempt = 1;; ++attempt) {
      auto result = git(fetch_arguments(tracking), deadline.left());
      if (!result) return std::unexpected(result.error());
      if (result->exit_status == 0) return known_tip();
      if (lacks_the_branch(*result)) return forget_known_tip();
      const Error error = interpret_fetch_failure(seen(*result), options_.remote);
      if (attempt > tries_against_local_locks) return std::unexpected(error);
      if (error.kind == ErrorKind::Busy) {
        remove_leftover_lock();
        // The last try leaves the clone's own tracking ref alone, which may be what is locked.
        if (attempt == tries_against_local_locks) tracking = Tracking::Stays;
        os::real_clock().sleep(pause_between_tries);
      } else if (result->timed_out || !remove_broken_tip()) {
        return std::unexpected(error);
      }
    }
  }

  Status push(const std::string& commit, const std::string& expected) override {
    if (!is_object_id(commit) || !(expected.empty() || is_object_id(expected))) {
      return fail(ErrorKind::InvalidInput, "'" + printable(commit) + "' is not a commit's id");
    }
    const Deadline deadline(options_.timeout);
    auto result = git(push_arguments(options_, commit), deadline.left());
    if (!result) return std::unexpected(result.error());
    if (auto pushed = interpret_push(seen(*result), options_.remote); !pushed) return pushed;
    return note_known_tip(commit, deadline);
  }

  [[nodiscard]] Status update_ref(const std::string& ref, const std::string& commit,
                                  const std::string& expected, const std::string& message) const {
    const std::string no_commit(object_id_length, '0');
    const auto result = git({"update-ref", "-m", message, "--create-reflog", ref, commit,
                             expected.empty() ? no_commit : expected},
                            least_time_for_local_work);
    if (!result) return std::unexpected(result.error());
    if (result->exit_status == 0) return {};
    const bool elsewhere = result->errors.find("but expected") != std::string::npos ||
                           result->errors.find("already exists") != std::string::npos;
    return fail(elsewhere ? ErrorKind::RaceLost : ErrorKind::InputOutput,
                "cannot move '" + ref + "': " + redacted(result->errors),
                "run 'signalbox sync' again");
  }

 private:
  [[nodiscard]] std::string branch_ref() const { return "refs/heads/" + options_.branch; }

  // With the branch named on the command line, git also moves the tracking ref that the clone is
  // configured to have (refs/remotes/origin/main), as any fetch by hand would.
  enum class Tracking { Follows, Stays };
  [[nodiscard]] std::vector<std::string> fetch_arguments(Tracking tracking) const {
    std::vector<std::string> arguments{
        "fetch",
        "--quiet",
        "--no-progress",
        "--no-tags",
        "--no-prune",
        "--no-write-fetch-head",  // FETCH_HEAD belongs to the person
        "--no-auto-maintenance",
        "--no-recurse-submodules",
        "--no-show-forced-updates"};  // a walk through the history, for a message nobody reads
    if (tracking == Tracking::Stays) arguments.emplace_back("--refmap=");
    for (std::string last :
         {std::string("--"), options_.remote, "+" + branch_ref() + ":" + options_.known_tip_ref}) {
      arguments.push_back(std::move(last));
    }
    return arguments;
  }

  // The known tip is ours alone, and only a publisher moves it, one at a time. A lock file that is
  // older than any git of ours lives was left by one that was killed, or by a node that crashed.
  void remove_leftover_lock() const {
    os::FileSystem& fs = os::real_file_system();
    const std::string lock = options_.git_directory + "/" + options_.known_tip_ref + ".lock";
    const auto found = fs.status(lock);
    if (!found) return;
    const auto now = os::time_at(fs, options_.git_directory);
    if (now && *now - found->modified > oldest_lock_of_ours) (void)fs.unlink(lock);
  }

  // A ref of ours that a power cut emptied, or whose commit it took, makes every fetch fail, the
  // person's too. True when there was one and it is gone.
  [[nodiscard]] bool remove_broken_tip() const {
    os::FileSystem& fs = os::real_file_system();
    const std::string path = options_.git_directory + "/" + options_.known_tip_ref;
    const auto bytes = fs.read(path, ref_file_limit);
    if (!bytes) return false;
    if (is_object_id(trimmed(*bytes))) {
      const auto result = git({"cat-file", "-e", std::string(trimmed(*bytes)) + "^{commit}"},
                              least_time_for_local_work);
      if (!result || result->exit_status == 0) return false;
    }
    return fs.unlink(path).has_value();
  }

  [[nodiscard]] Result<os::ProcessResult> git(const std::vector<std::string>& arguments,
                                              milliseconds timeout) const {
    return run_git(options_.git_directory, arguments, timeout);
  }

  [[nodiscard]] static bool lacks_the_branch(const os::ProcessResult& result) {
    return !result.timed_out &&
           result.errors.find("couldn't find remote ref refs/heads/") != std::string::npos;
  }

  // One small read where the ref is a file of its own, as it is after it moved; git knows the rest.
  [[nodiscard]] Result<std::string> known_tip() const {
    const auto bytes = os::real_file_system().read(
        options_.git_directory + "/" + options_.known_tip_ref, ref_file_limit);
    if (bytes && is_object_id(trimmed(*bytes))) return std::string(trimmed(*bytes));
    const auto result = git({"rev-parse", "--verify", "--quiet", options_.known_tip_ref},
                            least_time_for_local_work);
    if (!result) return std::unexpected(result.error());
    if (!is_object_id(trimmed(result->output))) {
      return fail(ErrorKind::Corrupt,
                  "'" + options_.known_tip_ref +
                      "' cannot be read after a fetch: " + redacted(result->errors),
                  "run `git fsck` in the clone");
    }
    return std::string(trimmed(result->output));
  }

  // The branch is gone, or was never there: what an earlier fetch noted is no longer true.
  [[nodiscard]] Result<std::string> forget_known_tip() const {
    const auto result =
        git({"update-ref", "-d", options_.known_tip_ref}, least_time_for_local_work);
    if (!result) return std::unexpected(result.error());
    if (result->exit_status == 0) return std::string();
    return std::unexpected(interpret_fetch_failure(seen(*result), options_.remote));
  }

  // The remote has the commit by now. When that cannot be noted, the caller must not believe an old
  // tip: the next fetch tells.
  [[nodiscard]] Status note_known_tip(const std::string& commit, const Deadline& deadline) const {
    const auto result = git({"update-ref", options_.known_tip_ref, commit},
                            std::max(deadline.left(), least_time_for_local_work));
    if (result && result->exit_status == 0) return {};
    return fail(ErrorKind::AnswerLost,
                "'" + options_.remote +
                    "' took the push, which could not be noted in this clone: " +
                    (result ? redacted(result->errors) : result.error().what),
                "the next fetch notes it");
  }

  GitRemoteOptions options_;
};

}  // namespace

std::unique_ptr<Transport> make_git_remote(const GitRemoteOptions& options) {
  return std::make_unique<GitRemote>(options);
}

bool is_trusted_by_git(const std::string& git_directory) {
  // Without --git-dir: a repository that is named needs no trust.
  const auto result = os::run({.arguments = {"git", "rev-parse", "--git-dir"},
                               .directory = working_directory_of(git_directory),
                               .environment = pinned_environment(),
                               .timeout = least_time_for_local_work});
  return result && result->exit_status == 0;
}

Status update_ref(const std::string& git_directory, const std::string& ref,
                  const std::string& commit, const std::string& expected,
                  const std::string& message) {
  return GitRemote({.git_directory = git_directory}).update_ref(ref, commit, expected, message);
}

}  // namespace signalbox
