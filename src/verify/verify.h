// Whether what writers were told is true: their journal (verify/journal.h) against a published
// branch, read as plain Git objects. Independent of the code that publishes: it knows the formats
// (docs/formats/), and states each rule anew, as simply as it can.
//
//   auto remote = open_remote(fs, "/srv/monitor.git", {});        verify/remote.h
//   auto journal = Journal::read(fs, "journal");
//   auto verdict = verify(fs, *journal, {.remote = *remote});
//   if (verdict && verdict->proven()) ...
//
// Takes time linear in the history, and memory for a day of events, a line a job and 48 bytes an
// acknowledgement. Changes nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/file_system.h"
#include "verify/findings.h"
#include "verify/journal.h"
#include "verify/past.h"
#include "verify/present.h"
#include "verify/remote.h"

namespace signalbox {

struct VerifyRequest {
  RemoteBranch remote;
  std::string since;              // words for a commit; "": the branch's whole past
  std::vector<std::string> tips;  // commits that the branch was seen at, besides the journal's
  std::vector<Clone> clones;      // that worked with the branch: looked at for traces
  std::function<void(std::size_t commits)> walked;
  std::function<void(std::size_t done, std::size_t total)> read_days;
};

struct Verdict {
  std::string tip;    // "": the branch is not there
  std::string since;  // as a commit's id
  Findings findings;
  Past past;
  Present present;
  [[nodiscard]] bool proven() const;
};

struct RuleText {
  Rule rule;
  const char* name;   // stable, for programs
  const char* holds;  // what holds when it was not broken
};
[[nodiscard]] const std::array<RuleText, number_of_rules>& rule_texts();

// A broken rule is no error but a verdict. InvalidInput when `since` names no commit.
[[nodiscard]] Result<Verdict> verify(os::FileSystem& fs, const Journal& journal,
                                     const VerifyRequest& request);

}  // namespace signalbox
