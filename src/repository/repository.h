// The clone's object database and refs, seen as boards: what a tip of the branch holds, and how a
// batch of events becomes a commit on it. The only room that sees libgit2; no type of it leaves.
//
// Commits are written straight into the object database: no index, no worktree, no HEAD. They
// change only paths that Signalbox owns: data/status/<job>.json, data/history/YYYY/, data/health/
// and data/details/. Object ids are 40 hexadecimal digits; "" stands for a branch without a commit.
//
// One thread at a time an object; several processes may work on one clone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "clone/clone.h"
#include "clone/target.h"
#include "event/event.h"
#include "index/history_index.h"

namespace signalbox {

struct ViewFile {
  JobName job;
  std::string blob;
  std::string bytes;  // empty when longer than view_limit: such a file is no view of anybody
};

struct CommitPlan {
  std::string parent;                    // the tip it builds on
  std::vector<Event> events;             // new ones; each becomes a line of a segment
  std::map<JobName, std::string> views;  // file contents to write
  // Other files of ours (data/health/, data/details/): the bytes to write, or nothing to remove it.
  std::map<std::string, std::optional<std::string>> files;
  std::string message;
  UtcTime time;
};

class Repository {
 public:
  [[nodiscard]] static Result<Repository> open(const Clone& clone);
  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  // refs and configuration
  [[nodiscard]] Result<std::string> commit_at(const std::string& ref) const;  // "" when missing
  [[nodiscard]] bool has_commit(const std::string& commit) const;  // its object can be read
  [[nodiscard]] std::optional<std::string> config(const std::string& key) const;
  [[nodiscard]] std::vector<std::string> remotes() const;
  // The branch that the remote's HEAD names, as the clone last saw it ("origin/HEAD").
  [[nodiscard]] std::optional<std::string> remote_default_branch(const std::string& remote) const;
  // In the main worktree or any linked one.
  [[nodiscard]] bool is_checked_out(const std::string& branch) const;
  // What a person has begun and not ended ("a merge is in progress"); empty when nothing.
  [[nodiscard]] std::string operation_in_progress() const;

  // what a tip holds
  [[nodiscard]] Result<std::string> status_tree(const std::string& commit) const;
  // All views of a tip, or only those that differ from another status tree. Reading is bounded by
  // what changed.
  [[nodiscard]] Result<std::vector<ViewFile>> views(const std::string& commit,
                                                    const std::string& since_status_tree) const;
  [[nodiscard]] Result<std::optional<ViewFile>> view(const std::string& commit,
                                                     const JobName& job) const;
  // The bytes of any file at a tip, none of one that is longer than `limit`; nothing when it is not
  // there.
  [[nodiscard]] Result<std::optional<std::string>> file(const std::string& commit,
                                                        const std::string& path,
                                                        std::size_t limit) const;
  // Paths of all files in a directory of a tip and in those below it, at most `levels` deep.
  [[nodiscard]] Result<std::vector<std::string>> files_below(const std::string& commit,
                                                             const std::string& directory,
                                                             int levels) const;
  // The same with each file's blob, and the tree of a directory ("" when it is not there): what has
  // the same id has the same content.
  [[nodiscard]] Result<std::map<std::string, std::string>> blobs_below(const std::string& commit,
                                                                       const std::string& directory,
                                                                       int levels) const;
  [[nodiscard]] Result<std::string> tree_of(const std::string& commit,
                                            const std::string& directory) const;
  [[nodiscard]] Result<bool> has_file(const std::string& commit, const std::string& path) const;
  // Whether a commit on this tip can put a file at `path`: not where it is a directory or a
  // submodule, or where a file is in place of one of its directories.
  [[nodiscard]] Result<bool> has_room_for(const std::string& commit, const std::string& path) const;

  // Those of `ids` that the tip's history holds, thinned or not, read from its segments: the hour
  // in each id says where to look.
  [[nodiscard]] Result<std::set<EventId>> holds(const std::string& commit,
                                                std::span<const EventId> ids) const;

  // Whether `ancestor` is `commit` or an ancestor of it.
  [[nodiscard]] Result<bool> descends_from(const std::string& commit,
                                           const std::string& ancestor) const;
  // Calls `take` with every event that the history of `before` holds and that of `tip` does not,
  // until it fails. Reads the segments that differ.
  [[nodiscard]] Status for_each_lost_event(
      const std::string& before, const std::string& tip,
      const std::function<Status(const Event& event)>& take) const;

