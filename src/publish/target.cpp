#include "publish/target.h"

#include <algorithm>

namespace signalbox {
namespace {

std::string first_of(std::initializer_list<std::optional<std::string>> choices) {
  for (const auto& choice : choices) {
    if (choice && !choice->empty()) return *choice;
  }
  return {};
}

std::optional<std::string> default_remote(const std::vector<std::string>& remotes) {
  if (std::ranges::find(remotes, "origin") != remotes.end()) return "origin";
  if (remotes.size() == 1) return remotes.front();
  return std::nullopt;
}

}  // namespace

Result<Settings> read_settings(os::FileSystem& fs, const Clone& clone,
                               const Repository& repository) {
  if (!clone.worktree.empty()) {
    const auto bytes = fs.read(clone.worktree + "/" + settings_file, settings_limit);
    if (bytes) return parse_settings(*bytes);
    if (bytes.error().kind != ErrorKind::NotFound) return std::unexpected(bytes.error());
  }
  std::string tip;
  if (const auto cached = cached_target(fs, clone)) {
    if (const auto found = repository.commit_at(cached->known_tip_ref())) tip = *found;
  }
  if (tip.empty()) {
    if (const auto found = repository.commit_at("HEAD")) tip = *found;
  }
  const auto bytes = repository.file(tip, settings_file, settings_limit);
  if (!bytes) return std::unexpected(bytes.error());
  return *bytes ? parse_settings(**bytes) : Settings{};
}

Result<Target> resolve_target(os::FileSystem& fs, const Clone& clone, const Repository& repository,
                              const Settings& settings) {
  const auto remotes = repository.remotes();
  const auto cached = cached_target(fs, clone);
  Target target;
  target.remote =
      first_of({repository.config("signalbox.remote"), settings.remote, default_remote(remotes)});
  if (target.remote.empty() && !remotes.empty()) {
    return fail(ErrorKind::InvalidInput, "this clone has several remotes and none is 'origin'",
                "choose one: git config signalbox.remote NAME");
  }
  if (!target.remote.empty()) {
    if (auto done = check_ref_name(target.remote, "remote"); !done) {
      return std::unexpected(done.error());
    }
    if (std::ranges::find(remotes, target.remote) == remotes.end()) {
      return fail(ErrorKind::InvalidInput, "there is no remote '" + target.remote + "' here",
                  "see 'git remote -v'; choose one: git config signalbox.remote NAME");
    }
    if (repository.config("remote." + target.remote + ".promisor") == "true") {
      return fail(ErrorKind::Unsupported,
                  "this clone is a partial one: it lacks files of the branch's past",
                  "reports are recorded; publish them from a clone made without --filter");
    }
  }
  const bool same_remote = cached && cached->remote == target.remote;
  target.branch = first_of(
      {repository.config("signalbox.branch"), settings.branch,
       target.remote.empty() ? std::nullopt : repository.remote_default_branch(target.remote),
       same_remote ? std::optional(cached->branch) : std::nullopt, head_branch(fs, clone), "main"});
  if (auto done = check_ref_name(target.branch, "branch"); !done) {
    return std::unexpected(done.error());
  }
  if (!cached || *cached != target) {
    // Best effort: `report` then takes HEAD's branch for the published one.
    (void)cache_target(fs, clone, target);
  }
  return target;
}

}  // namespace signalbox
