#include "os/guarded_step.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace signalbox::os {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

[[noreturn]] void stand_still() {
  for (;;) ::pause();
}

TEST(GuardedStep, a_step_that_ends_gives_its_exit_code) {
  EXPECT_EQ(run_guarded(minutes{1}, minutes{1}, [](const Passed&) { return 7; }), 7);
}

TEST(GuardedStep, a_step_that_passed_and_ended_gives_its_exit_code) {
  EXPECT_EQ(run_guarded(minutes{1}, minutes{1},
                        [](const Passed& passed) {
                          passed();
                          return 3;
                        }),
            3);
}

TEST(GuardedStep, a_step_that_stands_still_is_left_behind) {
  EXPECT_EQ(run_guarded(milliseconds{50}, minutes{1}, [](const Passed&) -> int { stand_still(); }),
            std::nullopt);
}

TEST(GuardedStep, a_step_that_stands_still_after_it_passed_has_done_its_work) {
  EXPECT_EQ(run_guarded(minutes{1}, milliseconds{50},
                        [](const Passed& passed) -> int {
                          passed();
                          stand_still();
                        }),
            0);
}

TEST(GuardedStep, a_step_that_a_signal_ended_gives_128_and_the_signal) {
  EXPECT_EQ(
      run_guarded(minutes{1}, minutes{1}, [](const Passed&) -> int { return ::raise(SIGKILL); }),
      128 + SIGKILL);
}

}  // namespace
}  // namespace signalbox::os
