// What a publish says to the log (log/log.h), in the words that the race condition prevention guide
// tells its readers to look for.
//
//   PublishLog log(fs, clock, clone);
//   log.acquired(lock, "sync");    "🔒 Acquired lock (sync)", and before that
//                                  "🔧 Removing stale lock file ..." where one was in the way
//   log.push_failed(error);        "⚠️  Push attempt 1 failed: ..."
//   log.published(batch);          a line a job
//   log.ended("sync", outcome);    "🔓 Released lock (sync)", when it was acquired, and
//                                  "✅ ... completed: ..." or "❌ ... failed: ..."
//   log.show();                    into logs/dashboard_sync.log
//
// Nothing here fails: a log that cannot be written or shown must not end a publish.
#pragma once

#include <span>
#include <string>

#include "clone/clone.h"
#include "event/event.h"
#include "lock/publisher_lock.h"
#include "log/log.h"

namespace signalbox {

struct PublishOutcome;

class PublishLog {
 public:
  static constexpr std::size_t jobs_named = 100;  // of one commit; the others are counted

  PublishLog(os::FileSystem& fs, os::Clock& clock, const Clone& clone);

  void acquired(const PublisherLock& lock, const std::string& operation);
  void push_failed(const Error& error);
  void published(std::span<const Event> batch);
  // When the lock is released, or was not to be had (Busy).
  void ended(const std::string& operation, const Result<PublishOutcome>& outcome);
  void error(const Error& error);  // of something that is no publish
  void show();

 private:
  os::FileSystem& fs_;
  os::Clock& clock_;
  Clone clone_;
  Log log_;
  bool is_locked_ = false;
  int failed_pushes_ = 0;
};

// Where the log of all publishers of a clone is.
[[nodiscard]] std::string log_directory(const Clone& clone);

}  // namespace signalbox
