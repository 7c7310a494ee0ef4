// What git said, as values. Pure; the words are git's own (LC_ALL=C) and those of the large hosts.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace signalbox {

struct GitOutput {
  int exit_status = 0;
  bool timed_out = false;
  std::string_view porcelain;  // stdout of push --porcelain
  std::string_view errors;     // stderr
};

// How a push ended. First the porcelain line of the ref ("!\tFROM:TO\t[rejected] (fetch first)")
// and the exit status; only what they leave open is looked for on stderr.
[[nodiscard]] Status interpret_push(const GitOutput& output, const std::string& remote);

// Why a fetch failed; never RaceLost or AnswerLost.
[[nodiscard]] Error interpret_fetch_failure(const GitOutput& output, const std::string& remote);

// `text` of git's stderr for a message or a log: one line, credentials in URLs replaced, control
// characters gone.
[[nodiscard]] std::string redacted(std::string_view text);

}  // namespace signalbox
