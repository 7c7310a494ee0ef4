#include "race/log_watch.h"

#include "publish/publish_log.h"

namespace signalbox {

LogWatch::LogWatch(os::FileSystem& fs, const std::vector<Clone>& clones, UtcTime start,
                   Timeline& timeline)
    : start_(start), timeline_(timeline) {
  for (const Clone& clone : clones) readers_.emplace_back(fs, log_directory(clone));
}

void LogWatch::read() {
  for (std::size_t clone = 0; clone < readers_.size(); ++clone) {
    const auto entries = readers_[clone].next();
    if (!entries) continue;  // a picture without them, and the next call reads on
    for (const LogEntry& entry : *entries) take(clone, entry);
  }
}

void LogWatch::take(std::size_t clone, const LogEntry& entry) {
  if (entry.event == "push_failed") ++failed_pushes_;
  if (entry.event == "lock_acquired") {
    note(clone, entry.time);  // of one that was killed
    holders_[clone] = {.pid = entry.pid, .since = entry.time};
  }
  if (entry.event == "lock_released") {
    note(clone, entry.time);
    holders_.erase(clone);
  }
}

void LogWatch::note(std::size_t clone, UtcTime until) {
  const auto holder = holders_.find(clone);
  if (holder == holders_.end()) return;
  timeline_.note_lock({.begin = holder->second.since - start_,
                       .end = until - start_,
                       .row = clone,
                       .text = "process " + std::to_string(holder->second.pid)});
}

}  // namespace signalbox
