#include "repository/checkout_plan.h"

#include <set>

#include "base/text.h"
#include "board/view.h"
#include "repository/implementation.h"
#include "repository/segment.h"

namespace signalbox {
namespace {

// A larger file of a person's is theirs to pull: it would have to pass through memory.
constexpr std::uint64_t largest_file = 32UL << 20U;

// What only Signalbox writes: a view, a segment, a clone's record, a collected log. What else lies
// beside them is a person's.
bool is_owned(const std::string& path) {
  if (path.starts_with("data/health/") || path.starts_with("data/details/")) return true;
  const std::string name = os::base_name_of(path);
  if (os::parent_of(path) == status_directory) return job_of_status_file(name).has_value();
  return path.starts_with(std::string(history_directory) + "/") && !first_id_of(name).empty();
}

// A path of a tree that anybody may have written, before it is used in the worktree.
bool is_safe_path(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name.empty() || name == "." || name == "..") return false;
    if (name.size() >= 4 && name[0] == '.' && (name[1] == 'g' || name[1] == 'G') &&
        (name[2] == 'i' || name[2] == 'I') && (name[3] == 't' || name[3] == 'T') &&
        name.size() == 4) {
      return false;
    }
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return true;
}

bool is_plain_file(std::uint16_t mode) {
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

bool entry_is(const git_index_entry* entry, const git_diff_file& file, bool present) {
  if (entry == nullptr) return !present;
  if (!present) return false;
  return git_oid_equal(&entry->id, &file.id) == 1 && entry->mode == file.mode;
}

class Planner {
 public:
  Planner(os::FileSystem& fs, git_repository* repository, std::string worktree, git_index* index,
          CheckoutLicence licence)
      : fs_(fs),
        repository_(repository),
        worktree_(std::move(worktree)),
        index_(index),
        licence_(licence) {}

  // An empty string, or what stands in the way.
  std::string add(const git_diff_delta& delta) {
    const bool had = delta.status != GIT_DELTA_ADDED;
    const bool has = delta.status != GIT_DELTA_DELETED;
    const std::string path = has ? delta.new_file.path : delta.old_file.path;
    const std::string shown = "'" + printable(path) + "'";
    if (!is_safe_path(path)) return shown + " is not a path that can be checked out";
    if ((had && !is_plain_file(delta.old_file.mode)) ||
        (has && !is_plain_file(delta.new_file.mode))) {
      return shown + " is a symbolic link or a submodule";
    }
    const git_index_entry* entry = git_index_get_bypath(index_, path.c_str(), 0);
    if (!entry_is(entry, delta.old_file, had) && !entry_is(entry, delta.new_file, has)) {
      return shown + " has staged changes";
    }
    if (auto obstacle = check_parents(path); !obstacle.empty()) return obstacle;

    PathChange change{.path = path,
                      .blob = delta.new_file.id,
                      .removed = !has,
                      .executable = has && delta.new_file.mode == GIT_FILEMODE_BLOB_EXECUTABLE};
    auto obstacle = is_owned(path) ? decide_owned(delta, had, has, change)
                                   : decide_other(delta, had, has, change);
    if (obstacle.empty()) changes_.push_back(std::move(change));
    return obstacle;
  }

  std::vector<PathChange> finish() { return std::move(changes_); }

 private:
  // Through a symbolic link a tree could write anywhere.
  std::string check_parents(const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const std::string directory = path.substr(0, slash);
      if (known_directories_.contains(directory)) continue;
      const auto found = fs_.status(worktree_ + "/" + directory);
      if (!found && found.error().kind == ErrorKind::NotFound) return {};
      if (!found || found->type != os::FileType::Directory) {
        return "'" + printable(directory) + "' is not a directory";
      }
      known_directories_.insert(directory);
    }
    return {};
  }

  bool file_is(const std::string& path, const git_oid& blob) {
    git_oid found;
    return git_odb_hashfile(&found, (worktree_ + "/" + path).c_str(), GIT_OBJECT_BLOB) == 0 &&
           git_oid_equal(&found, &blob) == 1;
  }

  // What a power cut left of a version: its beginning, and zeros in place of the rest.
  bool is_torn(const std::string& path, const git_oid& blob) {
    if (git_blob_size(blob) > largest_file) return false;
    const auto found = fs_.read(worktree_ + "/" + path, largest_file);
    const auto whole = git::read_blob(repository_, blob, largest_file);
    if (!found || !whole || found->size() > whole->size()) return false;
    const auto last = found->find_last_not_of('\0');
    const std::size_t kept = last == std::string::npos ? 0 : last + 1;
    return whole->starts_with(std::string_view(*found).substr(0, kept));
  }

  bool may_replace(const std::string& path) {
    const auto bytes = fs_.read(worktree_ + "/" + path, view_limit);
    return bytes && licence_.may_replace(path, *bytes);
  }

  bool is_torn_version(const git_diff_delta& delta, bool had, bool has, const std::string& path) {
    return (had && is_torn(path, delta.old_file.id)) || (has && is_torn(path, delta.new_file.id));
  }

  std::string decide_owned(const git_diff_delta& delta, bool had, bool has, PathChange& change) {
    const auto found = fs_.status(worktree_ + "/" + change.path);
    if (found) change.found = *found;
    const FileAction renew = has ? FileAction::Write : FileAction::Remove;
    if (has && git_blob_size(delta.new_file.id) > largest_file) {
      return "'" + printable(change.path) + "' is very large";
    }
    if (!found) {
      if (found.error().kind != ErrorKind::NotFound) return found.error().what;
      // A file that the index has and the worktree lacks was deleted by a person.
      if (!had && has) change.action = FileAction::Write;
    } else if (found->type != os::FileType::Regular) {
      return "'" + printable(change.path) + "' is not a regular file";
    } else if (has && file_is(change.path, delta.new_file.id)) {
      change.clean = true;
    } else if ((had && file_is(change.path, delta.old_file.id)) || may_replace(change.path) ||
               is_torn_version(delta, had, has, change.path)) {
      change.action = renew;
    }
    change.clean = change.clean || change.action != FileAction::Keep;
    return {};
  }

  std::string decide_other(const git_diff_delta& delta, bool had, bool has, PathChange& change) {
    const std::string shown = "'" + printable(change.path) + "'";
    const auto found = fs_.status(worktree_ + "/" + change.path);
    if (found) change.found = *found;
    if (!found && found.error().kind != ErrorKind::NotFound) return found.error().what;
    if (is_filtered(change.path)) return shown + " passes through a filter of .gitattributes";
    if (!found && had) return shown + " was deleted and that is not committed";
    if (found && found->type != os::FileType::Regular) return shown + " is not a regular file";
    if (has && git_blob_size(delta.new_file.id) > largest_file) return shown + " is very large";
    if (!found ||
        (had && file_is(change.path, delta.old_file.id) &&
         found->executable == (delta.old_file.mode == GIT_FILEMODE_BLOB_EXECUTABLE)) ||
        (licence_.resumed && is_torn_version(delta, had, has, change.path))) {
      change.action = has ? FileAction::Write : FileAction::Remove;
    } else if (!has || !file_is(change.path, delta.new_file.id) ||
               found->executable != change.executable) {
      return shown + (had ? " has changes that are not committed" : " is in the way, untracked");
    }
    change.clean = true;
    return {};
  }

  [[nodiscard]] bool is_filtered(const std::string& path) const {
    git_filter_list* filters = nullptr;
    const int code = git_filter_list_load(&filters, repository_, nullptr, path.c_str(),
                                          GIT_FILTER_TO_WORKTREE, GIT_FILTER_DEFAULT);
    const bool filtered = code < 0 || filters != nullptr;
    git_filter_list_free(filters);
    return filtered;
  }

  [[nodiscard]] std::uint64_t git_blob_size(const git_oid& oid) const {
    git_odb* database = nullptr;
    if (git_repository_odb(&database, repository_) < 0) return 0;
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_ANY;
    const int code = git_odb_read_header(&size, &type, database, &oid);
    git_odb_free(database);
    return code < 0 ? 0 : size;
  }

  os::FileSystem& fs_;
  git_repository* repository_;
  std::string worktree_;
  git_index* index_;
  CheckoutLicence licence_;
  std::set<std::string> known_directories_;
  std::vector<PathChange> changes_;
};

}  // namespace

