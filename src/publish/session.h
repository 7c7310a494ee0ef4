// The pipeline: lock -> intake -> batch -> tip -> plan -> commit -> push -> retire -> checkout.
// A Session is one look at the clone: opened, used for one publish, thrown away.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "board/view.h"
#include "clone/clone.h"
#include "clone/settings.h"
#include "clone/target.h"
#include "index/history_index.h"
#include "lock/publisher_lock.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "publish/health.h"
#include "publish/publish_log.h"
#include "publish/state.h"
#include "repository/checkout.h"
#include "repository/repository.h"
#include "secrets/masker.h"
#include "spool/outbox.h"
#include "spool/spool.h"
#include "transport/transport.h"

namespace signalbox {

struct PublishRequest {
  bool fetch_first = false;  // `sync`: bring the remote's news too
  bool urgent = false;       // asked for by hand: pushes as soon as the budget has room
  bool compact = false;      // also a step of keeping the history small, when one is due
  bool scheduled = false;    // a sync that nobody watches
  Repository::Progress progress;
};

struct PublishOutcome {
  std::size_t published = 0;  // events that the remote holds since now, or was seen to hold
  std::size_t adopted = 0;    // files of other programs that became events
  std::size_t commits = 0;    // of those
  std::string tip;
  std::size_t compacted_days = 0;         // days whose history was compacted or thinned
  std::size_t thinned = 0;                // events that were
  std::size_t unreadable = 0;             // spool files that are not for this publisher to read
  std::size_t files = 0;                  // of the outbox that the remote has since now
  std::size_t files_left = 0;             // of the outbox that this publisher cannot publish
  std::vector<std::string> notes;         // a line each: files left alone, damaged spool files
  std::optional<UtcTime> deferred_until;  // the push budget has no room before then
};

struct Plan;

class Session {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(os::FileSystem& fs, os::Clock& clock,
                                                             const Clone& clone);
  // Where the settings are bad: fetches and brings the checkout along, so that a cure that somebody
  // pushed arrives, for open() to try again. Takes in and publishes no report: without the settings
  // nobody knows what is secret. With the target that was used last.
  [[nodiscard]] static Status catch_up(os::FileSystem& fs, os::Clock& clock, const Clone& clone,
                                       const PublisherLock& lock);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Publishes all that waits. On an error the events that were not published still wait, and the
  // kind says what may be tried: RaceLost (deadline over), Refused, Authentication, TooLarge,
  // RateLimited, Unreachable, TimedOut, AnswerLost, Busy.
  // `log` hears of each push that fails and each job that the remote holds.
  [[nodiscard]] Result<PublishOutcome> publish(const PublisherLock& lock,
                                               const PublishRequest& request, PublishLog& log);

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const Masker& masker() const { return masker_; }  // with the settings' patterns
  [[nodiscard]] Repository& repository() { return repository_; }
  [[nodiscard]] Result<HistoryIndex*> index();  // opened by the first call
  // What `read` gives for the index, a Result. A torn page of its file may show only when it is
  // read: then the file is gone by now (index/history_index.h), and `read` gets a new one, once.
  template <class Read>
  [[nodiscard]] auto with_index(Read read) -> std::invoke_result_t<Read, HistoryIndex&> {
    for (bool again = true;; again = false) {
      const auto opened = index();
      if (!opened) return std::unexpected(opened.error());
      auto result = read(**opened);
      if (result || result.error().kind != ErrorKind::Corrupt || !again) return result;
      index_.reset();
    }
  }
  // The tip as last seen; "" when the branch is not known to exist.
  [[nodiscard]] Result<std::string> known_tip() const;
  // The same; before the first publish, what is checked out.
  [[nodiscard]] Result<std::string> shown_tip() const;
  // Whether the branch shows exactly these bytes for the job. Quick.
  [[nodiscard]] Result<bool> shows(const JobName& job, std::string_view bytes) const;
  // The event shown for the job by the branch, as last seen, or else by what is checked out.
  [[nodiscard]] EventId shown(const JobName& job) const;
  // See Branch in intake/adoption.h. May walk the history.
  [[nodiscard]] Result<bool> seen_before(const ParsedView& document, std::string_view bytes,
                                         UtcTime found);

 private:
  Session(os::FileSystem& fs, os::Clock& clock, Clone clone, Repository repository,
          Settings settings, Masker masker, Target target);