  // Brings the index up to a tip, reading only segments it has not seen. `progress` is told the
  // number of files read and to read. Broken lines and files are skipped and counted.
  using Progress = std::function<void(std::size_t done, std::size_t total)>;
  [[nodiscard]] Status update_index(HistoryIndex& index, const std::string& commit,
                                    const Progress& progress) const;

  // Whether a version of the file in the branch's past, `commit` included, has these bytes. Walks
  // the history: for files that nothing else explains.
  [[nodiscard]] Result<bool> had_version(const std::string& commit, const std::string& path,
                                         std::string_view bytes) const;

  // Where the version of a file that `commit` has came from: the commit that brought it, and
  // whether an older commit, before another version, had it already. Walks the history.
  struct Origin {
    UtcTime introduced;
    bool seen_before = false;
  };
  [[nodiscard]] Result<Origin> origin(const std::string& commit, const std::string& path) const;

  // The versions that the files directly in `directory` have had in the past of `commit`: each
  // content of a path once, oldest commit first, those that `commit` still has last of all. One
  // pass: costs grow with the commits, and memory with the versions (some 50 bytes each).
  // `progress` is told commits.
  struct FileVersion {
    std::string path;
    std::string commit;                // that brought it; the last one to, for those it still has
    UtcTime committed;                 // by that commit's own clock
    std::optional<std::string> bytes;  // nothing when there are more than `limit`
  };
  struct Past {
    std::size_t commits = 0;
    bool is_whole = true;  // false: a shallow clone, or more commits than are walked
  };
  [[nodiscard]] Result<Past> for_each_version(
      const std::string& commit, std::string_view directory, std::size_t limit,
      const std::function<Status(const FileVersion&)>& visit, const Progress& progress) const;
  // The files directly in `directory` at `commit`; of each, the commit and its time are left open.
  [[nodiscard]] Status for_each_file(const std::string& commit, std::string_view directory,
                                     std::size_t limit,
                                     const std::function<Status(const FileVersion&)>& visit) const;

  // The subjects of a commit and its ancestors, newest first, at most `limit`.
  [[nodiscard]] Result<std::vector<std::string>> subjects(const std::string& commit,
                                                          std::size_t limit) const;
  // how things stand, for `doctor`
  struct Divergence {
    std::size_t ahead = 0, behind = 0;  // commits that only the one or only the other has
  };
  [[nodiscard]] Result<Divergence> divergence(const std::string& commit,
                                              const std::string& other) const;
  // Moves of a ref, as its reflog has them, after which it did not hold what it held before (a
  // reset, an amended commit, a fetch of a forced push): newest first, of the last 1,000 entries.
  struct Rewind {
    UtcTime time;
    std::string before, after;  // commits
    std::string message;        // git's: "reset: moving to HEAD~1"
  };
  [[nodiscard]] Result<std::vector<Rewind>> rewinds(const std::string& ref) const;
  struct Stash {
    UtcTime time;
    std::string message;
    bool holds_status = false;  // changes in data/status are in it
  };
  [[nodiscard]] Result<std::vector<Stash>> stashes() const;  // newest first
  struct Figures {
    std::size_t files = 0;
    std::string largest_directory;  // "" is the top
    std::size_t entries = 0;        // in it
    std::string largest_file;
    std::size_t bytes = 0;  // of it
    bool complete = true;   // false: there was more than is looked at
  };
  [[nodiscard]] Result<Figures> figures(const std::string& commit) const;

  // The commit of a plan: a pure function of the plan and the configured identity. Also compacts
  // closed hours of the days it touches.
  [[nodiscard]] Result<std::string> write_commit(const CommitPlan& plan) const;

  // One step of keeping the history small (docs/manual/retention.md), bounded in days and bytes:
  // hours of days that are over become one file a day, days that are old are thinned. The tree of
  // the commit is a pure function of the parent's tree and the request's days.
  struct CompactionRequest {
    std::string parent;
    UtcTime now;
    int thin_after_days = 0;      // 0: never
    std::string thinned_through;  // "2025/08/17": days up to this one need no look; "": none
  };
  struct Compaction {
    std::string commit;           // "" when the step found nothing to change
    std::size_t days = 0;         // that it changes
    std::size_t thinned = 0;      // events that it thins
    std::string thinned_through;  // once the commit is published
    bool finished = false;        // nothing is left for another step
  };
  [[nodiscard]] Result<Compaction> compact_history(const CompactionRequest& request) const;

 private:
  friend class FileChanges;  // repository/file_changes.h
  struct Impl;
  explicit Repository(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What a person has begun in the clone's worktree: "a merge is in progress"; empty: nothing.
[[nodiscard]] Result<std::string> operation_in_progress(const Clone& clone);

}  // namespace signalbox
