#include "lock/publisher_lock.h"

#include <algorithm>

#include "lock/advertised_lock.h"
#include "lock/waiting.h"
#include "os/entropy.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds visible_after{1000};
// How long the holder of a kernel lock must have shown no sign of life before the lock is left to
// it. Between taking that and advertising a living one takes milliseconds.
constexpr milliseconds silence{5000};
constexpr milliseconds between_looks{500};

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
          .alive = owner_life(text) == os::ProcessLife::Running};
}

// Watches the holder of a kernel lock while we cannot get it. A client of a shared file system that
// stands still, or that lost its power under NFS 3, keeps its locks for as long as that lasts.
class HolderWatch {
 public:
  HolderWatch(os::FileSystem& fs, os::Clock& clock, const PublisherLock::Places& places,
              LockWatch& watch)
      : fs_(fs), clock_(clock), places_(places), watch_(watch), last_sign_(clock.monotonic()) {}

  // Whether it has been silent since it was asked for first, or since it showed up last.
  bool is_silent() {
    const auto now = clock_.monotonic();
    if (now - last_look_ < between_looks) return false;
    last_look_ = now;
    if (shows_life()) last_sign_ = now;
    return now - last_sign_ >= silence;
  }

 private:
  // A holder that waits for a script advertises nothing, and is not silent.
  bool shows_life() {
    std::vector<std::string> paths = places_.of_scripts();
    paths.push_back(places_.advertised());
    return std::ranges::any_of(paths, [&](const std::string& path) {
      const auto sight = look_at(fs_, path);
      return sight && watch_.judge(*sight, LockWatch::Proof::None).owner != Owner::Gone;
    });
  }

  os::FileSystem& fs_;
  os::Clock& clock_;
  const PublisherLock::Places& places_;
  LockWatch& watch_;
  os::Clock::Duration last_sign_;
  os::Clock::Duration last_look_{0};
};

// The file is left to the silent holder, and its name gets a new one. The advertised lock, which
// only one can take, guards the step: nobody deletes the file of who came after.
void leave_to_holder(os::FileSystem& fs, const PublisherLock::Places& places,
                     const std::string& text, LockWatch& watch) {
  const auto guard = AdvertisedLock::try_acquire(fs, places.advertised(), text, watch, {});
  if (!guard || !guard->held()) return;
  // The one who publishes in the background is the same process more often than not.
  for (const std::string& path : {places.kernel(), places.detached()}) {
    (void)fs.unlink(path);  // what stays is tried again
  }
}

}  // namespace

std::string PublisherLock::Places::advertised() const {
  return git_directory + "/" + std::string(advertised_lock_name);
}

std::vector<std::string> PublisherLock::Places::of_scripts() const {
  std::vector<std::string> paths{git_directory + "/status_update.lock"};
  if (!worktree.empty()) paths.push_back(worktree + "/.git_sync_lock");
  return paths;
}

// The kernel lock goes last: whoever gets it next finds the advertised one gone.
struct PublisherLock::Held {
  os::KernelLock kernel_lock;
  AdvertisedLock advertised;
  std::optional<LockHolder> removed;
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
  const auto start = clock.monotonic();
  LockWatch watch(fs, clock);
  HolderWatch holder_watch(fs, clock, places, watch);
  std::optional<WaitingMark> mark;
  std::optional<os::KernelLock> kernel_lock;
  std::optional<LockHolder> removed;
  const auto is_held_by_script = [&](const std::string& path) {
    const auto sight = look_at(fs, path);
    return sight && watch.judge(*sight, LockWatch::Proof::None).owner != Owner::Gone;
  };
  for (;;) {
    if (!kernel_lock) {
      auto tried = os::KernelLock::try_acquire(places.kernel());
      if (!tried) return std::unexpected(tried.error());
      kernel_lock = *std::move(tried);
      if (kernel_lock) kernel_lock->sign(format_lock(operation, clock.wall()));
    }
    if (kernel_lock && std::ranges::none_of(places.of_scripts(), is_held_by_script)) {
      const bool is_proof = kernel_lock->reach() == os::KernelLock::Reach::Everybody;
      auto advertised = AdvertisedLock::try_acquire(
          fs, places.advertised(), format_lock(operation, clock.wall()), watch,
          {.proof = is_proof ? LockWatch::Proof::KernelLockIsOurs : LockWatch::Proof::None,
           .touch_every = touch_interval});
      if (!advertised) return std::unexpected(advertised.error());
      if (advertised->removed()) removed = holder_of(*advertised->removed(), places.advertised());
      if (advertised->outcome() != AdvertisedLock::Outcome::Taken) {
        return PublisherLock(std::make_unique<Held>(Held{.kernel_lock = *std::move(kernel_lock),
                                                         .advertised = *std::move(advertised),
                                                         .removed = std::move(removed)}));
      }
    } else if (!kernel_lock && holder_watch.is_silent()) {
      leave_to_holder(fs, places, format_lock(operation, clock.wall()), watch);
    }
    const auto waited = clock.monotonic() - start;
    if (waited >= patience) break;
    if (!mark && waited >= visible_after) mark.emplace(fs, clock, places.own_directory, operation);
    clock.sleep(pause());
  }
  const auto holder = lock_holder(fs, places);
  return fail(ErrorKind::Busy,
              "another publisher or an old script is at work: " +
                  (holder ? describe(*holder) : "'" + places.kernel() + "'"),
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
  std::vector<std::string> paths = places.of_scripts();
  paths.insert(paths.begin(), places.advertised());
  for (const std::string& path : paths) {
    if (!os::exists(fs, path)) continue;
    return holder_of(read_lock(fs, path), path);
  }
  return std::nullopt;
}

}  // namespace signalbox
