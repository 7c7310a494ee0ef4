// The lock file that people and old scripts see. See publisher_lock.h; the checkout takes git's
// index.lock by the same means.
//
//   auto lock = AdvertisedLock::try_acquire(fs, path, format_lock("publish", now), watch, how);
//   if (!lock) ...                 an error: cannot write there
//   if (!lock->held()) ...         taken, or blocked
//   ...                            the file is there until destroyed
//
// The file appears whole in one step (a hidden file, then link) and is never written again. While
// held with `touch_every` above zero, a thread touches it at that interval, so that who cannot ask
// for its owner sees it live, and old scripts that go by age do not take it for stale. On release
// it is deleted if it still holds our text: a script may have deleted it, or put its own in its
// place. Move-only; the thread blocks all signals.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "lock/leftover.h"
#include "os/file_system.h"

namespace signalbox {

class AdvertisedLock {
 public:
  // OnlyOurOwn: for git's index.lock, where another's leftover is a person's to judge. It is
  // synced, because one that a power cut emptied would be nobody's, and stop every git for ever.
  enum class TakeOver { AnyLeftover, OnlyOurOwn };
  struct How {
    TakeOver take_over = TakeOver::AnyLeftover;
    LockWatch::Proof proof = LockWatch::Proof::None;
    std::chrono::milliseconds touch_every{0};
  };

  enum class Outcome {
    Held,
    Taken,
    // A leftover that cannot be deleted has its place: a directory, or a file in a directory where
    // that is not for us to do. Old scripts cannot take it either.
    Blocked,
  };

  // Tries once, taking over a leftover whose owner is gone.
  [[nodiscard]] static Result<AdvertisedLock> try_acquire(os::FileSystem& fs,
                                                          const std::string& path,
                                                          const std::string& text, LockWatch& watch,
                                                          const How& how);

  AdvertisedLock(AdvertisedLock&&) noexcept;
  AdvertisedLock& operator=(AdvertisedLock&&) noexcept;
  ~AdvertisedLock();

  [[nodiscard]] Outcome outcome() const { return outcome_; }
  [[nodiscard]] bool held() const { return outcome_ == Outcome::Held; }
  // What a leftover said that had to go for it.
  [[nodiscard]] const std::optional<LockText>& removed() const { return removed_; }

 private:
  struct Held;
  explicit AdvertisedLock(Outcome outcome);
  Outcome outcome_;
  std::optional<LockText> removed_;
  std::unique_ptr<Held> held_;
};

}  // namespace signalbox
