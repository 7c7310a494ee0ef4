#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace signalbox {
namespace {

ErrorKind kind_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::NotFound;
    case EEXIST:
      return ErrorKind::AlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorKind::NoSpace;
    case EROFS:
      return ErrorKind::ReadOnly;
    case EACCES:
    case EPERM:
      return ErrorKind::PermissionDenied;
    case EOPNOTSUPP:
    case ENOSYS:
      return ErrorKind::Unsupported;
    case ENAMETOOLONG:
    case EINVAL:
    case ELOOP:
      return ErrorKind::InvalidInput;
    case ETIMEDOUT:
      return ErrorKind::TimedOut;
    default:
      return ErrorKind::InputOutput;
  }
}

}  // namespace

Error system_error(int error_number, const std::string& what) {
  return Error{kind_of(error_number), what + ": " + std::strerror(error_number), {}};
}

std::string word_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
      return "invalid-input";
    case ErrorKind::NotFound:
      return "not-found";
    case ErrorKind::AlreadyExists:
      return "already-exists";
    case ErrorKind::NoSpace:
      return "no-space";
    case ErrorKind::ReadOnly:
      return "read-only";
    case ErrorKind::PermissionDenied:
      return "permission-denied";
    case ErrorKind::Unsupported:
      return "unsupported";
    case ErrorKind::Busy:
      return "busy";
    case ErrorKind::InputOutput:
      return "input-output";
    case ErrorKind::Corrupt:
      return "corrupt";
    case ErrorKind::RaceLost:
      return "race-lost";
    case ErrorKind::Refused:
      return "refused";
    case ErrorKind::Authentication:
      return "authentication";
    case ErrorKind::TooLarge:
      return "too-large";
    case ErrorKind::RateLimited:
      return "rate-limited";
    case ErrorKind::Unreachable:
      return "unreachable";
    case ErrorKind::TimedOut:
      return "timed-out";
    case ErrorKind::AnswerLost:
      return "answer-lost";
    case ErrorKind::Internal:
      break;
  }
  return "internal";
}

std::string describe(const Error& error) {
  if (error.advice.empty()) return "error: " + error.what;
  return "error: " + error.what + " (" + error.advice + ")";
}

}  // namespace signalbox
