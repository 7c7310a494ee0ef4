// From a plan to a commit: segments, views, compaction, one tree, one commit object.
#include <algorithm>

#include "board/view.h"
#include "repository/implementation.h"
#include "repository/segment.h"

namespace signalbox {
namespace {

// An hour is closed an hour after its end: late events may still come, and then it is compacted
// again. Directories of open hours are compacted before a listing of them gets slow.
constexpr std::chrono::hours closed_after{2};
constexpr std::size_t open_hour_files = 500;
constexpr std::size_t compactions_a_commit = 4;

struct TreeUpdates {
  std::vector<std::string> paths;  // stable storage for the C strings below
  std::vector<git_tree_update> updates;

  void add(git_tree_update_t action, const git_oid& oid, std::string path) {
    paths.push_back(std::move(path));
    updates.push_back({action, oid, GIT_FILEMODE_BLOB, nullptr});
  }
  std::vector<git_tree_update>& finished() {
    for (std::size_t i = 0; i < updates.size(); ++i) updates[i].path = paths[i].c_str();
    return updates;
  }
};

class CommitWriter {
 public:
  CommitWriter(const Repository& repository, git_repository* handle, const CommitPlan& plan)
      : repository_(repository), git_(handle), plan_(plan) {}

  Result<std::string> write() {
    if (auto done = add_views(); !done) return std::unexpected(done.error());
    if (auto done = add_files(); !done) return std::unexpected(done.error());
    if (auto done = add_segments(); !done) return std::unexpected(done.error());
    const auto tree = write_tree();
    if (!tree) return std::unexpected(tree.error());
    return write_commit(*tree);
  }

 private:
  Result<git_oid> write_blob(const std::string& bytes) {
    git_oid oid;
    if (const int code = git_blob_create_from_buffer(&oid, git_, bytes.data(), bytes.size());
        code < 0) {
      return std::unexpected(git::error(code, "cannot write an object"));
    }
    return oid;
  }

  Status add_views() {
    for (const auto& [job, bytes] : plan_.views) {
      const auto blob = write_blob(bytes);
      if (!blob) return std::unexpected(blob.error());
      updates_.add(GIT_TREE_UPDATE_UPSERT, *blob, view_path(job));
    }
    return {};
  }

  // What cannot be put in its place is left out: these files are made again.
  Status add_files() {
    for (const auto& [path, bytes] : plan_.files) {
      const auto there = repository_.has_file(plan_.parent, path);
      if (!there) return std::unexpected(there.error());
      if (!bytes) {
        if (*there) updates_.add(GIT_TREE_UPDATE_REMOVE, {}, path);
        continue;
      }
      const auto room = repository_.has_room_for(plan_.parent, path);
      if (!room) return std::unexpected(room.error());
      if (!*room) continue;
      const auto blob = write_blob(*bytes);
      if (!blob) return std::unexpected(blob.error());
      updates_.add(GIT_TREE_UPDATE_UPSERT, *blob, path);
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
      updates_.add(GIT_TREE_UPDATE_REMOVE, segment.oid, directory + "/" + segment.name);
    }
    return add_segment(directory, merge_segments(contents));
  }

  Status add_segment(const std::string& directory, const std::string& lines) {
    if (lines.empty()) return {};
    const auto blob = write_blob(lines);
    if (!blob) return std::unexpected(blob.error());
    std::string path = directory + "/" + segment_name(id_of_line(lines), git::text_of(*blob));
    const auto room = repository_.has_room_for(plan_.parent, path);
    if (!room) return std::unexpected(room.error());
    if (!*room) {
      return fail(ErrorKind::Refused,
                  "the branch has something else in the place of '" + directory + "'",
                  "take it out there (git rm, commit, push): the history of the jobs goes there");
    }
    updates_.add(GIT_TREE_UPDATE_UPSERT, *blob, std::move(path));
    return {};
  }

  [[nodiscard]] bool is_closed(const std::string& hour) const {
    return hour < EventId({.time = std::max(plan_.time - closed_after, UtcTime{})}).hour();
  }

  Result<git_oid> write_tree() {
    const auto base = git::tree_at(git_, plan_.parent, {});
    if (!base) return std::unexpected(base.error());
    git_oid oid;
    auto& updates = updates_.finished();
    if (const int code =
            git_tree_create_updated(&oid, git_, base->get(), updates.size(), updates.data());
        code < 0) {
      return std::unexpected(git::error(code, "cannot write the tree of a commit"));
    }
    return oid;
  }

  // The clone's identity; a missing one does not stop a publish.
  Result<git::Signature> signature() {
    git_config* handle = nullptr;
    std::string name = "Signalbox";
    std::string email = "signalbox@localhost";
    if (git_repository_config_snapshot(&handle, git_) >= 0) {
      const git::Config config(handle);
      const char* value = nullptr;
      if (git_config_get_string(&value, handle, "user.name") >= 0 && *value != '\0') name = value;
      if (git_config_get_string(&value, handle, "user.email") >= 0 && *value != '\0') email = value;
    }
    git_signature* made = nullptr;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(plan_.time).time_since_epoch();
    int code = git_signature_new(&made, name.c_str(), email.c_str(), seconds.count(), 0);
    if (code < 0) {
      code = git_signature_new(&made, "Signalbox", "signalbox@localhost", seconds.count(), 0);
    }
    if (code < 0) return std::unexpected(git::error(code, "cannot make a signature"));
    return git::Signature(made);
  }

  Result<std::string> write_commit(const git_oid& tree_oid) {
    const auto author = signature();
    if (!author) return std::unexpected(author.error());
    const auto tree = git::lookup_tree(git_, tree_oid);
    if (!tree) return std::unexpected(tree.error());
    std::vector<const git_commit*> parents;
    git::Commit parent;
    if (!plan_.parent.empty()) {
      auto found = git::lookup_commit(git_, plan_.parent);
      if (!found) return std::unexpected(found.error());
      parent = *std::move(found);
      parents.push_back(parent.get());
    }
    git_oid oid;
    if (const int code =
            git_commit_create(&oid, git_, nullptr, author->get(), author->get(), nullptr,
                              plan_.message.c_str(), tree->get(), parents.size(), parents.data());
        code < 0) {
      return std::unexpected(git::error(code, "cannot write a commit"));
    }
    return git::text_of(oid);
  }

  const Repository& repository_;
  git_repository* git_;
  const CommitPlan& plan_;
  TreeUpdates updates_;
  std::size_t compacted_ = 0;
};

}  // namespace

Result<std::string> Repository::write_commit(const CommitPlan& plan) const {
  return CommitWriter(*this, impl_->git.get(), plan).write();
}

}  // namespace signalbox
