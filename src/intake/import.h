// The predecessor's past becomes events: the documents it left in data/history/, and every version
// that a file of data/status/ has had in the branch's commits.
//
//   Import import(repository, index, tip, spool, known);
//   import.run(request)      spools what is new, a portion at a time
//
// An id comes from the content, as for a file that is adopted (intake/adoption.h), so importing
// twice, from two clones at once, or after the file was adopted changes nothing. A version is known
// when an event of its content is published or waits.
//
// Old events stay behind what is shown: the clock of an imported id is the document's own
// "last_updated" (else the commit's time), but not more than a day after the commit that brought
// it, and below the event that the branch shows for the job. Events are marked `imported`, so that
// they give no view to a job whose file a person removed (publish/plan.h).
#pragma once

#include <functional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "board/document.h"
#include "index/history_index.h"
#include "repository/repository.h"
#include "spool/spool.h"

namespace signalbox {

struct ImportReport {
  std::size_t commits = 0;
  bool is_whole = true;       // false: a shallow clone, or more commits than are walked
  std::size_t files = 0;      // of data/status/ that ever were
  std::size_t versions = 0;   // contents of those files, but for our own renderings
  std::size_t documents = 0;  // of data/history/
  // Each version and document counts in one of these.
  std::size_t added = 0;  // events that are new
  std::size_t known = 0;
  std::size_t duplicates = 0;  // the content of another one of the same job
  std::size_t empty = 0;
  std::size_t invalid = 0;
  // The empty and invalid ones by name, the first `named_limit` of them.
  struct Unusable {
    std::string commit;  // empty: the tip
    std::string path;
    std::string reason;
  };
  static constexpr std::size_t named_limit = 1000;
  std::vector<Unusable> unusable;
};

class Import {
 public:
  // `tip` a commit whose own views are events already, `index` brought up to it.
  Import(const Repository& repository, HistoryIndex& index, std::string tip, Spool& spool);

  struct Request {
    bool dry_run = false;  // counts only
    std::size_t portion = 0;
    std::function<Status()>
        publish;                    // called when `portion` events wait, and nothing after the last
    Repository::Progress progress;  // commits
  };
  [[nodiscard]] Result<ImportReport> run(const Request& request);

 private:
  using FileVersion = Repository::FileVersion;
  Status take_history_file(const FileVersion& file);
  Status take_version(const FileVersion& version);
  void name_unusable(const FileVersion& version, const std::string& reason);
  Result<EventId> shown(const JobName& job) const;
  Result<bool> is_known(const Event& event, bool is_document);
  Status add(Event event, bool is_document);

  const Repository& repository_;
  HistoryIndex& index_;
  std::string tip_;
  Spool& spool_;
  const Request* request_ = nullptr;
  ImportReport report_;
  std::set<std::string> paths_;
  std::unordered_set<std::string> waiting_;  // content digests in the ids of events that wait
  std::unordered_set<std::string> taken_;    // and of those that this import looked at
  std::size_t since_publish_ = 0;
};

}  // namespace signalbox
