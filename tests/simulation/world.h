// The world that the seams of `os` and `transport` see in place of the machine: hosts, their clocks
// and disks, kernel locks, the remote, and the faults of the plan. There is one, and everything in
// it happens in one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "simulation/disk.h"
#include "simulation/plan.h"
#include "simulation/random.h"
#include "simulation/scheduler.h"

namespace signalbox::simulation {

// What a person sees as a directory: a host's own disk, or a volume that hosts share.
struct Volume {
  std::string root;
  std::unique_ptr<Disk> disk;  // none: a file server, which never loses power and syncs by itself
  bool kernel_locks = true;
  std::int64_t clock_skew = 0;  // ms
  Time full_until{0};
};

struct Host {
  std::string name;
  std::string home;
  std::string clone;  // where its jobs' clone is
  int boots = 1;
  Time booted{0};
  std::int64_t clock_skew = 0;  // ms
  Time cut_off_until{0};        // from the remote
  int next_pid = 100;
};

struct KernelLockEntry {
  int id = 0;
  std::string path;
  std::uint64_t inode = 0;
  std::shared_ptr<Process> holder;
};

enum class PushFate { Usual, LostBefore, LostAfter, ArrivesLate, ArrivesTwice };

class World {
 public:
  World(Plan plan, std::string root, bool prints_trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  // A verb of a seam begins: others may go first, and the faults that are due happen. The error
  // that the verb must fail with, when it is the verb's turn to fail.
  [[nodiscard]] std::optional<ErrorKind> step(const std::string& what);

  void trace(const std::string& line);
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }

  // Processes.
  [[nodiscard]] int host_number() const;  // of the process that runs; -1: nobody's
  [[nodiscard]] Host& host();             // the same; the first one for the world itself
  std::shared_ptr<Process> start(int host, const std::string& name, bool is_mortal,
                                 std::function<void()> body);
  [[nodiscard]] UtcTime wall(std::int64_t skew) const;

  // Files.
  [[nodiscard]] Volume* volume_of(const std::string& path);
  [[nodiscard]] std::string relative(const std::string& path) const;

  void quiet();  // no fault happens from now on, and the network is whole
  void cut_power(int host);
  [[nodiscard]] bool reaches_remote() const;

  Plan plan;
  Scheduler scheduler;
  Random schedule, chance;  // when who goes on; everything else
  std::string root;
  std::vector<Host> hosts;
  std::deque<Volume> volumes;
  std::vector<KernelLockEntry> kernel_locks;
  int next_lock = 1;
  Time locks_broken_until{0}, slow_until{0}, refused_until{0}, picky_until{0};
  std::string wrong;  // something that no program may do, as it was done
  std::optional<PushFate> next_push;
  std::uint64_t steps = 0;
  std::vector<std::string> happened;  // the faults, for people
  std::vector<std::string> tips;      // that the remote's branch was at

 private:
  void happen(const Fault& fault, std::optional<ErrorKind>& failure);
  void note(const std::string& fault);
  void delete_locks();
  Process* victim(std::uint64_t parameter);

  std::size_t next_fault_ = 0;
  bool is_quiet_ = false;
  bool prints_trace_;
  std::uint64_t trace_hash_ = 0xCBF29CE484222325ULL;
};

// The one there is.
[[nodiscard]] World& world();

// The seams.
[[nodiscard]] os::FileSystem& simulated_file_system();
[[nodiscard]] os::Clock& simulated_clock();

// Old scripts write a file in place: readers may see it empty, or a half of it.
void overwrite_in_place(const std::string& path, const std::string& bytes);

}  // namespace signalbox::simulation
