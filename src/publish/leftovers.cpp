#include "publish/leftovers.h"

#include <algorithm>

#include "intake/fallback.h"
#include "intake/report.h"

namespace signalbox {

std::vector<std::string> places_of_leftovers(os::FileSystem& fs, const Clone& clone) {
  const std::string own = clone.own_directory();
  std::vector<std::string> places{clone.git_directory,
                                  clone.common_directory,
                                  own,
                                  clone.spool_directory(),
                                  clone.spool_directory() + "/damaged",
                                  clone.spool_directory() + "/refused",
                                  clone.outbox_directory(),
                                  clone.outbox_directory() + "/refused",
                                  own + "/set-aside",
                                  own + "/waiting",
                                  own + "/log",
                                  view_directory(fs, clone)};
  if (!clone.worktree.empty()) places.push_back(clone.worktree + "/logs");
  for (std::string& spool : fallback_directories(fs)) places.push_back(std::move(spool));
  std::ranges::sort(places);
  const auto twice = std::ranges::unique(places);
  places.erase(twice.begin(), twice.end());
  return places;
}

std::vector<std::string> find_leftovers(os::FileSystem& fs, const Clone& clone) {
  std::vector<std::string> found;
  for (const std::string& place : places_of_leftovers(fs, clone)) {
    std::ranges::move(os::leftovers_in(fs, place), std::back_inserter(found));
  }
  return found;
}

void delete_leftovers(os::FileSystem& fs, const Clone& clone) {
  for (const std::string& path : find_leftovers(fs, clone)) (void)fs.unlink(path);
}

}  // namespace signalbox
