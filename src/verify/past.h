// The past of the published branch, commit by commit, from the tip back to where the check begins.
//
// Of Signalbox's commits (verify/authorship.h) all is judged. Everything else is people's and other
// programs', and theirs to answer for.
//
// Of a merge the parent is followed whose history the merge has: the published one. Side lines of a
// person's merge are not looked at, but when none of its parents has all of its history, publishers
// wrote to more than one of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

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
  // Files of other programs in the place of a view, by job and digest of the content
  // (board/document.h) -> the commit of Signalbox that first put its own view there. Each must have
  // become an event.
  std::map<std::pair<std::string, std::uint64_t>, std::string> replaced;
};

struct PastRequest {
  std::string tip;    // "": the branch is not there
  std::string since;  // exclusive; "": all
  // Commits that the branch was seen at, and who says so: each must still be in it.
  std::map<std::string, std::string> seen_tips;
  std::function<void(std::size_t commits)> progress;
};

// Decides Moved, Forward, Owned, NoForcePush and Linear; raises doubts about Forward. One pass, one
// commit at a time in memory; besides, a line a job, a line a replaced file, and the seen tips.
[[nodiscard]] Result<Past> check_past(const ObjectReader& objects, PastRequest request,
                                      Findings& findings, Doubts& doubts);

}  // namespace signalbox
