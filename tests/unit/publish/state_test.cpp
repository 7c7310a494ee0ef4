#include "publish/state.h"

#include <gtest/gtest.h>

#include "support/support.h"

namespace signalbox {
namespace {

using std::chrono::seconds;

constexpr UtcTime start{seconds{1'800'000'000}};

TEST(PushBudget, the_first_push_goes_at_once) {
  EXPECT_EQ(next_push({}, 6, false, start), start);
}

TEST(PushBudget, progress_is_evenly_spaced_and_an_end_goes_at_once) {
  PublishState state;
  note_push(state, start);
  EXPECT_EQ(next_push(state, 6, false, start + seconds{1}), start + seconds{10});
  EXPECT_EQ(next_push(state, 6, true, start + seconds{1}), start + seconds{1});
}

TEST(PushBudget, even_ends_wait_when_a_minute_is_used_up) {
  PublishState state;
  for (int push = 0; push < 6; ++push) note_push(state, start + seconds{push});
  EXPECT_EQ(next_push(state, 6, true, start + seconds{10}), start + seconds{60});
  EXPECT_EQ(next_push(state, 6, true, start + seconds{60}), start + seconds{60});
}

TEST(PushBudget, a_clock_that_was_set_back_does_not_stop_it) {
  PublishState state;
  note_push(state, start + seconds{100'000});
  EXPECT_EQ(next_push(state, 6, false, start), start);
}

TEST(RetryDelay, grows_and_is_bounded) {
  for (const ErrorKind kind :
       {ErrorKind::Unreachable, ErrorKind::Refused, ErrorKind::RateLimited}) {
    EXPECT_LT(retry_delay(kind, 1), retry_delay(kind, 3));
    EXPECT_LE(retry_delay(kind, 1'000'000), seconds{600});
  }
}

TEST(RetryDelay, a_hold_from_a_clock_that_was_ahead_is_not_believed) {
  PublishState state;
  EXPECT_EQ(hold_until(state, start), start);
  state.not_before = start + seconds{20};
  EXPECT_EQ(hold_until(state, start), start + seconds{20});
  state.not_before = start + std::chrono::hours{9000};
  EXPECT_EQ(hold_until(state, start), start);
}

TEST(PublishState, is_written_and_read_back_and_garbage_is_an_empty_one) {
  const testing::TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  PublishState state{.pushes = {start},
                     .last_publish = start,
                     .last_error = "error: \"x\"",
                     .last_error_time = start,
                     .not_before = start,
                     .failures = 3,
                     .checkout_obstacle = "o",
                     .clean_status_tree = "t",
                     .thinned_through = "2025/08/17",
                     .compacted = start,
                     .collected = start,
                     .collection_error = "c"};
  ASSERT_TRUE(write_state(fs, place.path(), state));
  EXPECT_EQ(read_state(fs, place.path()), state);
  for (const char* text : {"", "[]", "{\"pushes\":[1,\"x\"],\"failures\":\"many\"}", "{"}) {
    testing::write_file(place / "state.json", text);
    EXPECT_EQ(read_state(fs, place.path()), PublishState{}) << text;
  }
}

}  // namespace
}  // namespace signalbox
