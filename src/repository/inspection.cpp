// How a repository stands: what reflogs tell, how large a tip is. Changes nothing.
#include <algorithm>

#include "base/text.h"
#include "repository/implementation.h"

namespace signalbox {
namespace {

constexpr std::size_t most_reflog_entries = 1000;
constexpr std::size_t most_entries = 200'000;  // of a tip's trees, in all
constexpr std::size_t message_limit_shown = 200;

using Reflog = std::unique_ptr<git_reflog, git::Releaser<git_reflog_free>>;
using ObjectDatabase = std::unique_ptr<git_odb, git::Releaser<git_odb_free>>;

UtcTime time_of(const git_reflog_entry* entry) {
  return UtcTime{std::chrono::seconds{git_reflog_entry_committer(entry)->when.time}};
}

std::string message_of(const git_reflog_entry* entry) {
  const char* message = git_reflog_entry_message(entry);
  return message == nullptr ? std::string() : printable(message, message_limit_shown);
}

// Empty where there is none.
Result<Reflog> read_reflog(git_repository* repository, const std::string& ref) {
  // Reading a reflog that is not there would make it.
  if (git_reference_has_log(repository, ref.c_str()) != 1) return Reflog();
  git_reflog* handle = nullptr;
  const int code = git_reflog_read(&handle, repository, ref.c_str());
  if (code < 0) {
    return std::unexpected(git::error(code, "cannot read the reflog of '" + ref + "'"));
  }
  return Reflog(handle);
}

std::size_t length_of(const Reflog& log) {
  return log ? std::min(git_reflog_entrycount(log.get()), most_reflog_entries) : 0;
}

class TreeWalk {
 public:
  TreeWalk(git_repository* repository, git_odb* database)
      : repository_(repository), database_(database) {}

  // Depth first; git itself refuses trees that are nested without end.
  Status visit(const git_tree* tree, const std::string& path) {
    const auto entries = git::entries_of(tree);
    if (entries.size() > figures_.entries) {
      figures_.entries = entries.size();
      figures_.largest_directory = path;
    }
    for (const auto& entry : entries) {
      if (++seen_ > most_entries) {
        figures_.complete = false;
        return {};
      }
      const std::string below = path.empty() ? entry.name : path + "/" + entry.name;
      if (entry.is_tree) {
        const auto inner = git::lookup_tree(repository_, entry.oid);
        if (!inner) return std::unexpected(inner.error());
        if (auto done = visit(inner->get(), below); !done) return done;
      } else {
        measure(entry, below);
      }
    }
    return {};
  }

  [[nodiscard]] const Repository::Figures& figures() const { return figures_; }

 private:
  void measure(const git::Entry& entry, const std::string& path) {
    ++figures_.files;
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_ANY;
    // One that cannot be read is git fsck's to name.
    if (git_odb_read_header(&size, &type, database_, &entry.oid) < 0) return;
    if (size <= figures_.bytes) return;
    figures_.bytes = size;
    figures_.largest_file = path;
  }

  git_repository* repository_;
  git_odb* database_;
  Repository::Figures figures_;
  std::size_t seen_ = 0;
};

}  // namespace

Result<Repository::Divergence> Repository::divergence(const std::string& commit,
                                                      const std::string& other) const {
  const auto here = git::parse_oid(commit);
  if (!here) return std::unexpected(here.error());
  const auto there = git::parse_oid(other);
  if (!there) return std::unexpected(there.error());
  Divergence divergence;
  const int code = git_graph_ahead_behind(&divergence.ahead, &divergence.behind, impl_->git.get(),
                                          &*here, &*there);
  if (code < 0) return std::unexpected(git::error(code, "cannot compare two commits"));
  return divergence;
}

Result<std::vector<Repository::Rewind>> Repository::rewinds(const std::string& ref) const {
  const auto log = read_reflog(impl_->git.get(), ref);
  if (!log) return std::unexpected(log.error());
  std::vector<Rewind> rewinds;
  for (std::size_t i = 0; i < length_of(*log); ++i) {
    const git_reflog_entry* entry = git_reflog_entry_byindex(log->get(), i);
    const git_oid* before = git_reflog_entry_id_old(entry);
    const git_oid* after = git_reflog_entry_id_new(entry);
    if (git_oid_is_zero(before) != 0 || git_oid_equal(before, after) != 0) continue;
    // -1 as well where a commit is gone already: then it was dropped all the more.
    if (git_graph_descendant_of(impl_->git.get(), after, before) == 1) continue;
    rewinds.push_back(
        {time_of(entry), git::text_of(*before), git::text_of(*after), message_of(entry)});
  }
  return rewinds;
}

Result<std::vector<Repository::Stash>> Repository::stashes() const {
  const auto log = read_reflog(impl_->git.get(), "refs/stash");
  if (!log) return std::unexpected(log.error());
  std::vector<Stash> stashes;
  for (std::size_t i = 0; i < length_of(*log); ++i) {
    const git_reflog_entry* entry = git_reflog_entry_byindex(log->get(), i);
    Stash stash{.time = time_of(entry), .message = message_of(entry)};
    const std::string commit = git::text_of(*git_reflog_entry_id_new(entry));
    const auto owner = git::lookup_commit(impl_->git.get(), commit);
    if (owner && git_commit_parentcount(owner->get()) > 0) {
      const auto base = status_tree(git::text_of(*git_commit_parent_id(owner->get(), 0)));
      const auto held = status_tree(commit);
      stash.holds_status = base && held && *base != *held;
    }
    stashes.push_back(std::move(stash));
  }
  return stashes;
}

Result<Repository::Figures> Repository::figures(const std::string& commit) const {
  const auto root = git::tree_at(impl_->git.get(), commit, {});
  if (!root) return std::unexpected(root.error());
  git_odb* handle = nullptr;
  if (const int code = git_repository_odb(&handle, impl_->git.get()); code < 0) {
    return std::unexpected(git::error(code, "cannot open the object database"));
  }
  const ObjectDatabase database(handle);
  TreeWalk walk(impl_->git.get(), database.get());
  if (auto done = walk.visit(root->get(), {}); !done) return std::unexpected(done.error());
  return walk.figures();
}

Result<std::string> operation_in_progress(const Clone& clone) {
  const auto repository = git::open(clone.git_directory);
  if (!repository) return std::unexpected(repository.error());
  return git::operation_in_progress(repository->get());
}

}  // namespace signalbox
