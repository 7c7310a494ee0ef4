#include "lock/advertised_lock.h"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

namespace signalbox {
namespace {

using std::chrono::milliseconds;

bool holds(os::FileSystem& fs, const std::string& path, const std::string& text) {
  const auto bytes = fs.read(path, lock_file_limit);
  return bytes && *bytes == text;
}

// Touches the lock until it is told to stop, or the lock is not ours any more.
void keep_touching(const std::stop_token& stop, os::FileSystem& fs, const std::string& path,
                   const std::string& text, milliseconds interval) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  for (;;) {
    stopped.wait_for(lock, stop, interval, [] { return false; });
    if (stop.stop_requested() || !holds(fs, path, text)) return;
    (void)fs.touch(path);  // the next one may succeed
  }
}

// A signal is for the thread that knows what may be interrupted.
template <class Body>
std::jthread start_without_signals(Body body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread(std::move(body));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

struct AdvertisedLock::Held {
  os::FileSystem& fs;
  std::string path;
  std::string text;
  std::jthread toucher;

  Held(os::FileSystem& file_system, std::string lock_path, std::string lock_text,
       milliseconds touch_every)
      : fs(file_system), path(std::move(lock_path)), text(std::move(lock_text)) {
    if (touch_every <= milliseconds{0}) return;
    toucher = start_without_signals([this, touch_every](const std::stop_token& stop) {
      keep_touching(stop, fs, path, text, touch_every);
    });
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    toucher = {};  // ends it: nothing is touched after it was deleted
    if (holds(fs, path, text)) (void)fs.unlink(path);  // a leftover: gone when this process is
  }
};

AdvertisedLock::AdvertisedLock(Outcome outcome) : outcome_(outcome) {}
AdvertisedLock::AdvertisedLock(AdvertisedLock&&) noexcept = default;
AdvertisedLock& AdvertisedLock::operator=(AdvertisedLock&&) noexcept = default;
AdvertisedLock::~AdvertisedLock() = default;

Result<AdvertisedLock> AdvertisedLock::try_acquire(os::FileSystem& fs, const std::string& path,
                                                   const std::string& text, LockWatch& watch,
                                                   const How& how) {
  std::optional<LockText> removed;
  if (const auto sight = look_at(fs, path)) {
    const bool allowed = how.take_over == TakeOver::AnyLeftover || sight->text.is_ours();
    if (!allowed || watch.judge(*sight, how.proof).owner != Owner::Gone) {
      return AdvertisedLock(Outcome::Taken);
    }
    const Removal removal = take_away(fs, *sight);
    if (removal == Removal::Refused) return AdvertisedLock(Outcome::Blocked);
    if (removal == Removal::Overtaken) return AdvertisedLock(Outcome::Taken);
    removed = sight->text;
  }
  const auto done = put_whole(fs, path, text);
  const bool was_taken = !done && done.error().kind == ErrorKind::AlreadyExists;
  if (!done && !was_taken) return std::unexpected(done.error());
  AdvertisedLock lock(done ? Outcome::Held : Outcome::Taken);
  if (done) lock.held_ = std::make_unique<Held>(fs, path, text, how.touch_every);
  lock.removed_ = std::move(removed);
  return lock;
}

}  // namespace signalbox
