#include "board/view.h"
#include "repository/checkout.h"
#include "repository/implementation.h"

namespace signalbox {
namespace {

bool is_checked_out_at(os::FileSystem& fs, const Clone& clone, git_repository* repository,
                       const std::string& branch, const std::string& tip) {
  git_oid oid;
  return head_branch(fs, clone) == branch &&
         git_reference_name_to_id(&oid, repository, ("refs/heads/" + branch).c_str()) == 0 &&
         git::text_of(oid) == tip && git::operation_in_progress(repository).empty();
}

bool is_blob(std::string_view bytes, const git_oid& blob) {
  git_oid found;
  return git_odb_hash(&found, bytes.data(), bytes.size(), GIT_OBJECT_BLOB) == 0 &&
         git_oid_equal(&found, &blob) == 1;
}

// True when the file was replaced. One that is somebody's, or cannot be read, stays.
Result<bool> renew(os::FileSystem& fs, git_repository* repository, const std::string& worktree,
                   const git::Entry& entry, const MayReplace& may_replace) {
  const std::string path = std::string(status_directory) + "/" + entry.name;
  const std::string file = worktree + "/" + path;
  const auto before = fs.read(file, view_limit);
  if (!before || is_blob(*before, entry.oid) || !may_replace(path, *before)) return false;
  const auto bytes = git::read_blob(repository, entry.oid, view_limit);
  if (!bytes) return std::unexpected(bytes.error());
  const auto done = os::replace_file(fs, file, *bytes, [&] {
    const auto now = fs.read(file, view_limit);
    return now && *now == *before;
  });
  if (!done && done.error().kind == ErrorKind::Busy) return false;
  if (!done) return std::unexpected(done.error());
  return true;
}

}  // namespace

Result<std::size_t> renew_views(os::FileSystem& fs, const Clone& clone, const std::string& branch,
                                const std::string& tip, const MayReplace& may_replace) {
  const auto opened = git::open(clone.git_directory);
  if (!opened) return std::unexpected(opened.error());
  git_repository* repository = opened->get();
  if (!is_checked_out_at(fs, clone, repository, branch, tip)) return 0;
  // Through a symbolic link a file elsewhere would be replaced.
  for (const std::string& directory : {std::string("data"), std::string(status_directory)}) {
    const auto found = fs.status(clone.worktree + "/" + directory);
    if (!found || found->type != os::FileType::Directory) return 0;
  }
  const auto tree = git::tree_at(repository, tip, std::string(status_directory));
  if (!tree) return std::unexpected(tree.error());
  std::size_t renewed = 0;
  for (const git::Entry& entry : git::entries_of(tree->get())) {
    if (entry.is_tree || !job_of_status_file(entry.name)) continue;
    const auto done = renew(fs, repository, clone.worktree, entry, may_replace);
    if (!done) return std::unexpected(done.error());
    if (*done) ++renewed;
  }
  return renewed;
}

}  // namespace signalbox
