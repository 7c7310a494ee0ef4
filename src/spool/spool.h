// Durable intake: one file an event, maildir style, in a directory that any number of processes
// and hosts may share. Lock-free: names are unique (the event's id) and files are never changed.
//
//   writer     spool.append(event)           durable when it returns (invariant 1)
//   publisher  spool.pending(limit)          the oldest first
//              ... published, verified ...
//              spool.retire(ids)             (invariant 2)
//
// A file holds one event line (event.h), a tab and the CRC-32 of the line, and a newline. It
// arrives under its final name by rename, whole; one that does not check out was damaged by the
// disk: it is moved to the directory "damaged" beside it, never deleted, and named by pending().
#pragma once

#include <span>
#include <string>
#include <vector>

#include "event/event.h"
#include "os/file_system.h"

namespace signalbox {

class Spool {
 public:
  // `directory` is made by the first append.
  Spool(os::FileSystem& fs, std::string directory);

  // When it returns without an error the event survives a crash of the process and of the host.
  // The same event twice is one file.
  [[nodiscard]] Status append(const Event& event);

  struct Pending {
    std::vector<Event> events;            // in the order of their ids
    std::vector<std::string> damaged;     // paths of files that were no events, set aside
    std::vector<std::string> unreadable;  // why: another user's file, a failing disk; they stay
    std::size_t waiting = 0;  // events that can be published, those beyond the limit included
  };
  // The oldest `limit` events, at most some `bytes` of them. A spool that does not exist yet is
  // empty. Files that vanish while it reads were retired by another publisher.
  static constexpr std::size_t batch_bytes = 8UL << 20U;  // whatever their number: bounds memory
  [[nodiscard]] Result<Pending> pending(std::size_t limit, std::size_t bytes = batch_bytes) const;

  // Moves an event that the remote will not have to the directory "refused" beside it: a person
  // decides (moving it back makes it wait again).
  [[nodiscard]] Status set_aside(const EventId& id);

  // The ids that wait, read from the names alone.
  [[nodiscard]] Result<std::vector<EventId>> waiting_ids() const;

  // The newest event of a job that waits, of those with `from` or a later id; empty when there is
  // none. Reads the files of those.
  [[nodiscard]] EventId newest_waiting(const JobName& job, const EventId& from) const;

  // Forgets events that the remote is known to hold. One that is gone already is fine.
  [[nodiscard]] Status retire(std::span<const EventId> ids);

  // The file of an event while it waits.
  [[nodiscard]] std::string path_of(const EventId& id) const;
  [[nodiscard]] std::string damaged_directory() const { return directory_ + "/damaged"; }
  [[nodiscard]] std::string refused_directory() const { return directory_ + "/refused"; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  Status move_to(const std::string& directory, const EventId& id) const;

  os::FileSystem& fs_;
  std::string directory_;
};

}  // namespace signalbox
