// What is the matter, and from when on. Nothing here reads a clock: an alert says when it fires,
// and a page or a notifier compares that with its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace signalbox {

enum class Severity { High, Medium, Low };

struct Alert {
  std::string job;   // empty: of the whole
  std::string host;  // of the job's last report, or of the clone
  // failed, timeout, lost, late, overdue, long-running, silent, cpu, memory, sync-failing,
  // unpublished
  std::string rule;
  Severity severity = Severity::Medium;
  UtcTime at;                    // fires from then on; may be yet to come
  std::optional<UtcTime> until;  // only of one that is over
  std::string text;              // what is the matter
  std::string advice;            // what to do
  std::string muted_by;          // the rule that this one follows from; see mute()

  friend bool operator==(const Alert&, const Alert&) = default;
};

// By time; of the same time in a fixed order.
[[nodiscard]] bool comes_before(const Alert& a, const Alert& b);

// As docs/formats/site.md has it; one line.
[[nodiscard]] Json json_of(const Alert& alert);

// "2h", "1h 30m", "2d 4h", "45s": exact, for a limit.
[[nodiscard]] std::string text_of(std::chrono::seconds duration);

}  // namespace signalbox
