// A directory on a real file system that forgets, when its power is cut, what was never synced.
//
// Changes go to the real files at once, so that libgit2 and SQLite work on them unchanged; beside
// them this keeps how to undo each change that would not have lasted yet. What may be lost:
//   bytes    of a file since its last fsync: all, a tail, or zeros in their place
//   names    (create, link, rename, unlink, mkdir, rmdir) whose directory was not synced since:
//            Journaling  the latest ones, in order; every fsync makes those before it last
//            Unordered   any of them, but for those that another one needs; a synced directory
//                        does not lose its own name (ext4, xfs and btrfs all promise that)
// After some 30 s the kernel has written everything back by itself. What libgit2 and SQLite write
// past the seam lasts at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulation/plan.h"
#include "simulation/random.h"
#include "simulation/scheduler.h"

namespace signalbox::simulation {

class Disk {
 public:
  // `limbo`: a directory on the same real file system, for names that may come back.
  Disk(DiskKind kind, std::string limbo);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  // To be called after the change, but for those that take something away.
  void created(const std::string& path, Time now);
  void made_directory(const std::string& path, Time now);
  void before_unlink(const std::string& path, Time now);
  void before_rename(const std::string& from, const std::string& to, Time now);
  void removed_directory(const std::string& path, Time now);
  // Before bytes are added to a file, however it is reached.
  void before_write(const std::string& path, Time now);
  void synced_file(std::uint64_t inode);
  void synced_directory(const std::string& path);
  void settle();  // all of it lasts

  // The power is cut: tells, for the trace, what was undone.
  void cut_power(Random& random, const std::function<void(const std::string&)>& tell);

 private:
  enum class Verb { Create, Unlink, Rename, MakeDirectory, RemoveDirectory };
  struct Change {
    Verb verb;
    std::string path, other;  // `other`: the new name of a rename
    std::string saved;        // in limbo: the file that lost its name; "" when there was none
    Time at;
  };
  struct Unsynced {
    std::uint64_t inode;
    int descriptor;
    std::uint64_t synced_size;
    Time since;
  };
  void add(Change change);
  std::string save(const std::string& path);
  void forget(const Change& change) const;
  void make_last(std::vector<bool> lasts);
  void write_back(Time now);
  [[nodiscard]] static bool depend(const Change& earlier, const Change& later);
  [[nodiscard]] std::vector<bool> choose_lost(Random& random) const;
  static void undo(const Change& change);
  void tear_files(Random& random, const std::function<void(const std::string&)>& tell);

  DiskKind kind_;
  std::string limbo_;
  std::uint64_t saved_ = 0;
  std::vector<Change> changes_;  // in their order, those that may be lost
  std::vector<Unsynced> files_;  // in the order of their first byte
};

}  // namespace signalbox::simulation
