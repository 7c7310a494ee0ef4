#include "lock/publisher_lock.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lock/advertised_lock.h"
#include "lock/waiting.h"
#include "os/host.h"
#include "support/fake_clock.h"
#include "support/faulty_file_system.h"
#include "support/support.h"

namespace signalbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KilledAtUnlink final : public testing::FaultyFileSystem {
 public:
  Status unlink(const std::string&) override { ::_exit(0); }
};

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
                               const std::string& start,
                               const std::string& namespaces = os::process_namespaces()) {
    return std::to_string(pid) + "\n" + host + "\n" + boot + "\n" + start + "\npublish\nnow\n" +
           namespaces + "\n";
  }
  // As a waiter sees it that has no kernel lock to go by.
  Owner judged(LockWatch& watch) {
    const auto sight = look_at(fs, advertised);
    return sight ? watch.judge(*sight, LockWatch::Proof::None).owner : Owner::Gone;
  }
  Owner judged() {
    LockWatch watch(fs, clock);
    return judged(watch);
  }

  KilledAtUnlink killed_at_the_unlink;
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

TEST_F(PublisherLockTest, one_that_holds_the_only_kernel_lock_takes_any_lock_of_ours_at_once) {
  // This file system is a local one: no other machine can be at work here.
  testing::write_file(advertised, lock_text(1, "elsewhere", "boot", "5"));
  EXPECT_TRUE(acquire());
}

TEST_F(PublisherLockTest, a_lock_of_another_host_boot_or_namespace_cannot_be_judged_by_its_pid) {
  const std::string start = std::to_string(os::process_start_time(::getpid()).value());
  for (const int pid : {::getpid(), dead_pid()}) {
    testing::write_file(advertised, lock_text(pid, os::host_name(), "another boot", start));
    EXPECT_EQ(judged(), Owner::Unknown);
    testing::write_file(advertised,
                        lock_text(pid, os::host_name(), os::boot_id(), start, "pid:[1] time:[1]"));
    EXPECT_EQ(judged(), Owner::Unknown);
    testing::write_file(advertised, lock_text(pid, "elsewhere", "another boot", start));
    EXPECT_EQ(judged(), Owner::Unknown);
  }
}

TEST_F(PublisherLockTest, a_lock_that_cannot_be_asked_is_gone_when_it_stood_still_while_watched) {
  testing::write_file(advertised, lock_text(1, "elsewhere", "boot", "5"));
  LockWatch watch(fs, clock);
  EXPECT_EQ(judged(watch), Owner::Unknown);
  clock.sleep(watch_time - milliseconds{1});
  EXPECT_EQ(judged(watch), Owner::Unknown);
  clock.sleep(milliseconds{1});
  EXPECT_EQ(judged(watch), Owner::Gone);
}

TEST_F(PublisherLockTest, a_lock_that_is_touched_now_and_then_is_never_gone) {
  testing::write_file(advertised, lock_text(1, "elsewhere", "boot", "5"));
  LockWatch watch(fs, clock);
  EXPECT_EQ(judged(watch), Owner::Unknown);
  for (int touch = 0; touch < 100; ++touch) {
    clock.sleep(watch_time - milliseconds{1});
    make_old(advertised, seconds{1});  // another stamp each time
    EXPECT_EQ(judged(watch), Owner::Alive);
  }
}

TEST_F(PublisherLockTest, a_clock_that_is_set_an_hour_either_way_hastens_and_delays_nothing) {
  for (const seconds off : {seconds{3600}, seconds{-3600}}) {
    testing::write_file(advertised, lock_text(1, "elsewhere", "boot", "5"));
    LockWatch watch(fs, clock);
    EXPECT_EQ(judged(watch), Owner::Unknown);
    make_old(advertised, off);  // touched, by a clock that was set meanwhile
    EXPECT_EQ(judged(watch), Owner::Alive);
    clock.sleep(watch_time - milliseconds{1});
    EXPECT_EQ(judged(watch), Owner::Alive);
    clock.sleep(milliseconds{1});
    EXPECT_EQ(judged(watch), Owner::Gone);
  }
}

TEST_F(PublisherLockTest, a_living_owner_touches_its_lock) {
  LockWatch watch(fs, clock);
  const auto lock =
      AdvertisedLock::try_acquire(fs, advertised, format_lock("publish", clock.wall()), watch,
                                  {.touch_every = milliseconds{1}});
  ASSERT_TRUE(lock && lock->held());
  make_old(advertised, seconds{100});
  const auto old = look_at(fs, advertised);
  ASSERT_TRUE(old);
  while (is_same(*look_at(fs, advertised), *old)) ::usleep(1000);  // bounded by the time limit
}

TEST_F(PublisherLockTest, a_lock_of_a_script_in_its_place_is_not_touched) {
  LockWatch watch(fs, clock);
  const auto lock =
      AdvertisedLock::try_acquire(fs, advertised, format_lock("publish", clock.wall()), watch,
                                  {.touch_every = milliseconds{1}});
  ASSERT_TRUE(lock && lock->held());
  ASSERT_TRUE(fs.unlink(advertised));
  testing::write_file(advertised, "4711\n");
  make_old(advertised, seconds{100});
  const auto theirs = look_at(fs, advertised);
  ::usleep(20'000);  // long enough for a touch, were there one
  EXPECT_TRUE(is_same(*look_at(fs, advertised), *theirs));
}

TEST_F(PublisherLockTest, a_holder_whose_parent_has_not_waited_for_it_is_gone) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  const auto start = os::process_start_time(child);
  ASSERT_TRUE(start);
  testing::write_file(advertised,
                      lock_text(child, os::host_name(), os::boot_id(), std::to_string(*start)));
  EXPECT_EQ(judged(), Owner::Gone);
  ::waitpid(child, nullptr, 0);
}

