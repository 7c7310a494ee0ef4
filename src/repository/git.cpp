#include "repository/git.h"

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

void start() {
  // It counts its users and cannot fail but for memory, which every later call would report.
  static const int started = git_libgit2_init();
  (void)started;
}

Result<Repository> open(const std::string& path) {
  start();
  git_repository* handle = nullptr;
  if (const int code =
          git_repository_open_ext(&handle, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
      code < 0) {
    return std::unexpected(error(code, "cannot open the repository '" + path + "'"));
  }
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
