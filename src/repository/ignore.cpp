#include "repository/ignore.h"

#include "repository/git.h"

namespace signalbox {

Result<Attention> attention_of(const Clone& clone, const std::string& path) {
  const auto repository = git::open(clone.git_directory);
  if (!repository) return std::unexpected(repository.error());
  const char* worktree = git_repository_workdir(repository->get());
  if (worktree == nullptr || absolute_path(worktree) != clone.worktree) {
    return fail(ErrorKind::NotFound, "the worktree is elsewhere (core.worktree)");
  }
  git_index* handle = nullptr;
  int code = git_repository_index(&handle, repository->get());
  const git::Index index(handle);
  if (code < 0) return std::unexpected(git::error(code, "cannot read the index"));
  if (git_index_get_bypath(index.get(), path.c_str(), 0) != nullptr) return Attention::Tracked;
  int ignored = 0;
  code = git_ignore_path_is_ignored(&ignored, repository->get(), path.c_str());
  if (code < 0) return std::unexpected(git::error(code, "cannot read what git ignores"));
  return ignored == 1 ? Attention::Ignored : Attention::Untracked;
}

}  // namespace signalbox
