#include "repository/local_branch.h"

#include "transport/git_remote.h"

namespace signalbox {
namespace {

class LocalBranch final : public Transport {
 public:
  LocalBranch(os::FileSystem& fs, os::Clock& clock, const Repository& repository,
              const std::string& git_directory, const std::optional<Clone>& checkout,
              const std::string& branch, const MayReplace& may_replace)
      : fs_(fs),
        clock_(clock),
        repository_(repository),
        git_directory_(git_directory),
        checkout_(checkout),
        branch_(branch),
        ref_("refs/heads/" + branch),
        may_replace_(may_replace) {}

  Result<std::string> fetch() override { return repository_.commit_at(ref_); }

  Status push(const std::string& commit, const std::string& expected) override {
    const auto now = fetch();
    if (!now) return std::unexpected(now.error());
    if (*now != expected) return race_lost();
    if (checkout_) return push_checked_out(commit, expected);
    if (repository_.is_checked_out(branch_)) {
      return fail(ErrorKind::Busy,
                  "the branch '" + branch_ + "' is checked out in another worktree",
                  "run 'signalbox sync' there");
    }
    auto moved = update_ref(git_directory_, ref_, commit, expected, "signalbox: publish");
    return moved ? sync_ref() : moved;
  }

 private:
  // git synced the ref's file; its name must last too, before the spool forgets the events.
  Status sync_ref() { return fs_.sync_directory(os::parent_of(git_directory_ + "/" + ref_)); }

  [[nodiscard]] std::unexpected<Error> race_lost() const {
    return fail(ErrorKind::RaceLost, "the branch '" + branch_ + "' moved");
  }

  Status push_checked_out(const std::string& commit, const std::string& expected) {
    const auto outcome =
        fast_forward_checkout(fs_, clock_, *checkout_, branch_, commit, may_replace_);
    if (!outcome) return std::unexpected(outcome.error());
    if (outcome->current) return sync_ref();
    const auto moved = fetch();
    if (moved && *moved == commit) return {};
    // Also when the checkout finished a killed publisher's step first.
    if (moved && *moved != expected) return race_lost();
    return fail(ErrorKind::Busy, "the local branch cannot move: " + outcome->obstacle,
                "the reports wait; finish that work, then run 'signalbox sync'");
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  const Repository& repository_;
  std::string git_directory_;
  const std::optional<Clone>& checkout_;
  std::string branch_;
  std::string ref_;
  const MayReplace& may_replace_;
};

}  // namespace

std::unique_ptr<Transport> make_local_branch(os::FileSystem& fs, os::Clock& clock,
                                             const Repository& repository,
                                             const std::string& git_directory,
                                             const std::optional<Clone>& checkout,
                                             const std::string& branch,
                                             const MayReplace& may_replace) {
  return std::make_unique<LocalBranch>(fs, clock, repository, git_directory, checkout, branch,
                                       may_replace);
}

}  // namespace signalbox
