#include "intake/ahead.h"

#include <gtest/gtest.h>

#include "support/support.h"

namespace signalbox {
namespace {

using std::chrono::hours;
using testing::TemporaryDirectory;

constexpr UtcTime now{std::chrono::seconds{1'800'000'000}};

EventId id_at(UtcTime time) {
  return EventId({.time = time});
}

TEST(Ahead, only_jobs_ahead_of_the_clock_are_noted_and_only_until_it_has_caught_up) {
  const TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  const JobName fast = JobName::parse("fast").value();
  const JobName usual = JobName::parse("usual").value();
  ASSERT_TRUE(note_ahead(fs, place.path(), {{usual, id_at(now - hours{1})}}, now));
  EXPECT_TRUE(fs.list(place.path())->empty());
  ASSERT_TRUE(note_ahead(fs, place.path(),
                         {{usual, id_at(now - hours{1})}, {fast, id_at(now + hours{9})}}, now));
  EXPECT_EQ(newest_ahead(fs, place.path(), fast), id_at(now + hours{9}));
  EXPECT_TRUE(newest_ahead(fs, place.path(), usual).empty());
  ASSERT_TRUE(note_ahead(fs, place.path(), {{fast, id_at(now + hours{2})}}, now));
  EXPECT_EQ(newest_ahead(fs, place.path(), fast), id_at(now + hours{9}));
  ASSERT_TRUE(note_ahead(fs, place.path(), {}, now + hours{10}));
  EXPECT_TRUE(fs.list(place.path())->empty());
}

TEST(Ahead, a_damaged_note_says_nothing) {
  const TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  ASSERT_TRUE(os::replace_file(fs, place / "ahead", "\0\xff nonsense\n\n20250817T06 job\n"));
  EXPECT_TRUE(newest_ahead(fs, place.path(), JobName::parse("job").value()).empty());
}

}  // namespace
}  // namespace signalbox
