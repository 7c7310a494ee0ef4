// Files of ours that wait for the remote beside the events: what the log collector gathered. Such a
// file is a state, not an event: a later put of the same path takes the place of an earlier one.
//
//   writer     outbox.put(path, bytes, now)      durable when it returns
//              outbox.put(path, nothing, now)    the path is to be removed
//   publisher  outbox.pending(limit)             the newest of each path
//              ... published, verified ...
//              outbox.retire(entry)              that one and what it superseded, never a later one
//
// In a directory that any number of processes and hosts may share. Lock-free: every put is a new
// file, "<digest of the path>-<id>.file" with an id above the ones before (event/event_id.h), and
// the greatest counts. It holds a line of JSON (path, size, checksum), then the bytes; it arrives
// by rename, whole. One that does not check out was damaged by the disk: it is deleted and named,
// for what it held is collected again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "os/file_system.h"

namespace signalbox {

inline constexpr std::size_t outbox_file_limit = 1UL << 20U;    // bytes of one file
inline constexpr std::size_t outbox_bytes_limit = 64UL << 20U;  // of all that wait
inline constexpr std::size_t outbox_most_files = 2000;

class Outbox {
 public:
  // `directory` is made by the first put.
  Outbox(os::FileSystem& fs, std::string directory);

  using Bytes = std::optional<std::string>;  // nothing: the path is removed

  // `path` in the repository, below data/details/. When it returns without an error it survives a
  // crash. TooLarge above the limits.
  [[nodiscard]] Status put(const std::string& path, const Bytes& bytes, UtcTime now);

  struct Entry {
    std::string path;
    Bytes bytes;
    std::string file;  // its name in the directory
  };
  struct Pending {
    std::vector<Entry> entries;      // one a path, the oldest first
    std::vector<std::string> notes;  // why: damaged, and deleted; another user's, and left
    std::size_t waiting = 0;         // paths, those beyond the limit included
  };
  // At most some `bytes` of them. An outbox that does not exist yet is empty.
  static constexpr std::size_t batch_bytes = 8UL << 20U;
  [[nodiscard]] Result<Pending> pending(std::size_t limit, std::size_t bytes = batch_bytes) const;

  // Paths that wait, read from the names alone.
  [[nodiscard]] std::size_t waiting() const;

  [[nodiscard]] Status retire(const Entry& entry);

  // Moves what the remote will not have to the directory "refused" beside it, over an earlier one
  // of the path.
  [[nodiscard]] Status set_aside(const Entry& entry);
  // What was set aside of a path.
  [[nodiscard]] std::optional<Entry> refused(const std::string& path) const;
  [[nodiscard]] std::string refused_directory() const { return directory_ + "/refused"; }

 private:
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  [[nodiscard]] Result<Entry> read(const std::string& file_path) const;
  Status make_room(const std::string& path, std::size_t bytes, std::string& newest) const;

  os::FileSystem& fs_;
  std::string directory_;
};

// Whether `path` may be a file of the outbox: below data/details/, of letters, digits, '.', '_' and
// '-', no hidden name and no "..".
[[nodiscard]] bool is_outbox_path(const std::string& path);

}  // namespace signalbox
