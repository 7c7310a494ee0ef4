// Errors are values: every call that can fail returns a Result, and the command line is the only
// place that turns an Error into words and an exit status.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace signalbox {

enum class ErrorKind {
  InvalidInput,   // the caller's words or numbers cannot be used
  NotFound,       // a file, repository, job or branch that is not there
  AlreadyExists,  // created exclusively by somebody else first
  NoSpace,        // disk full or out of quota
  ReadOnly,       // read-only file system
  PermissionDenied,
  Unsupported,  // this file system or repository cannot do it
  Busy,         // somebody else holds it; trying again later is right
  InputOutput,  // the device, the network file system or a process failed
  Corrupt,      // bytes that are not what they should be
  RaceLost,     // another writer moved the branch first: rebuild and try again
  Refused,      // a hook, a ruleset or a protected branch said no
  Authentication,
  TooLarge,  // the remote refused the size, or is out of quota
  RateLimited,
  Unreachable,  // no route to the remote
  TimedOut,
  AnswerLost,  // pushed or not, nobody told; the next fetch decides
  Internal,
};

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string what;    // what happened, to what: lower case, the thing in quotes, no full stop
  std::string advice;  // what the reader may do now; empty when there is nothing to do
};

template <class T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string what,
                                                 std::string advice = {}) {
  return std::unexpected(Error{kind, std::move(what), std::move(advice)});
}

// The error of a failed system call: kind and words from `error_number` (an errno value).
[[nodiscard]] Error system_error(int error_number, const std::string& what);

// A stable word for a kind, for files and --json: "refused", "no-space".
[[nodiscard]] std::string word_of(ErrorKind kind);

// One line for a person: "error: WHAT" or "error: WHAT (ADVICE)".
[[nodiscard]] std::string describe(const Error& error);

}  // namespace signalbox
