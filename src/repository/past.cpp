// Every version that the files of a directory have had: one pass over the past of a commit.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "repository/implementation.h"

namespace signalbox {
namespace {

using Entries = std::vector<git::Entry>;
using FileVersion = Repository::FileVersion;

Result<std::optional<std::string>> read_within(git_repository* repository, const git_oid& blob,
                                               std::size_t limit) {
  auto bytes = git::read_blob(repository, blob, limit);
  if (bytes) return *std::move(bytes);
  if (bytes.error().kind == ErrorKind::TooLarge) return std::nullopt;
  return std::unexpected(bytes.error());
}

bool is_same(const git_oid& one, const git_oid& other) {
  return git_oid_equal(&one, &other) == 1;
}

// A path and a blob, as a key: 20 bytes and the name.
std::string key_of(const git::Entry& entry) {
  std::string key(reinterpret_cast<const char*>(entry.oid.id), GIT_OID_RAWSZ);
  return key + entry.name;
}

// Looks at one state of the directory after the other, the oldest first. What the next state has in
// common with the one before was looked at already, so most files cost one comparison a commit.
class Versions {
 public:
  Versions(git_repository* repository, std::string_view directory, std::size_t limit,
           const std::function<Status(const FileVersion&)>& visit, Entries shown)
      : repository_(repository), directory_(directory), limit_(limit), visit_(visit) {
    for (git::Entry& entry : shown) {
      std::string name = entry.name;
      shown_.emplace(std::move(name), Shown{std::move(entry), {}, {}});
    }
  }

  Status look(const std::string& commit, UtcTime committed, Entries now) {
    auto before = before_.begin();
    for (const git::Entry& entry : now) {
      while (before != before_.end() && before->name < entry.name) ++before;
      const bool is_same_file = before != before_.end() && before->name == entry.name;
      if (entry.is_tree || (is_same_file && is_same(before->oid, entry.oid))) continue;
      if (auto done = take(entry, commit, committed); !done) return done;
    }
    before_ = std::move(now);
    return {};
  }

  // The versions that are still there.
  Status finish() {
    for (const auto& [name, shown] : shown_) {
      if (shown.commit.empty()) continue;
      if (auto done = tell(shown.entry, shown.commit, shown.committed); !done) return done;
    }
    return {};
  }

 private:
  struct Shown {
    git::Entry entry;
    std::string commit;
    UtcTime committed;
  };

  Status take(const git::Entry& entry, const std::string& commit, UtcTime committed) {
    if (const auto shown = shown_.find(entry.name);
        shown != shown_.end() && is_same(shown->second.entry.oid, entry.oid)) {
      shown->second.commit = commit;
      shown->second.committed = committed;
      return {};
    }
    return seen_.insert(key_of(entry)).second ? tell(entry, commit, committed) : Status{};
  }

  Status tell(const git::Entry& entry, const std::string& commit, UtcTime committed) {
    auto bytes = read_within(repository_, entry.oid, limit_);
    if (!bytes) return std::unexpected(bytes.error());
    return visit_({directory_ + "/" + entry.name, commit, committed, *std::move(bytes)});
  }

  git_repository* repository_;
  std::string directory_;
  std::size_t limit_;
  const std::function<Status(const FileVersion&)>& visit_;
  std::map<std::string, Shown> shown_;
  Entries before_;
  std::unordered_set<std::string> seen_;
};

// By name in byte order. Git orders a directory as if its name ended in "/".
Entries sorted_entries_of(const git::Tree& tree) {
  Entries entries = git::entries_of(tree.get());
  std::ranges::sort(entries, {}, &git::Entry::name);
  return entries;
}

}  // namespace

Result<Repository::Past> Repository::for_each_version(
    const std::string& commit, std::string_view directory, std::size_t limit,
    const std::function<Status(const FileVersion&)>& visit, const Progress& progress) const {
  git_repository* repository = impl_->git.get();
  auto commits = git::ancestors_of(repository, commit);
  if (!commits) return std::unexpected(commits.error());
  const auto shown = git::tree_at(repository, commit, std::string(directory));
  if (!shown) return std::unexpected(shown.error());
  Versions versions(repository, directory, limit, visit, sorted_entries_of(*shown));
  const Past past{.commits = commits->list.size(),
                  .is_whole = commits->is_whole && git_repository_is_shallow(repository) != 1};
  std::string before;
  std::size_t done = 0;
  for (auto at = commits->list.rbegin(); at != commits->list.rend(); ++at) {
    const std::string id = git::text_of(*at);
    const auto tree = git::tree_at(repository, id, std::string(directory));
    if (!tree) return std::unexpected(tree.error());
    std::string now = *tree ? git::text_of(*git_tree_id(tree->get())) : std::string();
    if (now != before) {
      const auto handle = git::lookup_commit(repository, id);
      if (!handle) return std::unexpected(handle.error());
      const UtcTime committed{std::chrono::seconds{git_commit_time(handle->get())}};
      if (auto looked = versions.look(id, committed, sorted_entries_of(*tree)); !looked) {
        return std::unexpected(looked.error());
      }
      before = std::move(now);
    }
    if (progress) progress(++done, past.commits);
  }
  if (auto told = versions.finish(); !told) return std::unexpected(told.error());
  return past;
}

Status Repository::for_each_file(const std::string& commit, std::string_view directory,
                                 std::size_t limit,
                                 const std::function<Status(const FileVersion&)>& visit) const {
  const auto tree = git::tree_at(impl_->git.get(), commit, std::string(directory));
  if (!tree) return std::unexpected(tree.error());
  for (const git::Entry& entry : git::entries_of(tree->get())) {
    if (entry.is_tree) continue;
    auto bytes = read_within(impl_->git.get(), entry.oid, limit);
    if (!bytes) return std::unexpected(bytes.error());
    auto done = visit({std::string(directory) + "/" + entry.name, {}, {}, *std::move(bytes)});
    if (!done) return done;
  }
  return {};
}

Result<std::vector<std::string>> Repository::subjects(const std::string& commit,
                                                      std::size_t limit) const {
  const auto commits = git::ancestors_of(impl_->git.get(), commit);
  if (!commits) return std::unexpected(commits.error());
  std::vector<std::string> subjects;
  for (const git_oid& id : commits->list) {
    if (subjects.size() == limit) break;
    const auto handle = git::lookup_commit(impl_->git.get(), git::text_of(id));
    if (!handle) return std::unexpected(handle.error());
    const char* subject = git_commit_summary(handle->get());
    subjects.emplace_back(subject == nullptr ? "" : subject);
  }
  return subjects;
}

}  // namespace signalbox
