#include "lock/publisher_lock.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "lock/advertised_lock.h"
#include "os/host.h"
#include "support/fake_clock.h"
#include "support/support.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PublisherLockTest : public ::testing::Test {
 protected:
  PublisherLockTest() { std::ignore = os::make_directories(fs, place / "git/own"); }

  Result<PublisherLock> acquire(milliseconds patience = milliseconds{0}) {
    return PublisherLock::acquire(fs, clock, places(), "publish", patience);
  }
  PublisherLock::Places places() {
    return {.git_directory = place / "git",
            .own_directory = place / "git/own",
            .worktree = place.path()};
  }
  // Gives a file an age by the file system's own clock.
  static void make_old(const std::string& path, seconds age) {
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    const timespec old{found.st_mtim.tv_sec - age.count(), 0};
    const std::array<timespec, 2> times{old, old};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  }
  static std::string lock_text(int pid, const std::string& host, const std::string& boot,
                               const std::string& start) {
    return std::to_string(pid) + "\n" + host + "\n" + boot + "\n" + start + "\npublish\nnow\n";
  }

  testing::TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  testing::FakeClock clock;
  std::string advertised = place / "git/dashboard_sync.lock";
};

// A PID that no process has: of a child that has ended and was reaped.
int dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST_F(PublisherLockTest, advertises_its_holder_and_cleans_up) {
  {
    const auto lock = acquire();
    ASSERT_TRUE(lock);
    EXPECT_TRUE(lock->excludes());
    EXPECT_FALSE(lock->removed());
    const auto holder = lock_holder(fs, places());
    ASSERT_TRUE(holder);
    EXPECT_EQ(holder->pid, ::getpid());
    EXPECT_EQ(holder->host, os::host_name());
    EXPECT_EQ(holder->operation, "publish");
    EXPECT_TRUE(holder->alive);
  }
  EXPECT_FALSE(lock_holder(fs, places()));
  EXPECT_THAT(fs.list(place / "git").value(), ::testing::ElementsAre("own"));
}

TEST_F(PublisherLockTest, a_second_one_waits_its_patience_and_names_the_holder) {
  const auto first = acquire();
  ASSERT_TRUE(first);
  const auto second = acquire(seconds{30});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::Busy);
  EXPECT_NE(second.error().what.find(std::to_string(::getpid())), std::string::npos);
  EXPECT_GE(clock.monotonic(), seconds{30});
}

TEST_F(PublisherLockTest, a_holder_killed_with_9_leaves_nothing_that_stops_the_next) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = acquire();
    if (!lock || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(acquire());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(os::exists(fs, advertised));
  const auto next = acquire();
  ASSERT_TRUE(next && next->removed());
  EXPECT_EQ(next->removed()->pid, child);
  EXPECT_EQ(next->removed()->operation, "publish");
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(PublisherLockTest, a_process_that_got_the_old_ones_pid_is_not_the_owner) {
  testing::write_file(advertised, lock_text(::getpid(), os::host_name(), os::boot_id(), "1"));
  EXPECT_TRUE(acquire());
}

TEST_F(PublisherLockTest, a_lock_of_this_process_is_alive) {
  testing::write_file(advertised,
                      lock_text(::getpid(), os::host_name(), os::boot_id(),
                                std::to_string(os::process_start_time(::getpid()).value())));
  make_old(advertised, seconds{100'000});
  EXPECT_FALSE(acquire());
}

TEST_F(PublisherLockTest, another_hosts_lock_is_left_alone_until_it_is_old) {
  testing::write_file(advertised, lock_text(1, "elsewhere", "boot", "5"));
  EXPECT_FALSE(acquire());
  make_old(advertised, seconds{301});
  EXPECT_TRUE(acquire());
}

TEST_F(PublisherLockTest, a_script_that_lives_keeps_us_out) {
  testing::write_file(advertised, std::to_string(::getpid()) + "\n");
  EXPECT_FALSE(acquire());
  make_old(advertised, seconds{301});
  EXPECT_FALSE(acquire());
}

TEST_F(PublisherLockTest, a_script_that_died_keeps_us_out_until_its_lock_is_old) {
  testing::write_file(advertised, std::to_string(dead_pid()) + "\n");
  EXPECT_FALSE(acquire());
  make_old(advertised, seconds{301});
  EXPECT_TRUE(acquire());
}

TEST_F(PublisherLockTest, the_predecessors_other_locks_keep_us_out) {
  clock.sleep(std::chrono::floor<milliseconds>(std::chrono::system_clock::now() - clock.wall()));
  testing::write_file(place / "git/status_update.lock", std::to_string(::getpid()));
  EXPECT_FALSE(acquire());
  ASSERT_TRUE(fs.unlink(place / "git/status_update.lock"));
  ASSERT_TRUE(fs.make_directory(place / ".git_sync_lock"));
  EXPECT_FALSE(acquire());
  make_old(place / ".git_sync_lock", seconds{301});
  EXPECT_TRUE(acquire());
}

TEST_F(PublisherLockTest, a_shell_with_noclobber_cannot_take_it_from_us) {
  const auto lock = acquire();
  ASSERT_TRUE(lock);
  EXPECT_LT(::open(advertised.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0666), 0);
}

TEST_F(PublisherLockTest, a_script_that_deletes_our_lock_and_takes_it_keeps_its_own) {
  {
    const auto lock = acquire();
    ASSERT_TRUE(lock);
    ASSERT_TRUE(fs.unlink(advertised));
    testing::write_file(advertised, "4711\n");
  }
  EXPECT_EQ(testing::read_file(advertised), "4711\n");
}

TEST_F(PublisherLockTest, garbage_is_a_lock_until_it_is_old) {
  for (const std::string& bytes :
       {std::string(), std::string("not a pid"), std::string(100'000, 'x'),
        std::string("\0\xff", 2), std::string("99999999999999999999\n")}) {
    testing::write_file(advertised, bytes);
    EXPECT_FALSE(acquire());
    make_old(advertised, seconds{301});
    EXPECT_TRUE(acquire());
  }
  ASSERT_EQ(::mkfifo(advertised.c_str(), 0600), 0);
  EXPECT_FALSE(acquire());  // and does not hang
}

TEST_F(PublisherLockTest, the_index_lock_of_git_is_never_taken_over) {
  const std::string path = place / "git/index.lock";
  testing::write_file(path, "");
  make_old(path, seconds{100'000});
  EXPECT_EQ(advertise(fs, path, "text", TakeOver::OnlyOurOwn).value(), Advertised::Taken);
  testing::write_file(path, lock_text(dead_pid(), os::host_name(), os::boot_id(), "1"));
  EXPECT_EQ(advertise(fs, path, "text", TakeOver::OnlyOurOwn).value(), Advertised::Ours);
}

}  // namespace
}  // namespace signalbox