bool is_as_planned(os::FileSystem& fs, const std::string& worktree, const PathChange& change) {
  const auto now = fs.status(worktree + "/" + change.path);
  if (!now) return now.error().kind == ErrorKind::NotFound && !change.found;
  return change.found && now->type == change.found->type && now->inode == change.found->inode &&
         now->size == change.found->size && now->modified == change.found->modified;
}

Result<CheckoutPlan> plan_checkout(os::FileSystem& fs, git_repository* repository,
                                   const std::string& worktree, git_tree* from, git_tree* to,
                                   git_index* index, CheckoutLicence licence) {
  CheckoutPlan plan;
  if (git_index_has_conflicts(index) == 1) {
    plan.obstacle = "the index has conflicts";
    return plan;
  }
  for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index, i);
    if ((entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0) {
      plan.obstacle = "the checkout is sparse";
      return plan;
    }
  }
  git_diff* handle = nullptr;
  if (const int code = git_diff_tree_to_tree(&handle, repository, from, to, nullptr); code < 0) {
    return std::unexpected(git::error(code, "cannot compare the checkout with the new tip"));
  }
  const git::Diff diff(handle);
  Planner planner(fs, repository, worktree, index, licence);
  for (std::size_t i = 0; i < git_diff_num_deltas(handle); ++i) {
    plan.obstacle = planner.add(*git_diff_get_delta(handle, i));
    if (!plan.obstacle.empty()) return plan;
  }
  plan.changes = planner.finish();
  return plan;
}

}  // namespace signalbox
