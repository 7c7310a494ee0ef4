#include "spool/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/support.h"

namespace signalbox {
namespace {

using testing::FaultyFileSystem;
using testing::TemporaryDirectory;

Event event_number(int number) {
  Event event{.id = EventId({.time = UtcTime{std::chrono::seconds{1'700'000'000 + number}}}),
              .job = JobName::parse("job").value(),
              .status = "running",
              .time = UtcTime{std::chrono::seconds{1'700'000'000}}};
  event.message = "number " + std::to_string(number);
  return event;
}

TEST(Spool, an_event_is_named_synced_and_its_directory_synced_before_it_is_acknowledged) {
  const TemporaryDirectory place;
  FaultyFileSystem fs;
  Spool spool(fs, place.path());
  ASSERT_TRUE(spool.append(event_number(1)));
  EXPECT_THAT(fs.verbs(), ::testing::ElementsAre("create", "write", "rename", "sync", "close",
                                                 "sync_directory"));
}

TEST(Spool, a_failure_of_any_verb_is_an_error_and_leaves_nothing_behind) {
  for (int at = 0; at < 6; ++at) {
    const TemporaryDirectory place;
    FaultyFileSystem fs(at);
    Spool spool(fs, place.path());
    EXPECT_FALSE(spool.append(event_number(1))) << at;
    const auto pending = spool.pending(10);
    ASSERT_TRUE(pending);
    EXPECT_TRUE(pending->events.empty() && pending->damaged.empty()) << at;
    EXPECT_TRUE(os::real_file_system().list(place.path())->empty()) << at;
    EXPECT_TRUE(spool.append(event_number(1))) << at;  // the next one goes through
    EXPECT_EQ(spool.pending(10)->events.size(), 1U);
  }
}

TEST(Spool, the_first_event_makes_the_directory_and_syncs_every_level) {
  const TemporaryDirectory place;
  FaultyFileSystem fs;
  Spool spool(fs, place / "a/b/spool");
  ASSERT_TRUE(spool.append(event_number(1)));
  EXPECT_EQ(std::ranges::count(fs.verbs(), "sync_directory"), 4);
}

TEST(Spool, pending_is_sorted_limited_and_says_how_many_wait) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  for (const int number : {3, 1, 2}) ASSERT_TRUE(spool.append(event_number(number)));
  const auto pending = spool.pending(2);
  ASSERT_TRUE(pending);
  EXPECT_EQ(pending->events, (std::vector{event_number(1), event_number(2)}));
  EXPECT_EQ(pending->waiting, 3U);
}

TEST(Spool, one_that_does_not_exist_is_empty) {
  const TemporaryDirectory place;
  const Spool spool(os::real_file_system(), place / "none");
  EXPECT_EQ(spool.pending(10)->waiting, 0U);
}

TEST(Spool, the_same_event_twice_is_once_and_retiring_twice_is_fine) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  ASSERT_TRUE(spool.append(event_number(1)));
  ASSERT_TRUE(spool.append(event_number(1)));
  EXPECT_EQ(spool.pending(10)->waiting, 1U);
  const std::vector ids{event_number(1).id};
  EXPECT_TRUE(spool.retire(ids));
  EXPECT_TRUE(spool.retire(ids));
  EXPECT_EQ(spool.pending(10)->waiting, 0U);
}

TEST(Spool, a_file_cut_at_any_length_is_damaged_and_never_an_event) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  ASSERT_TRUE(spool.append(event_number(1)));
  const std::string path = spool.path_of(event_number(1).id);
  const std::string whole = testing::read_file(path);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    testing::write_file(path, whole.substr(0, length));
    const auto pending = spool.pending(10);
    ASSERT_TRUE(pending);
    EXPECT_TRUE(pending->events.empty()) << length;
    EXPECT_EQ(pending->damaged.size(), 1U) << length;
    EXPECT_FALSE(os::exists(os::real_file_system(), path)) << "set aside, not read again";
  }
}

TEST(Spool, a_file_under_another_events_name_is_damaged) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  ASSERT_TRUE(spool.append(event_number(1)));
  ASSERT_TRUE(os::real_file_system().rename(spool.path_of(event_number(1).id),
                                            spool.path_of(event_number(2).id)));
  EXPECT_EQ(spool.pending(10)->damaged.size(), 1U);
}

TEST(Spool, an_event_that_is_too_large_is_refused) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  Event event = event_number(1);
  event.extra["x"] = std::string(2U << 20U, 'x');
  const auto appended = spool.append(event);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind, ErrorKind::TooLarge);
}

TEST(Spool, what_cannot_be_read_back_is_not_acknowledged) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  Event event = event_number(1);
  Json deep = 1;
  for (int level = 0; level < 2 * max_json_depth; ++level) deep = Json::array({deep});
  event.extra["deep"] = deep;
  ASSERT_FALSE(spool.append(event));
  EXPECT_EQ(spool.pending(10)->waiting, 0U);
}

TEST(Spool, a_file_that_cannot_be_read_stays_and_is_not_counted) {
  const TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  Spool spool(fs, place.path());
  ASSERT_TRUE(spool.append(event_number(2)));
  ASSERT_TRUE(fs.make_directory(spool.path_of(event_number(1).id)));
  const auto pending = spool.pending(10);
  ASSERT_TRUE(pending);
  EXPECT_EQ(pending->events.size(), 1U);
  EXPECT_EQ(pending->waiting, 1U);
  EXPECT_EQ(pending->unreadable.size(), 1U);
  EXPECT_TRUE(os::exists(fs, spool.path_of(event_number(1).id)));
}

TEST(Spool, an_event_set_aside_waits_no_more_and_is_kept) {
  const TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  Spool spool(fs, place.path());
  ASSERT_TRUE(spool.append(event_number(1)));
  ASSERT_TRUE(spool.set_aside(event_number(1).id));
  EXPECT_EQ(spool.pending(10)->waiting, 0U);
  EXPECT_EQ(fs.list(spool.refused_directory())->size(), 1U);
}

TEST(Spool, all_that_waits_is_read_when_it_is_asked_for) {
  const TemporaryDirectory place;
  Spool spool(os::real_file_system(), place.path());
  for (int number = 0; number < 40; ++number) {
    Event event = event_number(number);
    event.config["big"] = std::string(900'000, 'x');
    ASSERT_TRUE(spool.append(event));
  }
  EXPECT_LT(spool.pending(100)->events.size(), 40U);
  EXPECT_EQ(spool.pending(100, std::string::npos)->events.size(), 40U);
}

}  // namespace
}  // namespace signalbox
