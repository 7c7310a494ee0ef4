#include "clone/clone.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "clone/settings.h"
#include "clone/target.h"
#include "support/support.h"

namespace signalbox {
namespace {

using testing::git;
using testing::TemporaryDirectory;

class CloneTest : public ::testing::Test {
 protected:
  CloneTest() { git(place.path(), {"init", "-q", "work"}); }
  TemporaryDirectory place;
  os::FileSystem& fs = os::real_file_system();
  std::string work = absolute_path(place / "work");
};

TEST_F(CloneTest, is_found_from_its_top_from_inside_and_from_its_git_directory) {
  ASSERT_TRUE(os::make_directories(fs, work + "/a/b"));
  for (const std::string& path : {work, work + "/a/b", work + "/.git", work + "/a/../a"}) {
    const auto clone = find_clone(fs, path);
    ASSERT_TRUE(clone) << path;
    EXPECT_EQ(clone->worktree, work);
    EXPECT_EQ(clone->git_directory, work + "/.git");
    EXPECT_EQ(clone->common_directory, work + "/.git");
    EXPECT_EQ(head_branch(fs, *clone), "main");
  }
}

TEST_F(CloneTest, a_bare_one_has_no_worktree) {
  git(place.path(), {"init", "-q", "--bare", "bare.git"});
  const auto clone = find_clone(fs, place / "bare.git");
  ASSERT_TRUE(clone);
  EXPECT_EQ(clone->worktree, "");
  EXPECT_EQ(clone->common_directory, absolute_path(place / "bare.git"));
}

TEST_F(CloneTest, a_linked_worktree_shares_the_common_directory) {
  git(work, {"commit", "-q", "--allow-empty", "-m", "x"});
  git(work, {"worktree", "add", "-q", "../linked"});
  const auto clone = find_clone(fs, place / "linked");
  ASSERT_TRUE(clone);
  EXPECT_EQ(clone->common_directory, work + "/.git");
  EXPECT_EQ(clone->git_directory, work + "/.git/worktrees/linked");
  EXPECT_EQ(head_branch(fs, *clone), "linked");
}

TEST_F(CloneTest, what_is_not_there_is_told) {
  EXPECT_EQ(find_clone(fs, place.path()).error().kind, ErrorKind::NotFound);
  testing::write_file(place / "broken/.git", "gitdir: /nowhere\n");
  EXPECT_EQ(find_clone(fs, place / "broken").error().kind, ErrorKind::Corrupt);
  testing::write_file(place / "broken/.git", "garbage");
  EXPECT_EQ(find_clone(fs, place / "broken").error().kind, ErrorKind::Corrupt);
}

TEST_F(CloneTest, a_detached_head_names_no_branch) {
  git(work, {"commit", "-q", "--allow-empty", "-m", "x"});
  git(work, {"checkout", "-q", "--detach"});
  EXPECT_FALSE(head_branch(fs, find_clone(fs, work).value()));
}

TEST_F(CloneTest, the_target_is_remembered_and_a_hostile_memory_refused) {
  const Clone clone = find_clone(fs, work).value();
  EXPECT_FALSE(cached_target(fs, clone));
  const Target target{.remote = "origin", .branch = "feature/x"};
  ASSERT_TRUE(cache_target(fs, clone, target));
  EXPECT_EQ(cached_target(fs, clone), target);
  for (const char* text : {"", "origin\n", "--x\nmain\n", "origin\n-b\n", "origin\na..b\n",
                           "a\nb\nc\n", "origin\nmain", "origin\nm"}) {
    testing::write_file(clone.own_directory() + "/branch", text);
    EXPECT_FALSE(cached_target(fs, clone)) << text;
  }
}

TEST(RefName, follows_git_check_ref_format) {
  for (const char* name : {"main", "feature/x", "a.b", "origin"}) {
    EXPECT_TRUE(check_ref_name(name, "branch")) << name;
  }
  for (const char* name : {"",         "-x", "a..b", "a b", "a~1",  "a^",   "a:b",  "a?",
                           "a*",       "a[", "a\\b", "/a",  "a/",   "a//b", "a.",   "a.lock",
                           "a.lock/b", ".a", "a/.b", "@",   "a@{b", "a\nb", "a\x7f"}) {
    EXPECT_FALSE(check_ref_name(name, "branch")) << name;
  }
}

TEST(Settings, the_template_is_valid_and_changes_nothing) {
  const auto settings = parse_settings(settings_template());
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->pushes_per_minute, 6);
  EXPECT_EQ(settings->branch, "");
}

TEST(Settings, values_are_taken_and_bad_ones_named) {
  const auto good =
      parse_settings("[publish]\nbranch = \"b\"\npushes_per_minute = 60\nfuture = 1\n");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->branch, "b");
  EXPECT_EQ(good->pushes_per_minute, 60);
  const auto bad = parse_settings("[publish]\npush_timeout = 0\n");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().what.find("publish.push_timeout"), std::string::npos);
  EXPECT_NE(parse_settings("\n[").error().what.find("line 2"), std::string::npos);
}

