// One thing that was looked at, and what `doctor` thinks of it.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace signalbox {

enum class Verdict {
  Ok,
  Note,     // nothing is wrong; worth knowing
  Warning,  // it works, and something will go wrong, or already costs something
  Broken,   // reports do not reach the others, or will be lost
};

struct Check {
  std::string id;  // stable, "spool-age"; docs/manual/doctor.md lists them
  Verdict verdict = Verdict::Ok;
  std::string found;     // one line: what is there
  std::string meaning;   // what follows from it; empty when all is well
  std::string advice;    // what to do, a command where there is one
  bool fixable = false;  // --fix would do it: it cannot lose anything
  std::string fixed;     // what --fix did
};

[[nodiscard]] std::string word_of(Verdict verdict);  // "ok", "note", "warning", "broken"
[[nodiscard]] Verdict worst_of(const std::vector<Check>& checks);
[[nodiscard]] Json json_of(const Check& check);

}  // namespace signalbox
