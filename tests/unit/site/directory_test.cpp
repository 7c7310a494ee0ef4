#include "site/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/support.h"

namespace signalbox::site {
namespace {

using testing::read_file;
using testing::TemporaryDirectory;
using ::testing::UnorderedElementsAre;
using testing::write_file;

Result<Directory> open(const std::string& path) {
  return Directory::open(os::real_file_system(), os::real_clock(), path);
}

TEST(SiteDirectory, writes_what_is_new_or_other) {
  const TemporaryDirectory place;
  {
    auto directory = open(place / "out");
    ASSERT_TRUE(directory);
    ASSERT_TRUE(directory->put({"index.html", "one"}));
    ASSERT_TRUE(directory->put({"data/job/a.js", "two"}));
    ASSERT_TRUE(directory->finish({{"change", 7}}));
    EXPECT_EQ(directory->figures().written, 2);
  }
  EXPECT_EQ(read_file(place / "out/data/job/a.js"), "two");
  auto directory = open(place / "out");
  EXPECT_EQ(directory->made_from(), (Json{{"change", 7}}));
  EXPECT_THAT(directory->paths(), UnorderedElementsAre("data/job/a.js", "index.html"));
  ASSERT_TRUE(directory->put({"index.html", "one"}));
  ASSERT_TRUE(directory->put({"data/job/a.js", "three"}));
  ASSERT_TRUE(directory->finish({{"change", 8}}));
  EXPECT_EQ(directory->figures().written, 1);
  EXPECT_EQ(directory->figures().unchanged, 1);
  EXPECT_EQ(read_file(place / "out/data/job/a.js"), "three");
}

TEST(SiteDirectory, removes_its_own_files_only) {
  const TemporaryDirectory place;
  auto directory = open(place.path());
  ASSERT_TRUE(directory->put({"badge/a.svg", "one"}));
  ASSERT_TRUE(directory->finish({}));
  write_file(place / "badge/mine.svg", "mine");
  ASSERT_TRUE(directory->remove("badge/mine.svg"));
  ASSERT_TRUE(directory->remove("badge/a.svg"));
  EXPECT_EQ(read_file(place / "badge/mine.svg"), "mine");
  EXPECT_FALSE(os::exists(os::real_file_system(), place / "badge/a.svg"));
  EXPECT_FALSE(directory->put({"badge/mine.svg", "ours"}) && directory->finish({}));
  EXPECT_EQ(read_file(place / "badge/mine.svg"), "mine");
}

TEST(SiteDirectory, of_other_people_is_refused) {
  const TemporaryDirectory place;
  write_file(place / "index.html", "mine");
  const auto directory = open(place.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().kind, ErrorKind::InvalidInput);
}

TEST(SiteDirectory, is_for_one_builder_at_a_time) {
  const TemporaryDirectory place;
  const auto first = open(place.path());
  ASSERT_TRUE(first);
  EXPECT_EQ(os::KernelLock::state(place / ".signalbox-site.lock"), os::KernelLock::State::Held);
}

TEST(SiteDirectory, writes_again_what_a_killed_build_had_begun) {
  const TemporaryDirectory place;
  {
    auto directory = open(place.path());
    ASSERT_TRUE(directory->put({"index.html", "one"}));
    ASSERT_TRUE(directory->finish({{"change", 1}}));
  }
  // Killed between the announcement and the end of a group, with a torn line.
  write_file(place / ".signalbox-site",
             read_file(place / ".signalbox-site") + "+ 0 index.html\n+ 0 data/job/b.js\n+ 12ab");
  write_file(place / "index.html", "two");
  auto directory = open(place.path());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->paths().size(), 2);
  ASSERT_TRUE(directory->put({"index.html", "one"}));
  ASSERT_TRUE(directory->remove("data/job/b.js"));
  ASSERT_TRUE(directory->finish({{"change", 2}}));
  EXPECT_EQ(read_file(place / "index.html"), "one");
  EXPECT_EQ(open(place.path()).error().kind, ErrorKind::Busy) << "while the other one lives";
}

TEST(SiteDirectory, believes_no_manifest_that_names_a_place_outside) {
  const TemporaryDirectory place;
  write_file(
      place / ".signalbox-site",
      "+ 1 ../victim\n+ 1 /etc/passwd\n+ 1 data/../../victim\n+ 1 CNAME2/x\n+ 1 index.html\n");
  const auto directory = open(place.path());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->paths(), std::vector<std::string>{"index.html"});
}

TEST(SiteDirectory, rewrites_a_manifest_that_has_grown) {
  const TemporaryDirectory place;
  for (int i = 0; i < 400; ++i) {
    auto directory = open(place.path());
    ASSERT_TRUE(directory->put({"index.html", std::to_string(i)}));
    ASSERT_TRUE(directory->finish({{"change", i}}));
  }
  EXPECT_LT(read_file(place / ".signalbox-site").size(), 1300UL * 40);
  EXPECT_EQ(open(place.path())->made_from(), (Json{{"change", 399}}));
}

}  // namespace
}  // namespace signalbox::site
