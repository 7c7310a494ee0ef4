// What the families of checks share: the clone they look at and the list they add to. One file a
// family; each function adds the checks of its family, in the order in which they are shown.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/age.h"
#include "base/text.h"
#include "doctor/check.h"
#include "publish/board_reader.h"
#include "publish/session.h"

namespace signalbox {

struct Examination {
  os::FileSystem& fs;
  os::Clock& clock;
  const Clone& clone;
  bool fix = false;
  UtcTime now;
  PublishState state;
  Session* session = nullptr;          // nothing where the repository cannot be opened: see below
  std::string tip;                     // of the published branch, as last seen; may be ""
  std::chrono::seconds sync_period{};  // of the schedule; a usual one when none is known
  bool scheduled = false;              // somebody syncs by a schedule
  std::vector<Check> checks;
  std::map<std::string, Health> clones;

  void add(Check check) { checks.push_back(std::move(check)); }
  // For a command that a person copies.
  [[nodiscard]] std::string place() const {
    return "'" + printable(clone.worktree.empty() ? clone.common_directory : clone.worktree) + "'";
  }
};

// Any clone.
void check_clone(Examination& examination);
void check_schedule(Examination& examination);
void check_spool(Examination& examination);
void check_locks(Examination& examination);
void check_storage(Examination& examination);
void check_sharing(Examination& examination);

// With a session.
void check_remote(Examination& examination);
void check_branch(Examination& examination);
void check_board(Examination& examination);
void check_clones(Examination& examination);
void check_clock(Examination& examination);
void check_limits(Examination& examination);

// "a, b, c and 4 more"
[[nodiscard]] std::string some_of(const std::vector<std::string>& names);
// "1 event", "5 events"
[[nodiscard]] std::string counted(std::size_t count, const std::string& what);
// 12.3 MiB
[[nodiscard]] std::string size_text(std::uint64_t bytes);
// A check that could not be made.
[[nodiscard]] Check unknown(const std::string& id, const Error& error);

}  // namespace signalbox
