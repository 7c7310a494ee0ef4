#include "os/guarded_step.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

namespace signalbox::os {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

[[noreturn]] void stand_still() {
  for (;;) ::pause();
}

// Nobody waits for a child that was left behind; here it is gone soon.
void reap_the_killed() {
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
}

ino_t inode_of(int descriptor) {
  struct stat found{};
  return ::fstat(descriptor, &found) == 0 ? found.st_ino : 0;
}

void say(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

TEST(GuardedStep, a_step_that_ends_gives_its_exit_code) {
  const auto end = run_guarded(minutes{1}, minutes{1}, [](const Passed&) { return 7; });
  EXPECT_FALSE(end.has_passed);
  EXPECT_EQ(end.exit_code, 7);
}

TEST(GuardedStep, a_step_that_passed_and_ended_gives_its_exit_code) {
  const auto end = run_guarded(minutes{1}, minutes{1}, [](const Passed& passed) {
    passed();
    return 3;
  });
  EXPECT_TRUE(end.has_passed);
  EXPECT_EQ(end.exit_code, 3);
}

TEST(GuardedStep, a_step_that_stands_still_is_left_behind) {
  const auto end =
      run_guarded(milliseconds{50}, minutes{1}, [](const Passed&) -> int { stand_still(); });
  EXPECT_FALSE(end.has_passed);
  EXPECT_EQ(end.exit_code, std::nullopt);
  reap_the_killed();
}

TEST(GuardedStep, a_step_that_stands_still_after_it_passed_has_no_exit_code) {
  const auto end = run_guarded(minutes{1}, milliseconds{50}, [](const Passed& passed) -> int {
    passed();
    stand_still();
  });
  EXPECT_TRUE(end.has_passed);
  EXPECT_EQ(end.exit_code, std::nullopt);
  reap_the_killed();
}

TEST(GuardedStep, a_step_that_a_signal_ended_has_no_exit_code) {
  const auto before =
      run_guarded(minutes{1}, minutes{1}, [](const Passed&) -> int { return ::raise(SIGKILL); });
  EXPECT_FALSE(before.has_passed);
  EXPECT_EQ(before.exit_code, std::nullopt);
  const auto after = run_guarded(minutes{1}, minutes{1}, [](const Passed& passed) -> int {
    passed();
    return ::raise(SIGKILL);
  });
  EXPECT_TRUE(after.has_passed);
  EXPECT_EQ(after.exit_code, std::nullopt);
}

TEST(GuardedStep, a_caller_that_ignores_its_children_gets_the_exit_code) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const auto end = run_guarded(minutes{1}, minutes{1}, [](const Passed&) { return 7; });
  (void)std::signal(SIGCHLD, before);
  EXPECT_EQ(end.exit_code, 7);
}

TEST(GuardedStep, a_step_has_none_of_the_callers_files) {
  int others[2];
  ASSERT_EQ(::pipe(others), 0);
  const ino_t pipe_of_caller = inode_of(others[0]);
  ino_t callers[3];
  for (int number = 0; number < 3; ++number) callers[number] = inode_of(number);
  const auto end = run_guarded(minutes{1}, minutes{1}, [&](const Passed&) {
    int shared = 0;
    for (int number = 3; number < 100; ++number) {
      if (inode_of(number) == pipe_of_caller) shared += 10;
    }
    for (int number = 1; number < 3; ++number) {
      if (inode_of(number) == callers[number]) ++shared;
    }
    char byte = 0;
    return ::read(STDIN_FILENO, &byte, 1) == 0 ? shared : 20;
  });
  ::close(others[0]);
  ::close(others[1]);
  EXPECT_EQ(end.exit_code, 0);
}

TEST(GuardedStep, what_a_step_prints_is_printed) {
  const std::string long_text(300'000, 'x');
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto ended = run_guarded(minutes{1}, minutes{1}, [&](const Passed& passed) {
    say(STDOUT_FILENO, long_text);
    passed();
    say(STDERR_FILENO, "after");
    return 0;
  });
  const auto killed = run_guarded(minutes{1}, milliseconds{50}, [&](const Passed& passed) -> int {
    passed();
    say(STDERR_FILENO, " and late");
    stand_still();
  });
  EXPECT_EQ(testing::internal::GetCapturedStdout(), long_text);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "after and late");
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_TRUE(killed.has_passed);
  reap_the_killed();
}

}  // namespace
}  // namespace signalbox::os
