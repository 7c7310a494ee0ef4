#include "lock/publisher_lock.h"

#include <algorithm>

#include "lock/advertised_lock.h"
#include "lock/waiting.h"
#include "os/entropy.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds visible_after{1000};

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
        return PublisherLock(std::unique_ptr<Held>(new Held{.kernel_lock = *std::move(kernel_lock),
                                                            .advertised = *std::move(advertised),
                                                            .removed = std::move(removed)}));
      }
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
