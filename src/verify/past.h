// The past of the published branch, commit by commit, from the tip back to where the check begins.
//
// A commit is Signalbox's when it changes what nobody else has a reason to change: a segment (a
// file in data/history/ that is named by its first event and its content), added, changed or
// removed, or data/health/; or when its message is that of a commit which only mends views ("Bring
// 2 views up to the newest report"). Everything else is people's and other programs', and theirs to
// answer for.
//
// Of a merge the parent is followed whose history the merge has: the published one. Side lines of a
// person's merge are not looked at.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "base/error.h"
#include "repository/object_reader.h"
#include "verify/findings.h"

namespace signalbox {

struct Past {
  std::size_t commits = 0;  // looked at
  std::size_t by_signalbox = 0;
  std::size_t merges_by_people = 0;
  std::size_t set_back_by_people = 0;  // views that a person's commit replaced by an older one
  std::map<std::string, std::string> retired;  // job whose view a person removed -> last commit
};

struct PastRequest {
  std::string tip;    // "": the branch is not there
  std::string since;  // exclusive; "": all
  // Commits that the branch was seen at, and who says so: each must still be in it.
  std::map<std::string, std::string> seen_tips;
  std::function<void(std::size_t commits)> progress;
};

// Decides Moved, Forward, Owned, NoForcePush and Linear; raises doubts about Forward. One pass, one
// commit at a time in memory; besides, a line a job and the seen tips.
[[nodiscard]] Result<Past> check_past(const ObjectReader& objects, PastRequest request,
                                      Findings& findings, Doubts& doubts);

}  // namespace signalbox
