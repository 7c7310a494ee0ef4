// A clone that a group shares: everybody must be able to read and write what the others made.
#include <algorithm>

#include "board/view.h"
#include "doctor/examination.h"
#include "os/volume.h"

namespace signalbox {
namespace {

constexpr unsigned group_reads_and_writes = 060;
constexpr unsigned group_enters = 010;
constexpr unsigned follows_group = 02000;
constexpr std::size_t most_looked_at = 2000;

struct Place {
  std::string path;
  os::FileStatus status;
};

// Directories that everybody writes into, and the files of ours that others must read or replace.
std::vector<Place> places_of(const Examination& examination) {
  const Clone& clone = examination.clone;
  std::vector<std::string> paths{clone.common_directory, clone.common_directory + "/objects",
                                 clone.common_directory + "/refs", clone.own_directory(),
                                 clone.spool_directory()};
  if (!clone.worktree.empty()) {
    for (const std::string_view directory :
         {std::string_view("data"), status_directory, history_directory}) {
      paths.push_back(clone.worktree + "/" + std::string(directory));
    }
  }
  for (const std::string& directory : {clone.own_directory(), clone.spool_directory()}) {
    const auto names = examination.fs.list(directory);
    if (!names) continue;
    for (const std::string& name : *names) {
      if (paths.size() < most_looked_at) paths.push_back(directory + "/" + name);
    }
  }
  std::vector<Place> places;
  for (const std::string& path : paths) {
    const auto found = examination.fs.status(path);
    if (found && (found->type == os::FileType::Directory || found->type == os::FileType::Regular)) {
      places.push_back({path, *found});
    }
  }
  return places;
}

bool is_open_to_group(const os::FileStatus& status) {
  const unsigned wanted = status.type == os::FileType::Directory
                              ? group_reads_and_writes | group_enters | follows_group
                              : group_reads_and_writes;
  return (status.permissions & wanted) == wanted;
}

bool is_configured(const Examination& examination) {
  if (examination.session == nullptr) return false;
  const auto value = examination.session->repository().config("core.sharedrepository");
  return value && *value != "umask" && *value != "false" && *value != "0";
}

// Where several users work in a clone that is not shared, sooner or later one stands before a file
// of another.
Check of_unshared(const Examination& examination, const std::vector<Place>& places) {
  Check check{.id = "sharing", .found = "one user's"};
  std::vector<std::string> others;
  for (const Place& place : places) {
    if (place.status.owner != places.front().status.owner) others.push_back(place.path);
  }
  if (others.empty()) return check;
  check.verdict = Verdict::Warning;
  check.found = "files of several users in a clone that is not shared: " + some_of(others);
  check.meaning = "one user's publisher may not read or replace what another user wrote";
  check.advice = "git -C " + examination.place() +
                 " config core.sharedRepository group, then as their owners: chmod -R g+rwX and "
                 "chmod g+s on the directories";
  return check;
}

Check of_shared(const Examination& examination, const std::vector<Place>& places) {
  Check check{.id = "sharing", .found = "open to its group"};
  std::vector<std::string> closed;
  std::vector<std::string> fixed;
  for (const Place& place : places) {
    if (is_open_to_group(place.status)) continue;
    const bool is_mine = place.status.owner == os::effective_user();
    check.fixable = check.fixable || is_mine;
    if (examination.fix && is_mine && os::share_with_group(place.path)) {
      fixed.push_back(place.path);
    } else {
      closed.push_back(place.path);
    }
  }
  if (!fixed.empty()) check.fixed = "opened to the group: " + some_of(fixed);
  if (!closed.empty()) {
    check.verdict = Verdict::Warning;
    check.found = "not open to the group that shares the clone: " + some_of(closed);
    check.meaning = "other users of the group cannot read or replace them";
    check.advice = "their owners: chmod g+rwX, for directories g+s too; or signalbox doctor --fix";
  } else if (!is_configured(examination)) {
    check.verdict = Verdict::Note;
    check.found += ", but git does not know it";
    check.meaning = "what git makes by hand here follows the umask and may be closed to the group";
    check.advice = "git -C " + examination.place() + " config core.sharedRepository group";
  }
  return check;
}

}  // namespace

void check_sharing(Examination& examination) {
  const auto places = places_of(examination);
  if (places.empty()) return;  // the clone itself was found, so there is one
  const unsigned mode = places.front().status.permissions;
  const bool is_shared =
      is_configured(examination) || ((mode & follows_group) != 0 && (mode & 020U) != 0);
  examination.add(is_shared ? of_shared(examination, places) : of_unshared(examination, places));
}

}  // namespace signalbox
