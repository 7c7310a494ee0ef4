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

std::string describe(const Error& error) {
  if (error.advice.empty()) return "error: " + error.what;
  return "error: " + error.what + " (" + error.advice + ")";
}

}  // namespace signalbox
