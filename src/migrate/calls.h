// What in a crontab or a job script has to do with the predecessor: calls of its scripts, writes
// into data/status/, and git commands that take away or overwrite what other jobs reported. Pure.
//
// Reads shell well enough (words, quotes, comments, `;` and pipes) and finds the same words in
// Python and R strings. It reports, it decides nothing: what it does not see goes on all the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

enum class CallKind {
  Script,      // calls one of the predecessor's scripts by its name
  StatusFile,  // writes into data/status/, or keeps a path of it in a variable
  Dangerous,   // takes away or overwrites what others reported
};

struct Call {
  std::size_t line = 0;  // from 1
  CallKind kind = CallKind::Script;
  std::string what;  // "failsafe_git_update.sh", "data/status", "git stash"
  std::string why;   // of a dangerous one: what it does to others
  std::string text;  // the line, shortened
};

// Every call in a text, in its order; the same thing twice on a line is one call.
[[nodiscard]] std::vector<Call> find_calls(std::string_view text);

}  // namespace signalbox