TEST_F(PublisherLockTest, a_stamp_in_the_future_does_not_keep_a_dead_scripts_lock) {
  testing::write_file(advertised, std::to_string(dead_pid()) + "\n");
  make_old(advertised, seconds{-3600});
  EXPECT_EQ(judged(), Owner::Gone);
  testing::write_file(advertised, std::to_string(::getpid()) + "\n");
  make_old(advertised, seconds{-7200});
  EXPECT_EQ(judged(), Owner::Alive);
}

TEST_F(PublisherLockTest, what_cannot_be_deleted_is_worked_around_when_it_is_old) {
  ASSERT_TRUE(fs.make_directory(advertised));
  EXPECT_FALSE(acquire());
  make_old(advertised, seconds{301});
  EXPECT_TRUE(acquire());
  EXPECT_TRUE(os::is_directory(fs, advertised));
}

TEST_F(PublisherLockTest, a_symbolic_link_is_neither_followed_nor_kept_for_ever) {
  const std::string elsewhere = place / "elsewhere";
  testing::write_file(elsewhere, "mine");
  for (const std::string& target : {elsewhere, place / "nowhere"}) {
    ASSERT_EQ(::symlink(target.c_str(), advertised.c_str()), 0);
    EXPECT_FALSE(acquire());
    const std::array<timespec, 2> old{timespec{1'000'000, 0}, timespec{1'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, advertised.c_str(), old.data(), AT_SYMLINK_NOFOLLOW), 0);
    EXPECT_TRUE(acquire());
    EXPECT_EQ(testing::read_file(elsewhere), "mine");
    EXPECT_FALSE(os::exists(fs, place / "nowhere"));
    EXPECT_FALSE(os::exists(fs, advertised));
  }
}

TEST_F(PublisherLockTest, a_publisher_whose_kernel_lock_is_in_the_way_uses_the_file_alone) {
  ASSERT_TRUE(fs.make_directory(places().kernel()));
  const auto first = acquire();
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->excludes());
  EXPECT_FALSE(acquire());
}

TEST_F(PublisherLockTest, a_killed_takers_claim_stops_nobody) {
  testing::write_file(advertised, lock_text(dead_pid(), os::host_name(), os::boot_id(), "1"));
  const auto sight = look_at(fs, advertised);
  ASSERT_TRUE(sight);
  const pid_t taker = ::fork();
  if (taker == 0) {
    (void)take_away(killed_at_the_unlink, *sight);
    ::_exit(1);
  }
  int ended = 0;
  ::waitpid(taker, &ended, 0);
  ASSERT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
  EXPECT_EQ(take_away(fs, *sight), Removal::Overtaken);  // which clears the way
  EXPECT_EQ(take_away(fs, *sight), Removal::Done);
}

TEST_F(PublisherLockTest, who_has_waited_for_a_second_is_seen_and_the_dead_are_not) {
  const auto seen = [&] {
    LockWatch watch(fs, clock);
    return waiting_processes(fs, watch, place / "git/own").size();
  };
  {
    const WaitingMark mark(fs, clock, place / "git/own", "sync");
    EXPECT_EQ(seen(), 1U);
    testing::write_file(place / "git/own/waiting/1",
                        lock_text(dead_pid(), os::host_name(), os::boot_id(), "1"));
    EXPECT_EQ(seen(), 1U);
    const WaitingMark second(fs, clock, place / "git/own", "sync");
    EXPECT_EQ(fs.list(place / "git/own/waiting").value().size(), 2U);
  }
  EXPECT_THAT(fs.list(place / "git/own/waiting").value(), ::testing::IsEmpty());
}

TEST_F(PublisherLockTest, a_script_that_lives_keeps_us_out) {
  testing::write_file(advertised, std::to_string(::getpid()) + "\n");
  EXPECT_FALSE(acquire());
  make_old(advertised, seconds{301});
  EXPECT_FALSE(acquire());
}

TEST_F(PublisherLockTest, a_script_that_died_on_this_machine_is_passed_at_once) {
  testing::write_file(advertised, std::to_string(dead_pid()) + "\n");
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
        std::string("\0\xff", 2), std::string("99999999999999999999\n"), std::string("-1\n")}) {
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
  const auto taken = [&] {
    LockWatch watch(fs, clock);
    return AdvertisedLock::try_acquire(fs, path, "text", watch,
                                       {.take_over = AdvertisedLock::TakeOver::OnlyOurOwn})
        .value()
        .held();
  };
  testing::write_file(path, "");
  make_old(path, seconds{100'000});
  EXPECT_FALSE(taken());
  testing::write_file(path, lock_text(dead_pid(), os::host_name(), os::boot_id(), "1"));
  EXPECT_TRUE(taken());
}

}  // namespace
}  // namespace signalbox
