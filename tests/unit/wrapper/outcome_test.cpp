#include "wrapper/outcome.h"

#include <gtest/gtest.h>

#include <csignal>

namespace signalbox {
namespace {

constexpr int exited(int code) {
  return code << 8;
}

std::string status_of(const EndingRun& run) {
  return outcome_of(run).status;
}

TEST(Outcome, of_an_exit_status) {
  EXPECT_EQ(status_of({.wait_status = exited(0)}), "completed");
  EXPECT_EQ(status_of({.wait_status = exited(0), .signals = {SIGTERM}}), "completed");
  EXPECT_EQ(status_of({.wait_status = exited(1)}), "failed");
  EXPECT_EQ(outcome_of({.wait_status = exited(3)}).message, "exit code 3");
  EXPECT_EQ(status_of({.wait_status = exited(1), .signals = {SIGTERM}}), "cancelled");
  EXPECT_EQ(status_of({.wait_status = exited(1), .signals = {SIGUSR1}}), "failed");
  EXPECT_EQ(status_of({.wait_status = exited(128 + SIGTERM)}), "cancelled");
  EXPECT_EQ(status_of({.wait_status = exited(128 + SIGSEGV)}), "failed");
}

TEST(Outcome, of_a_signal) {
  EXPECT_EQ(status_of({.wait_status = SIGTERM}), "cancelled");
  EXPECT_EQ(status_of({.wait_status = SIGKILL}), "failed");
  EXPECT_EQ(outcome_of({.wait_status = SIGSEGV}).message, "killed by SIGSEGV");
}

TEST(Outcome, at_the_time_limit) {
  EXPECT_EQ(status_of({.wait_status = SIGTERM, .time_is_over = true}), "timeout");
  EXPECT_EQ(status_of({.wait_status = SIGKILL, .time_is_over = true}), "timeout");
  EXPECT_EQ(status_of({.wait_status = exited(1), .time_is_over = true}), "failed");
  EXPECT_EQ(status_of({.wait_status = exited(1), .signals = {SIGUSR1}, .was_warned = true}),
            "timeout");
}

}  // namespace
}  // namespace signalbox