  // The known tip; before the first publish, what git last saw of the remote's branch.
  [[nodiscard]] Result<std::string> seen_tip() const;
  Status take_in(PublishOutcome& outcome);
  Result<std::string> first_tip(const PublishRequest& request, PublishOutcome& outcome);
  Result<std::string> fetch(PublishOutcome& outcome);
  Result<std::string> put_back(const std::string& held, PublishOutcome& outcome);
  Status take_back(const std::string& before, const std::string& tip, PublishOutcome& outcome);
  Status publish_batches(const PublishRequest& request, PublishLog& log, PublishOutcome& outcome);
  Status push(const CommitPlan& plan, PublishOutcome& outcome);
  Status push_commit(const std::string& commit, const std::string& parent, PublishOutcome& outcome);
  Status recover(const Error& error, int failures, std::chrono::milliseconds deadline,
                 PublishOutcome& outcome);
  struct Batch;
  struct Tries;
  Result<std::optional<Batch>> next_batch(const Tries& tries, PublishOutcome& outcome);
  Result<Spool::Pending> next_events(PublishOutcome& outcome);
  bool is_deferred(const Batch& batch, const PublishRequest& request, const Tries& tries,
                   PublishOutcome& outcome) const;
  Result<Plan> plan_of(const Batch& batch, const PublishRequest& request, PublishOutcome& outcome);
  void note_success(bool told_health, UtcTime now);
  Status prepare_another_try(const Error& error, const Plan& plan, const Batch& batch, Tries& tries,
                             PublishOutcome& outcome);
  Status retire(const Batch& batch, const Plan& plan, PublishLog& log, PublishOutcome& outcome);
  [[nodiscard]] bool is_all(const Batch& batch, const PublishOutcome& outcome) const;
  bool narrow_down(const std::vector<Event>& batch, ErrorKind kind, PublishOutcome& outcome);
  Status retire_events(const std::vector<Event>& batch, PublishOutcome& outcome);
  Status compact(PublishOutcome& outcome);
  void compact_when_due(PublishOutcome& outcome);
  void collect_garbage_when_due(PublishOutcome& outcome);
  [[nodiscard]] bool tells_health(UtcTime now) const;
  [[nodiscard]] std::optional<Health> own_health(const std::string& tip,
                                                 const std::string& id) const;
  [[nodiscard]] Health health(const std::string& clone, std::span<const Event> batch,
                              UtcTime now) const;
  bool add_health(CommitPlan& commit, std::span<const Event> batch, UtcTime now);
  bool leave_out_health(ErrorKind kind);
  void note_health(bool told, UtcTime now);
  void publish_health(PublishOutcome& outcome);
  Result<std::vector<Outbox::Entry>> next_files(bool events_wait, PublishOutcome& outcome);
  bool narrow_down_files(const std::vector<Outbox::Entry>& files, bool alone, ErrorKind kind,
                         PublishOutcome& outcome);
  Status retire_files(const std::vector<Outbox::Entry>& files,
                      const std::vector<std::string>& no_room, PublishOutcome& outcome);
  void advance_checkout(const std::string& tip);
  void name_locks_in_the_way(PublishOutcome& outcome);
  void renew_checked_out_views(const std::string& tip, PublishOutcome& outcome);
  void tidy_up();
  bool may_replace(const std::string& path, std::string_view bytes);

  os::FileSystem& fs_;
  os::Clock& clock_;
  Clone clone_;
  Repository repository_;
  Settings settings_;
  Masker masker_;
  Target target_;
  std::optional<Clone> checkout_;  // the worktree that has the branch checked out
  MayReplace may_replace_;
  Spool spool_;
  Outbox outbox_;
  std::unique_ptr<Transport> transport_;
  std::optional<HistoryIndex> index_;
  PublishState state_;
  std::set<EventId> held_back_;     // refused alone, and nothing went through since
  std::set<EventId> suspects_;      // refused alone, and others went through since
  int isolating_ = 0;               // pushes that looked for them
  bool without_health_ = false;     // the remote refused a commit that had a record of ours
  bool health_is_suspect_ = false;  // and has not refused the same without it
  bool files_wait_ = false;         // refused together with events: files go when those are through
  std::size_t file_limit_ = largest_batch;  // files a commit; less after the remote refused more
  std::set<std::string> held_files_;        // their names: refused alone, or without room
};

}  // namespace signalbox
