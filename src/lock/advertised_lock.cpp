#include "lock/advertised_lock.h"

#include "os/repeated_step.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;

bool holds(os::FileSystem& fs, const std::string& path, const std::string& text) {
  const auto bytes = fs.read(path, lock_file_limit);
  return bytes && *bytes == text;
}

}  // namespace

struct AdvertisedLock::Held {
  os::FileSystem& fs;
  std::string path;
  std::string text;
  std::unique_ptr<os::RepeatedStep> toucher;

  Held(os::FileSystem& file_system, std::string lock_path, std::string lock_text,
       milliseconds touch_every)
      : fs(file_system), path(std::move(lock_path)), text(std::move(lock_text)) {
    if (touch_every <= milliseconds{0}) return;
    toucher = std::make_unique<os::RepeatedStep>(touch_every, [this] {
      if (!holds(fs, path, text)) return false;  // not ours any more
      (void)fs.touch(path);                      // the next one may succeed
      return true;
    });
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    toucher.reset();  // ends it: nothing is touched after it was deleted
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
  const Flush flush = how.take_over == TakeOver::OnlyOurOwn ? Flush::Yes : Flush::No;
  const auto done = put_whole(fs, path, text, flush);
  const bool was_taken = !done && done.error().kind == ErrorKind::AlreadyExists;
  if (!done && !was_taken) return std::unexpected(done.error());
  AdvertisedLock lock(done ? Outcome::Held : Outcome::Taken);
  if (done) lock.held_ = std::make_unique<Held>(fs, path, text, how.touch_every);
  lock.removed_ = std::move(removed);
  return lock;
}

}  // namespace signalbox
