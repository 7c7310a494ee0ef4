// The functions of `os` that are no interfaces, replaced at link time: this program's own come
// before those of the library, and a function that is missing here is a link error.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "os/entropy.h"
#include "os/guarded_step.h"
#include "os/host.h"
#include "os/kernel_lock.h"
#include "os/process.h"
#include "os/repeated_step.h"
#include "os/signals.h"
#include "os/volume.h"
#include "publish/publisher.h"
#include "simulation/world.h"

namespace signalbox::os {

using simulation::Process;
using simulation::simulated_clock;
using simulation::simulated_file_system;
using simulation::World;
using simulation::world;

// clock.h: whoever asks for the real one is given ours too.
Clock& real_clock() {
  return simulated_clock();
}

// entropy.h
std::uint64_t random_bits() {
  return world().chance.bits();
}

// host.h
std::string host_name() {
  return world().plan.one_host_name ? "localhost" : world().host().name;
}

int process_id() {
  const Process* process = world().scheduler.current();
  return process == nullptr ? 1 : process->pid;
}

std::string boot_id() {
  const auto& host = world().host();
  return "boot-" + host.name + "-" + std::to_string(host.boots);
}

std::string process_namespaces() {
  return "pid:[4026531836] time:[4026531834]";
}

namespace {

const Process* process_here(int pid) {
  for (const auto& process : world().scheduler.processes()) {
    if (process->host == world().host_number() && process->pid == pid && !process->has_ended) {
      return process.get();
    }
  }
  return nullptr;
}

}  // namespace

std::optional<unsigned long long> process_start_time(int pid) {
  const Process* process = process_here(pid);
  return process == nullptr ? std::nullopt : std::optional(process->start_time);
}

ProcessLife process_life(int pid, std::optional<unsigned long long> start_time) {
  const Process* process = process_here(pid);
  if (process == nullptr) return ProcessLife::Ended;
  return start_time && *start_time != process->start_time ? ProcessLife::Ended
                                                          : ProcessLife::Running;
}

std::optional<int> process_with_open(const std::string& /*path*/) {
  return std::nullopt;
}

std::optional<std::string> environment(const char* name) {
  return std::string_view(name) == "HOME" ? std::optional(world().host().home) : std::nullopt;
}

std::optional<std::string> home_directory() {
  return world().host().home;
}

std::string working_directory() {
  return world().host().home;
}

// kernel_lock.h
namespace {

using simulation::KernelLockEntry;

std::uint64_t inode_of(int descriptor) {
  struct stat found{};
  return ::fstat(descriptor, &found) == 0 ? found.st_ino : 0;
}

KernelLockEntry* holder_of(std::uint64_t inode) {
  auto& locks = world().kernel_locks;
  const auto held = std::ranges::find_if(locks, [&](const KernelLockEntry& entry) {
    return entry.inode == inode && !entry.holder->has_ended;
  });
  return held == locks.end() ? nullptr : &*held;
}

KernelLockEntry* lock_with(int id) {
  auto& locks = world().kernel_locks;
  const auto found = std::ranges::find(locks, id, &KernelLockEntry::id);
  return found == locks.end() ? nullptr : &*found;
}

}  // namespace

Result<std::optional<KernelLock>> KernelLock::try_acquire(const std::string& path) {
  World& here = world();
  if (const auto failure = here.step("lock " + here.relative(path))) {
    return fail(*failure, "cannot open the lock file '" + path + "': simulated");
  }
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) {
    return std::unexpected(system_error(errno, "cannot open the lock file '" + path + "'"));
  }
  const std::uint64_t inode = inode_of(descriptor);
  ::close(descriptor);
  const simulation::Volume* volume = here.volume_of(path);
  const bool works = volume == nullptr || volume->kernel_locks;
  if (!works) return std::optional(KernelLock(-1, Reach::Nobody));
  const bool is_broken = here.scheduler.now() < here.locks_broken_until;
  if (!is_broken && holder_of(inode) != nullptr) return std::optional<KernelLock>();
  std::shared_ptr<Process> holder;
  for (const auto& process : here.scheduler.processes()) {
    if (process.get() == here.scheduler.current()) holder = process;
  }
  std::erase_if(here.kernel_locks,
                [](const KernelLockEntry& entry) { return entry.holder->has_ended; });
  here.kernel_locks.push_back(
      {.id = here.next_lock++, .path = path, .inode = inode, .holder = holder});
  const bool is_local = volume != nullptr && volume->disk;
  return std::optional(KernelLock(here.kernel_locks.back().id,
                                  is_local && !is_broken ? Reach::Everybody : Reach::Others));
}

KernelLock::State KernelLock::state(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return State::Free;
  const std::uint64_t inode = inode_of(descriptor);
  ::close(descriptor);
  return holder_of(inode) == nullptr ? State::Free : State::Held;
}

void KernelLock::sign(std::string_view text) const {
  const KernelLockEntry* entry = lock_with(descriptor_);
  if (entry == nullptr) return;
  const int descriptor = ::open(entry->path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  (void)!::write(descriptor, text.data(), text.size());
  ::close(descriptor);
}

KernelLock::KernelLock(KernelLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), reach_(other.reach_) {}

KernelLock& KernelLock::operator=(KernelLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(reach_, other.reach_);
  return *this;
}

KernelLock::~KernelLock() {
  if (descriptor_ < 0) return;
  (void)world().step("unlock");
  std::erase_if(world().kernel_locks,
                [this](const KernelLockEntry& entry) { return entry.id == descriptor_; });
}

// process.h
Result<std::string> own_executable() {
  return std::string("/usr/bin/signalbox");
}

// `executable publish --detached -C place`, as publish/publisher.cpp says it.
Status start_detached(const std::vector<std::string>& arguments, const std::string& /*directory*/) {
  World& here = world();
  if (const auto failure = here.step("start " + arguments.at(1))) {
    return fail(*failure, "cannot start a process: simulated");
  }
  const std::string place = arguments.back();
  here.start(here.host_number(), "publisher", true, [place] {
    const auto clone = find_clone(simulated_file_system(), place);
    if (clone) run_detached(simulated_file_system(), simulated_clock(), *clone);
  });
  return {};
}

// signals.h: nobody sends any here; a kill leaves no time for a handler.
DeferredSignals::DeferredSignals() = default;
DeferredSignals::~DeferredSignals() = default;
void delete_directory_on_signal(const std::string& /*path*/) {}

// volume.h
bool is_of_one_machine(const std::string& directory) {
  const simulation::Volume* volume = world().volume_of(directory + "/");
  return volume != nullptr && volume->disk != nullptr;
}

// repeated_step.h: a fiber beside the one that has it.
struct RepeatedStep::Impl {
  struct Shared {
    bool stops = false, is_under_way = false;
  };
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
};

RepeatedStep::RepeatedStep(std::chrono::milliseconds interval, std::function<bool()> step)
    : impl_(std::make_unique<Impl>()) {
  world().scheduler.start_beside([shared = impl_->shared, interval, step = std::move(step)] {
    bool goes_on = true;
    while (goes_on) {
      world().scheduler.sleep(interval);
      if (shared->stops) return;
      shared->is_under_way = true;
      goes_on = step();
      shared->is_under_way = false;
    }
  });
}

RepeatedStep::~RepeatedStep() {
  impl_->shared->stops = true;
  world().scheduler.wait_until([this] { return !impl_->shared->is_under_way; },
                               std::chrono::milliseconds{1});
}

}  // namespace signalbox::os
