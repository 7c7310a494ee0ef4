#include "os/kernel_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>

#include "os/process.h"
#include "support/support.h"

namespace signalbox::os {
namespace {

using testing::TemporaryDirectory;

bool can_take(const std::string& path) {
  const auto lock = KernelLock::try_acquire(path);
  return lock.has_value() && lock->has_value();
}

// Another process that runs `work`, says so, and then stays until it is killed.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<bool()>& work) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const char answer = work() ? 'y' : 'n';
      (void)!::write(ends[1], &answer, 1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    EXPECT_EQ(::read(ends[0], &answer_, 1), 1);
    ::close(ends[0]);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess() { kill(); }
  [[nodiscard]] bool succeeded() const { return answer_ == 'y'; }
  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  char answer_ = '?';
};

TEST(KernelLock, is_free_again_after_it_is_dropped_and_its_file_stays) {
  const TemporaryDirectory place;
  {
    auto lock = KernelLock::try_acquire(place / "lock");
    ASSERT_TRUE(lock && *lock);
    EXPECT_TRUE((*lock)->excludes());
    EXPECT_FALSE(can_take(place / "lock"));
  }
  EXPECT_TRUE(std::filesystem::exists(place / "lock"));
  EXPECT_TRUE(can_take(place / "lock"));
}

TEST(KernelLock, excludes_another_process) {
  const TemporaryDirectory place;
  auto lock = KernelLock::try_acquire(place / "lock");
  ASSERT_TRUE(lock && *lock);
  const OtherProcess other([&] { return can_take(place / "lock"); });
  EXPECT_FALSE(other.succeeded());
}

TEST(KernelLock, is_released_by_the_kernel_when_its_holder_is_killed) {
  const TemporaryDirectory place;
  OtherProcess holder([&] {
    static auto lock = KernelLock::try_acquire(place / "lock");
    return lock && *lock;
  });
  ASSERT_TRUE(holder.succeeded());
  EXPECT_FALSE(can_take(place / "lock"));
  holder.kill();
  EXPECT_TRUE(can_take(place / "lock"));
}

TEST(KernelLock, is_not_inherited_by_programs_that_the_holder_starts) {
  const TemporaryDirectory place;
  {
    auto lock = KernelLock::try_acquire(place / "lock");
    ASSERT_TRUE(lock && *lock);
    ASSERT_TRUE(start_detached({"sh", "-c", "mkfifo end; read line < end"}, place.path()));
  }
  EXPECT_TRUE(can_take(place / "lock"));
  while (!std::filesystem::exists(place / "end")) ::usleep(1000);  // bounded by the time limit
  testing::write_file(place / "end", "\n");
}

TEST(KernelLock, moves_with_its_owner) {
  const TemporaryDirectory place;
  std::optional<KernelLock> kept;
  {
    auto lock = KernelLock::try_acquire(place / "lock");
    ASSERT_TRUE(lock && *lock);
    kept.emplace(std::move(**lock));
  }
  EXPECT_FALSE(can_take(place / "lock"));
  kept.reset();
  EXPECT_TRUE(can_take(place / "lock"));
}

TEST(KernelLock, tells_when_its_file_cannot_be_opened) {
  const TemporaryDirectory place;
  const auto lock = KernelLock::try_acquire(place / "missing/lock");
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().kind, ErrorKind::NotFound);
}

TEST(KernelLock, does_not_follow_a_link_that_somebody_put_in_its_place) {
  const TemporaryDirectory place;
  std::filesystem::create_symlink(place / "elsewhere", place / "lock");
  const auto lock = KernelLock::try_acquire(place / "lock");
  ASSERT_TRUE(lock && *lock);
  (*lock)->sign("text");
  EXPECT_EQ((*lock)->reach(), KernelLock::Reach::Nobody);
  EXPECT_FALSE(std::filesystem::exists(place / "elsewhere"));
}

TEST(KernelLock, excludes_nobody_where_a_directory_has_its_name) {
  const TemporaryDirectory place;
  std::filesystem::create_directory(place / "lock");
  const auto lock = KernelLock::try_acquire(place / "lock");
  ASSERT_TRUE(lock && *lock);
  EXPECT_FALSE((*lock)->excludes());
}

TEST(KernelLock, tells_whether_it_is_held_without_taking_it) {
  const TemporaryDirectory place;
  EXPECT_EQ(KernelLock::state(place / "lock"), KernelLock::State::Free);
  EXPECT_FALSE(std::filesystem::exists(place / "lock"));
  {
    const auto lock = KernelLock::try_acquire(place / "lock");
    EXPECT_EQ(KernelLock::state(place / "lock"), KernelLock::State::Held);
  }
  EXPECT_EQ(KernelLock::state(place / "lock"), KernelLock::State::Free);
  EXPECT_TRUE(can_take(place / "lock"));
}

TEST(KernelLock, keeps_the_word_of_its_last_holder) {
  const TemporaryDirectory place;
  for (const std::string text : {"a longer text\n", "short\n"}) {
    const auto lock = KernelLock::try_acquire(place / "lock");
    ASSERT_TRUE(lock && *lock);
    (*lock)->sign(text);
    EXPECT_EQ(testing::read_file(place / "lock"), text);
  }
}

}  // namespace
}  // namespace signalbox::os
