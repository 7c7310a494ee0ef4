#include "verify/journal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/support.h"

namespace signalbox {
namespace {

using testing::TemporaryDirectory;
using testing::write_file;

const std::string first = "20250817T060000123-0000-5f2c91ab-0123456789ab";
const std::string second = "20250817T060000123-0001-5f2c91ab-0123456789ab";
const std::string commit = "0123456789abcdef0123456789abcdef01234567";

Result<Journal> read(const TemporaryDirectory& place) {
  return Journal::read(os::real_file_system(), place.path());
}

TEST(PackedId, keeps_the_text_and_its_order) {
  std::vector<std::string> texts = {
      "19700101T000000000-0000-00000000-000000000000",
      "20250817T060000123-0000-5f2c91ab-0123456789ab",
      "20250817T060000123-0000-5f2c91ab-0123456789ac",
      "20250817T060000123-0000-5f2c91ac-000000000000",
      "20250817T060000123-0001-00000000-000000000000",
      "20250817T060000123-ffff-00000000-000000000000",
      "20250817T060000124-0000-00000000-000000000000",
      "99981231T235959999-ffff-ffffffff-ffffffffffff",
  };
  std::vector<PackedId> packed;
  for (const std::string& text : texts) {
    const auto id = PackedId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->unpacked().text(), text);
    packed.push_back(*id);
  }
  EXPECT_TRUE(std::ranges::is_sorted(packed));
  EXPECT_EQ(std::ranges::adjacent_find(packed), packed.end());
}

TEST(Journal, acknowledgements_of_all_writers_are_sorted_by_id) {
  const TemporaryDirectory place;
  write_file(place / "a", second + " weather running 77\n");
  write_file(place / "b", first + " tides completed\ntip " + commit + "\n");
  write_file(place / ".hidden", "not a journal\n");
  const auto journal = read(place);
  ASSERT_TRUE(journal) << describe(journal.error());
  ASSERT_EQ(journal->acknowledgements().size(), 2U);
  EXPECT_EQ(journal->name(journal->acknowledgements()[0].job), "tides");
  EXPECT_EQ(journal->acknowledgements()[0].run, 0U);
  EXPECT_EQ(journal->name(journal->acknowledgements()[1].status), "running");
  EXPECT_EQ(journal->acknowledgements()[1].run, digest_of_run("77"));
  EXPECT_EQ(journal->tips(), std::vector{commit});
  EXPECT_EQ(journal->writers(), 2U);
  EXPECT_EQ(journal->torn_lines(), 0U);
}

TEST(Journal, cut_off_at_any_byte_it_holds_the_lines_before_and_counts_the_torn_one) {
  const TemporaryDirectory place;
  const std::string one = first + " weather running\n";
  const std::string both = one + second + " tides completed 77\n";
  for (std::size_t length = 0; length <= both.size(); ++length) {
    write_file(place / "a", both.substr(0, length));
    const auto journal = read(place);
    ASSERT_TRUE(journal) << length;
    const std::size_t whole = length < one.size() ? 0 : length < both.size() ? 1 : 2;
    EXPECT_EQ(journal->acknowledgements().size(), whole) << length;
    const bool is_torn = length != 0 && length != one.size() && length != both.size();
    EXPECT_EQ(journal->torn_lines(), is_torn ? 1U : 0U) << length;
  }
}

TEST(Journal, a_line_that_says_something_else_is_named_with_its_number) {
  for (const std::string& line :
       {std::string("x"), first, first + " weather", first + " ../weather running",
        "tip " + commit.substr(1), std::string()}) {
    const TemporaryDirectory place;
    write_file(place / "a", first + " weather running\n" + line + "\n");
    const auto journal = read(place);
    ASSERT_FALSE(journal) << line;
    EXPECT_EQ(journal.error().kind, ErrorKind::InvalidInput);
    EXPECT_NE(journal.error().what.find("line 2"), std::string::npos) << journal.error().what;
  }
}

TEST(Journal, a_run_may_have_spaces_in_its_name) {
  const TemporaryDirectory place;
  write_file(place / "a", first + " weather running my run\n");
  const auto journal = read(place);
  ASSERT_TRUE(journal);
  EXPECT_EQ(journal->acknowledgements()[0].run, digest_of_run("my run"));
}

TEST(Journal, a_directory_that_is_not_there_is_wrong_usage) {
  const auto journal = Journal::read(os::real_file_system(), "/nowhere/at/all");
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace signalbox
