#include "repository/git.h"

#include "repository/late_objects.h"
#include "transport/git_remote.h"

namespace signalbox::git {
namespace {

ErrorKind kind_of(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
    case GIT_EUNBORNBRANCH:
      return ErrorKind::NotFound;
    case GIT_EEXISTS:
      return ErrorKind::AlreadyExists;
    case GIT_ELOCKED:
      return ErrorKind::Busy;
    case GIT_EMODIFIED:
    case GIT_ENONFASTFORWARD:
      return ErrorKind::RaceLost;
    case GIT_EINVALIDSPEC:
      return ErrorKind::InvalidInput;
    default:
      return ErrorKind::InputOutput;
  }
}

}  // namespace

Error error(int code, const std::string& what) {
  const git_error* last = git_error_last();
  const std::string reason =
      last != nullptr && last->message != nullptr ? last->message : "error " + std::to_string(code);
  return Error{kind_of(code), what + ": " + reason, {}};
}

namespace {

constexpr std::size_t largest_cached_tree = 4UL << 20U;  // bytes: some 100,000 jobs
constexpr ssize_t cache_size = 16L << 20U;               // bytes

int initialise() {
  // It counts its users and cannot fail but for memory, which every later call would report.
  (void)git_libgit2_init();
  // An object that is there is not written again: one that a power cut emptied would fail every
  // commit that needs it.
  (void)git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
  // The tree of a thousand views is asked for a thousand times. By default none above 4 KB is kept.
  (void)git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, largest_cached_tree);
  (void)git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, cache_size);
  // `git sparse-checkout` and `git worktree` set it; what it moves into config.worktree (sparse
  // patterns, core.bare) is seen in the index and the layout.
  const char* extensions[] = {"worktreeconfig"};
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, std::size(extensions));
}

// A repository that cannot be opened, with what can be done about it.
Error refusal(int code, const std::string& path) {
  Error why = error(code, "cannot open the repository '" + path + "'");
  const auto says = [&](const char* words) { return why.what.find(words) != std::string::npos; };
  if (code == GIT_EOWNER || says("safe.directory") || says("not owned")) {
    why.kind = ErrorKind::PermissionDenied;
    why.what = "the repository '" + path + "' belongs to another user";
    why.advice = "when you trust it: git config --global --add safe.directory '" + path + "'";
  } else if (says("extension") || says("object format") || says("repository version")) {
    why.kind = ErrorKind::Unsupported;
    why.advice = "this form of repository cannot be published from: use a plain 'git clone'";
  }
  return why;
}

}  // namespace

void start() {
  static const int started = initialise();
  (void)started;
}

Result<Repository> open(const std::string& path) {
  start();
  git_repository* handle = nullptr;
  const auto open_here = [&] {
    return git_repository_open_ext(&handle, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  };
  int code = open_here();
  if (code < 0 && refusal(code, path).kind == ErrorKind::PermissionDenied &&
      is_trusted_by_git(path)) {
    // libgit2 1.5 knows neither "*" nor prefixes in safe.directory: git's own answer counts.
    (void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    code = open_here();
  }
  if (code < 0) return std::unexpected(refusal(code, path));
  find_late_objects(handle);
  return Repository(handle);
}

std::string text_of(const git_oid& oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, &oid);
}

Result<git_oid> parse_oid(const std::string& text) {
  git_oid oid;
  if (text.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, text.c_str()) != 0) {
    return fail(ErrorKind::InvalidInput, "'" + text + "' is not an object id");
  }
  return oid;
}

}  // namespace signalbox::git
