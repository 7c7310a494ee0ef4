#include "publish/publish_log.h"

#include <map>

#include "base/text.h"
#include "log/rendering.h"
#include "publish/session.h"
#include "repository/ignore.h"

namespace signalbox {
namespace {

constexpr std::string_view shown_directory = "logs";
constexpr std::string_view shown_name = "dashboard_sync.log";

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string summary_of(const PublishOutcome& outcome) {
  const std::string later = "the push budget has no room for what waits yet";
  if (outcome.published == 0 && outcome.commits == 0) {
    return outcome.deferred_until ? later : "nothing waited";
  }
  return counted(outcome.published, "event") + " in " + counted(outcome.commits, "commit") +
         ", tip " + outcome.tip.substr(0, 10) + (outcome.deferred_until ? "; " + later : "");
}

// Where the rendering goes: logs/ of the worktree, never through a symbolic link out of it. Nothing
// where git follows the file (then it is a person's), or the worktree is elsewhere.
std::optional<std::string> place_of_rendering(os::FileSystem& fs, const Clone& clone) {
  if (clone.worktree.empty()) return std::nullopt;
  const std::string name = std::string(shown_directory) + "/" + std::string(shown_name);
  const auto attention = attention_of(clone, name);
  if (attention && *attention == Attention::Tracked) return std::nullopt;
  if (!attention && attention.error().kind == ErrorKind::NotFound) return std::nullopt;
  const std::string directory = clone.worktree + "/" + std::string(shown_directory);
  if (!os::exists(fs, directory) && !fs.make_directory(directory)) return std::nullopt;
  const auto found = fs.status(directory);
  if (!found || found->type != os::FileType::Directory) return std::nullopt;
  // A log must not make anybody's worktree dirty. Where git cannot be asked, this is right too.
  // Other logs beside it are a person's, who wants to see them in `git status`.
  if (!attention || *attention == Attention::Untracked) {
    const std::string ignore = directory + "/.gitignore";
    if (os::exists(fs, ignore)) return std::nullopt;
    const std::string names = "/.gitignore\n/" + std::string(shown_name) + "*\n/.signalbox-tmp-*\n";
    if (!os::replace_file(fs, ignore, names)) return std::nullopt;
  }
  return directory + "/" + std::string(shown_name);
}

}  // namespace

std::string log_directory(const Clone& clone) {
  return clone.own_directory() + "/log";
}

PublishLog::PublishLog(os::FileSystem& fs, os::Clock& clock, const Clone& clone)
    : fs_(fs), clock_(clock), clone_(clone), log_(fs, clock, log_directory(clone)) {}

void PublishLog::acquired(const PublisherLock& lock, const std::string& operation) {
  is_locked_ = true;
  if (lock.removed()) {
    log_.write(LogLevel::Warning, "stale_lock_removed",
               "🔧 Removing stale lock file " + describe(*lock.removed()) + ", which is gone");
  }
  log_.write(LogLevel::Info, "lock_acquired", "🔒 Acquired lock (" + operation + ")");
}

void PublishLog::push_failed(const Error& error) {
  log_.write(LogLevel::Warning, "push_failed",
             "⚠️  Push attempt " + std::to_string(++failed_pushes_) + " failed: " + error.what);
}

void PublishLog::published(std::span<const Event> batch) {
  std::map<JobName, const Event*> newest;
  for (const Event& event : batch) {
    const Event*& shown = newest[event.job];
    if (shown == nullptr || shown->id < event.id) shown = &event;
  }
  std::size_t named = 0;
  for (const auto& [job, event] : newest) {
    if (++named > jobs_named) break;
    log_.write(LogLevel::Info, "published", "📊 Published " + job.text() + ": " + event->status,
               job.text());
  }
  if (newest.size() > jobs_named) {
    log_.write(LogLevel::Info, "published",
               "📊 Published " + counted(newest.size() - jobs_named, "more job"));
  }
}

void PublishLog::ended(const std::string& operation, const Result<PublishOutcome>& outcome) {
  const std::string name = operation == "sync" ? "Dashboard sync" : "Publish";
  if (!is_locked_ && !outcome && outcome.error().kind == ErrorKind::Busy) {
    log_.write(LogLevel::Warning, "lock_unavailable",
               "⚠️  Could not acquire lock, " + name + " failed: " + outcome.error().what);
    return;
  }
  if (is_locked_) {
    log_.write(LogLevel::Info, "lock_released", "🔓 Released lock (" + operation + ")");
  }
  if (!outcome) {
    if (failed_pushes_ > 0) {
      log_.write(LogLevel::Error, "pushes_failed",
                 "❌ All push retries failed; what was reported waits for the next one");
    }
    log_.write(LogLevel::Error, "failed", "❌ " + name + " failed: " + outcome.error().what);
    return;
  }
  for (const std::string& note : outcome->notes) {
    log_.write(LogLevel::Warning, "note", "⚠️  " + note);
  }
  log_.write(LogLevel::Info, "completed", "✅ " + name + " completed: " + summary_of(*outcome));
}

void PublishLog::error(const Error& error) {
  log_.write(LogLevel::Error, "error", "❌ " + describe(error));
}

void PublishLog::show() {
  // The truth is written; what cannot be shown now, the next publish shows.
  const auto place = place_of_rendering(fs_, clone_);
  if (!place) return;
  (void)render_log(fs_, clock_, log_, *place);
}

}  // namespace signalbox