TEST(Settings, bytes_that_are_no_text_are_refused) {
  EXPECT_FALSE(parse_settings(std::string_view("[\0\0\0]x", 6)));
  EXPECT_FALSE(parse_settings("a = \"\xff\""));
  EXPECT_FALSE(parse_settings("a = \"b\"  \u0451 = 1"));
  EXPECT_FALSE(parse_settings("a=-6:\"r\u0189r"));
}

TEST(Settings, other_scripts_are_welcome_in_strings_and_comments) {
  const auto settings =
      parse_settings("# \u0451 isn't \"odd\"\n[publish]\nbranch = \"\\\"\u0451\" # \u0451");
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(settings->branch, "\"\u0451");
}

TEST(Settings, a_byte_order_mark_is_no_content) {
  const auto settings = parse_settings("\xEF\xBB\xBF[publish]\npushes_per_minute = 9\n");
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(settings->pushes_per_minute, 9);
}

TEST(Settings, an_error_names_the_file_it_is_in) {
  EXPECT_NE(parse_settings("[").error().what.find("signalbox.toml"), std::string::npos);
  EXPECT_NE(parse_user_config("[").error().what.find("config.toml"), std::string::npos);
}

TEST(Settings, say_what_is_expected_of_a_job) {
  const auto settings = parse_settings(
      "[alerts]\nlong_running_seconds = 600\ncpu_percent = 95\nmemory_mb = 1.5\n"
      "[jobs.weather]\nschedule = \"30 6 * * *\"\ntimezone = \"Europe/Berlin\"\n"
      "grace = \"10m\"\n[jobs.\"a.b\"]\nlong_running = \"1d\"\n");
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(settings->long_running, std::chrono::seconds{600});
  EXPECT_EQ(settings->cpu_percent, 95);
  EXPECT_EQ(settings->memory_mb, 1.5);
  ASSERT_EQ(settings->jobs.size(), 2);
  const JobSettings& weather = settings->jobs.at(*JobName::parse("weather"));
  EXPECT_TRUE(weather.schedule);
  EXPECT_EQ(weather.timezone, "Europe/Berlin");
  EXPECT_EQ(weather.timezone_line, 7);
  EXPECT_EQ(weather.grace, std::chrono::minutes{10});
  EXPECT_EQ(settings->jobs.at(*JobName::parse("a.b")).long_running, std::chrono::hours{24});
}

TEST(Settings, name_line_and_key_of_a_wrong_expectation) {
  const auto complaint = [](const std::string& toml) {
    const auto settings = parse_settings(toml);
    return settings ? std::string() : settings.error().what;
  };
  EXPECT_EQ(complaint("[jobs.a]\n\nschedule = \"61 * * * *\""),
            "signalbox.toml, line 3: jobs.a.schedule cannot be used: the cron expression "
            "'61 * * * *' has a wrong minute, '61'");
  EXPECT_EQ(complaint("[jobs.a]\ntimezone = \"../x\""),
            "signalbox.toml, line 2: jobs.a.timezone is no time zone's name as \"Europe/Berlin\"");
  EXPECT_NE(complaint("[jobs.a]\ngrace = 30").find("line 2: jobs.a.grace is no duration"),
            std::string::npos);
  EXPECT_NE(complaint("[jobs.\"a/b\"]\n").find("names no job"), std::string::npos);
  EXPECT_NE(complaint("[jobs]\na = 1\n").find("jobs.a is no table"), std::string::npos);
  EXPECT_NE(complaint("jobs = 1\n").find("jobs is no table"), std::string::npos);
  EXPECT_NE(complaint("[alerts]\ncpu_percent = 0\n").find("not a number above 0"),
            std::string::npos);
}

}  // namespace
}  // namespace signalbox
