// A SQLite index over the events of the history: derived, so it may be deleted at any moment and
// is rebuilt when it is missing, of an older format or corrupt. Never the base of a decision that
// could lose data: whether the remote holds an event is read from the remote's tree.
//
// One file a host (SQLite's locks are not trusted on shared file systems); where it cannot be
// written the index lives in memory for the length of the command. A segment is a file of the
// history, immutable and named by a digest of its content, so it is read once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "os/file_system.h"

namespace signalbox {

class HistoryIndex {
 public:
  // Opens or creates `path`; falls back to memory (see is_in_memory()) rather than fail.
  [[nodiscard]] static Result<HistoryIndex> open(os::FileSystem& fs, const std::string& path);

  HistoryIndex(HistoryIndex&&) noexcept;
  HistoryIndex& operator=(HistoryIndex&&) noexcept;
  ~HistoryIndex();

  struct SegmentFile {
    std::string path;  // in the tree: "data/history/2025/08/17/06/<first-id>-<digest>.ndjson"
    std::string blob;  // its object id
  };

  // The tree (object id) that the index was last brought up to; empty when new.
  [[nodiscard]] std::string tree() const;

  // Of `files`, those whose blob has not been read yet.
  [[nodiscard]] Result<std::vector<SegmentFile>> unknown(std::span<const SegmentFile> files);

  // An event of which the history keeps no more than this.
  struct Thinned {
    JobName job;
    EventId id;
    friend bool operator==(const Thinned&, const Thinned&) = default;
  };

  // One transaction: adds the events of segments (an event already there is left as it is), and
  // notes `tree`. An event that any segment names as thinned is none, whichever is added first.
  struct Segment {
    SegmentFile file;
    std::vector<Event> events;
    std::vector<Thinned> thinned;
  };
  [[nodiscard]] Status add(std::span<const Segment> segments, const std::string& tree);

  // One transaction: forgets files that the history no longer has, and what only they held.
  [[nodiscard]] Status remove(std::span<const Segment> segments);
  [[nodiscard]] Status clear();

  struct Query {
    std::optional<UtcTime> since;  // by the event's time
    std::size_t limit = 0;         // 0: all; the newest ones
  };
  // Events of a job, newest first by id.
  [[nodiscard]] Result<std::vector<Event>> history(const JobName& job, const Query& query);

  // Of each task of an array job of SLURM (the event's "slurm", docs/formats/event.md) the event
  // that fold() chooses among the task's.
  [[nodiscard]] Result<std::vector<Event>> tasks(const JobName& job, std::int64_t array_job_id);

  // The last ends of runs, newest first.
  [[nodiscard]] Result<std::vector<Event>> ends(const JobName& job, std::size_t limit);

  // How many events of a job were thinned, by the clock of their ids.
  [[nodiscard]] Result<std::size_t> thinned(const JobName& job, std::optional<UtcTime> since);

  // A small set of events of the job on which fold() gives, together with new events, what it gives
  // on all of them: the ends of the new events' named runs, the newest event that is not shadowed,
  // and the newest such event outside the runs that a new event ends (which is what remains when
  // that end shadows their events).
  struct NewRuns {
    std::vector<std::string> all, ended;  // named ones only
  };
  [[nodiscard]] Result<std::vector<Event>> fold_base(const JobName& job, const NewRuns& runs);

  // Whether an event of the job, thinned or not, was made from a document of this digest
  // (board/document.h): the last 12 digits of its id.
  [[nodiscard]] Result<bool> knows_content(const JobName& job, std::uint64_t digest);

  [[nodiscard]] bool is_in_memory() const;

 private:
  friend class RunTable;      // more tables of the same database
  friend class SummaryTable;  // (index/run_table.h, index/summary_table.h)
  struct Impl;
  explicit HistoryIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox
