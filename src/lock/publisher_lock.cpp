#include "lock/publisher_lock.h"

#include "base/text.h"
#include "lock/advertised_lock.h"
#include "os/entropy.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

std::vector<std::string> other_locks(const PublisherLock::Places& places) {
  std::vector<std::string> paths{places.git_directory + "/status_update.lock"};
  if (!places.worktree.empty()) paths.push_back(places.worktree + "/.git_sync_lock");
  return paths;
}

std::string advertised_path(const PublisherLock::Places& places) {
  return places.git_directory + "/" + std::string(advertised_lock_name);
}

// A step of about 50 ms, never the same for two that wait.
milliseconds pause() {
  return milliseconds{30 + static_cast<int>(os::random_bits() % 40)};
}

LockHolder holder_of(const LockText& text, const std::string& path) {
  return {.pid = text.pid,
          .host = text.host,
          .operation = text.operation,
          .since = text.since,
          .path = path,
          .alive = owner_is_alive(text)};
}

}  // namespace

struct PublisherLock::Held {
  os::FileSystem& fs;
  os::KernelLock kernel_lock;
  std::string path;
  std::string text;
  std::optional<LockHolder> removed;

  Held(os::FileSystem& file_system, os::KernelLock lock, std::string lock_path,
       std::string lock_text, std::optional<LockHolder> leftover)
      : fs(file_system),
        kernel_lock(std::move(lock)),
        path(std::move(lock_path)),
        text(std::move(lock_text)),
        removed(std::move(leftover)) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  // The kernel lock goes last: whoever gets it next finds the file gone.
  ~Held() { withdraw(fs, path, text); }
};

PublisherLock::PublisherLock(std::unique_ptr<Held> held) : held_(std::move(held)) {}
PublisherLock::PublisherLock(PublisherLock&&) noexcept = default;
PublisherLock& PublisherLock::operator=(PublisherLock&&) noexcept = default;
PublisherLock::~PublisherLock() = default;

bool PublisherLock::excludes() const {
  return held_->kernel_lock.excludes();
}

const std::optional<LockHolder>& PublisherLock::removed() const {
  return held_->removed;
}

Result<PublisherLock> PublisherLock::acquire(os::FileSystem& fs, os::Clock& clock,
                                             const Places& places, const std::string& operation,
                                             milliseconds patience) {
  const auto deadline = clock.monotonic() + patience;
  const std::string kernel_path = places.own_directory + "/publish.lock";
  std::optional<os::KernelLock> kernel_lock;
  std::optional<LockHolder> removed;
  for (;;) {
    if (!kernel_lock) {
      auto tried = os::KernelLock::try_acquire(kernel_path);
      if (!tried) return std::unexpected(tried.error());
      kernel_lock = *std::move(tried);
    }
    if (kernel_lock) {
      bool free = true;
      for (const std::string& path : other_locks(places)) {
        free = free && !predecessor_holds(fs, path);
      }
      if (free) {
        const std::string text = format_lock(operation, clock.wall());
        std::optional<LockText> leftover;
        const std::string path = advertised_path(places);
        const auto advertised = advertise(fs, path, text, TakeOver::AnyLeftover, &leftover);
        if (!advertised) return std::unexpected(advertised.error());
        if (leftover) removed = holder_of(*leftover, path);
        if (*advertised == Advertised::Ours) {
          return PublisherLock(
              std::make_unique<Held>(fs, *std::move(kernel_lock), path, text, removed));
        }
      }
    }
    if (clock.monotonic() >= deadline) break;
    clock.sleep(pause());
  }
  const auto holder = lock_holder(fs, places);
  return fail(ErrorKind::Busy,
              "another publisher or an old script is at work: " +
                  (holder ? describe(*holder) : "'" + kernel_path + "'"),
              "the reports wait; they are published when it is done");
}

std::string describe(const LockHolder& holder) {
  std::string text = "'" + holder.path + "'";
  if (holder.pid > 0) text += " held by process " + std::to_string(holder.pid);
  if (!holder.host.empty()) text += " on " + holder.host;
  if (!holder.operation.empty()) text += " (" + holder.operation + ")";
  if (!holder.since.empty()) text += " since " + holder.since;
  return text;
}

std::optional<LockHolder> lock_holder(os::FileSystem& fs, const PublisherLock::Places& places) {
  std::vector<std::string> paths{advertised_path(places)};
  for (const std::string& path : other_locks(places)) paths.push_back(path);
  for (const std::string& path : paths) {
    if (!os::exists(fs, path)) continue;
    return holder_of(read_lock(fs, path), path);
  }
  return std::nullopt;
}

}  // namespace signalbox
