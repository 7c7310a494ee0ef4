// From a plan to a commit: segments, views, compaction of hours.
#include <algorithm>

#include "board/view.h"
#include "repository/implementation.h"
#include "repository/segment.h"
#include "repository/tree_change.h"

namespace signalbox {
namespace {

// An hour is closed an hour after its end: late events may still come, and then it is compacted
// again. Directories of open hours are compacted before a listing of them gets slow.
constexpr std::chrono::hours closed_after{2};
constexpr std::size_t open_hour_files = 500;
constexpr std::size_t compactions_a_commit = 4;

class CommitWriter {
 public:
  CommitWriter(const Repository& repository, git_repository* handle, git::GatheredObjects& objects,
               const CommitPlan& plan)
      : repository_(repository), git_(handle), plan_(plan), change_(handle, objects, plan.parent) {}

  Result<std::string> write() {
    if (auto done = add_views(); !done) return std::unexpected(done.error());
    if (auto done = add_files(); !done) return std::unexpected(done.error());
    if (auto done = add_segments(); !done) return std::unexpected(done.error());
    return change_.commit(plan_.message, plan_.time);
  }

 private:
  Status add_views() {
    for (const auto& [job, bytes] : plan_.views) {
      const auto blob = change_.write_blob(bytes);
      if (!blob) return std::unexpected(blob.error());
      change_.put(view_path(job), *blob);
    }
    return {};
  }

  // What cannot be put in its place is left out: these files are made again.
  Status add_files() {
    for (const auto& [path, bytes] : plan_.files) {
      const auto there = repository_.has_file(plan_.parent, path);
      if (!there) return std::unexpected(there.error());
      if (!bytes) {
        if (*there) change_.remove(path);
        continue;
      }
      const auto room = repository_.has_room_for(plan_.parent, path);
      if (!room) return std::unexpected(room.error());
      if (!*room) continue;
      const auto blob = change_.write_blob(*bytes);
      if (!blob) return std::unexpected(blob.error());
      change_.put(path, *blob);
    }
    return {};
  }

  Status add_segments() {
    std::map<std::string, std::string> lines_by_hour;
    std::vector<const Event*> sorted;
    sorted.reserve(plan_.events.size());
    for (const Event& event : plan_.events) sorted.push_back(&event);
    std::ranges::sort(sorted, {}, [](const Event* event) -> const EventId& { return event->id; });
    for (const Event* event : sorted) {
      lines_by_hour[event->id.hour()] += format_event(*event) + '\n';
    }
    std::set<std::string> hours = hours_to_look_at();
    for (const auto& [hour, lines] : lines_by_hour) hours.insert(hour);
    for (const std::string& hour : hours) {
      const auto found = lines_by_hour.find(hour);
      auto done = write_hour(hour, found == lines_by_hour.end() ? std::string() : found->second);
      if (!done) return done;
    }
    return {};
  }

  // The hours of the day of the commit and of the day before: there, hours have closed lately.
  std::set<std::string> hours_to_look_at() {
    std::set<std::string> hours;
    for (const auto ago : {std::chrono::hours{0}, std::chrono::hours{24}}) {
      const std::string day =
          EventId({.time = std::max(plan_.time - ago, UtcTime{})}).hour().substr(0, 10);
      const auto tree =
          git::tree_at(git_, plan_.parent, std::string(history_directory) + "/" + day);
      if (!tree) continue;  // compaction is housekeeping: a later commit does it
      for (const auto& entry : git::entries_of(tree->get())) {
        if (entry.is_tree) hours.insert(day + "/" + entry.name);
      }
    }
    return hours;
  }

  Status write_hour(const std::string& hour, const std::string& new_lines) {
    const std::string directory = std::string(history_directory) + "/" + hour;
    const auto tree = git::tree_at(git_, plan_.parent, directory);
    if (!tree) return std::unexpected(tree.error());
    std::vector<git::Entry> segments;
    for (auto& entry : git::entries_of(tree->get())) {
      if (!entry.is_tree && !first_id_of(entry.name).empty()) segments.push_back(std::move(entry));
    }
    const std::size_t files = segments.size() + (new_lines.empty() ? 0 : 1);
    const bool compact = compacted_ < compactions_a_commit && files > 1 &&
                         (is_closed(hour) || files > open_hour_files);
    if (!compact) return add_segment(directory, new_lines);

    std::vector<std::string> contents;
    std::size_t total = new_lines.size();
    for (const auto& segment : segments) {
      auto bytes = git::read_blob(git_, segment.oid, segment_limit);
      if (!bytes) return std::unexpected(bytes.error());
      total += bytes->size();
      contents.push_back(*std::move(bytes));
    }
    // A merged file larger than a reader takes would be worse than many small ones.
    if (total > segment_limit / 2) return add_segment(directory, new_lines);
    contents.push_back(new_lines);
    ++compacted_;
    for (const auto& segment : segments) {
      change_.remove(directory + "/" + segment.name);
    }
    return add_segment(directory, merge_segments(contents));
  }

  Status add_segment(const std::string& directory, const std::string& lines) {
    if (lines.empty()) return {};
    const auto blob = change_.write_blob(lines);
    if (!blob) return std::unexpected(blob.error());
    std::string path = directory + "/" + segment_name(id_of_line(lines), git::text_of(*blob));
    const auto room = repository_.has_room_for(plan_.parent, path);
    if (!room) return std::unexpected(room.error());
    if (!*room) {
      return fail(ErrorKind::Refused,
                  "the branch has something else in the place of '" + directory + "'",
                  "take it out there (git rm, commit, push): the history of the jobs goes there");
    }
    change_.put(std::move(path), *blob);
    return {};
  }

  [[nodiscard]] bool is_closed(const std::string& hour) const {
    return hour < EventId({.time = std::max(plan_.time - closed_after, UtcTime{})}).hour();
  }

  const Repository& repository_;
  git_repository* git_;
  const CommitPlan& plan_;
  TreeChange change_;
  std::size_t compacted_ = 0;
};

}  // namespace

Result<std::string> Repository::write_commit(const CommitPlan& plan) const {
  return CommitWriter(*this, impl_->git.get(), *impl_->objects, plan).write();
}

}  // namespace signalbox
