#include "spool/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/support.h"

namespace signalbox {
namespace {

using testing::FaultyFileSystem;
using testing::TemporaryDirectory;

constexpr UtcTime noon{std::chrono::seconds{1'700'000'000}};
const std::string one = "data/details/p/h/one.log";
const std::string two = "data/details/p/h/two.log";

std::vector<std::string> files_in(const TemporaryDirectory& place) {
  return os::real_file_system().list(place.path()).value();
}

TEST(Outbox, a_file_is_durable_before_it_is_acknowledged) {
  const TemporaryDirectory place;
  FaultyFileSystem fs;
  ASSERT_TRUE(Outbox(fs, place.path()).put(one, "text\n", noon));
  EXPECT_THAT(fs.verbs(), ::testing::ElementsAre("create", "write", "rename", "sync", "close",
                                                 "sync_directory"));
}

TEST(Outbox, a_failure_of_any_verb_is_an_error_and_leaves_nothing_behind) {
  for (int at = 0; at < 6; ++at) {
    const TemporaryDirectory place;
    FaultyFileSystem fs(at);
    EXPECT_FALSE(Outbox(fs, place.path()).put(one, "text\n", noon)) << at;
    EXPECT_TRUE(files_in(place).empty()) << at;
  }
}

TEST(Outbox, the_last_put_of_a_path_counts_also_when_the_clock_was_set_back) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  ASSERT_TRUE(outbox.put(one, "first", noon));
  ASSERT_TRUE(outbox.put(two, std::nullopt, noon));
  ASSERT_TRUE(outbox.put(one, "second\nwith\ta tab", noon - std::chrono::hours{1}));
  const auto pending = outbox.pending(10);
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->entries.size(), 2U);
  EXPECT_EQ(pending->entries[0].path, two);
  EXPECT_FALSE(pending->entries[0].bytes);
  EXPECT_EQ(pending->entries[1].path, one);
  EXPECT_EQ(pending->entries[1].bytes, "second\nwith\ta tab");
  EXPECT_EQ(files_in(place).size(), 2U);
  EXPECT_EQ(outbox.waiting(), 2U);
}

TEST(Outbox, retiring_leaves_what_was_put_since_it_was_read) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  ASSERT_TRUE(outbox.put(one, "first", noon));
  const auto read = outbox.pending(10)->entries.at(0);
  ASSERT_TRUE(outbox.put(one, "second", noon));
  ASSERT_TRUE(outbox.retire(read));
  const auto pending = outbox.pending(10);
  ASSERT_EQ(pending->entries.size(), 1U);
  EXPECT_EQ(pending->entries[0].bytes, "second");
  ASSERT_TRUE(outbox.retire(pending->entries[0]));
  ASSERT_TRUE(outbox.retire(pending->entries[0]));  // by another publisher
  EXPECT_TRUE(files_in(place).empty());
}

TEST(Outbox, retiring_takes_what_a_killed_writer_left_superseded) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  ASSERT_TRUE(outbox.put(one, "first", noon));
  ASSERT_TRUE(outbox.put(two, "x", noon));
  FaultyFileSystem fs(6);  // the unlink of what is superseded
  ASSERT_TRUE(Outbox(fs, place.path()).put(one, "second", noon));
  EXPECT_EQ(files_in(place).size(), 3U);
  const auto pending = outbox.pending(10);
  ASSERT_EQ(pending->entries.size(), 2U);
  for (const auto& entry : pending->entries) ASSERT_TRUE(outbox.retire(entry));
  EXPECT_TRUE(files_in(place).empty());
}

TEST(Outbox, a_torn_file_is_named_and_deleted_at_every_length) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  ASSERT_TRUE(outbox.put(one, "some text\n", noon));
  const std::string file = place / files_in(place).at(0);
  const std::string whole = testing::read_file(file);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    testing::write_file(file, whole.substr(0, length));
    const auto pending = outbox.pending(10);
    ASSERT_TRUE(pending);
    EXPECT_TRUE(pending->entries.empty()) << length;
    EXPECT_EQ(pending->notes.size(), 1U) << length;
    EXPECT_TRUE(files_in(place).empty()) << length;
  }
  std::string changed = whole;
  changed.back() = 'X';
  testing::write_file(file, changed);
  EXPECT_TRUE(outbox.pending(10)->entries.empty());
}

TEST(Outbox, what_was_refused_is_kept_aside) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  EXPECT_FALSE(outbox.refused(one));
  for (const char* text : {"first", "second"}) {
    ASSERT_TRUE(outbox.put(one, text, noon));
    ASSERT_TRUE(outbox.set_aside(outbox.pending(10)->entries.at(0)));
    EXPECT_EQ(outbox.waiting(), 0U);
    ASSERT_TRUE(outbox.refused(one));
    EXPECT_EQ(outbox.refused(one)->bytes, text);
  }
}

TEST(Outbox, takes_only_paths_of_its_own) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  for (const char* path :
       {"", "data/details/", "data/details/../status/a.json", "data/details/.git/x",
        "data/details//x", "data/details/x/", "/data/details/x", "data/status/a.json",
        "data/details/a b", "data/details/a\nb"}) {
    EXPECT_FALSE(outbox.put(path, "x", noon)) << path;
  }
  EXPECT_FALSE(outbox.put("data/details/" + std::string(400, 'a'), "x", noon));
}

TEST(Outbox, is_bounded) {
  const TemporaryDirectory place;
  Outbox outbox(os::real_file_system(), place.path());
  EXPECT_EQ(outbox.put(one, std::string(outbox_file_limit + 1, 'x'), noon).error().kind,
            ErrorKind::TooLarge);
  const std::string large(outbox_file_limit, 'x');
  std::size_t taken = 0;
  while (outbox.put("data/details/p/h/" + std::to_string(taken) + ".log", large, noon)) ++taken;
  EXPECT_EQ(taken, outbox_bytes_limit / outbox_file_limit - 1);
  EXPECT_TRUE(outbox.put("data/details/p/h/0.log", "small", noon));
  const auto batch = outbox.pending(100);
  EXPECT_LT(batch->entries.size(), 12U);
  EXPECT_EQ(batch->waiting, taken);
}

}  // namespace
}  // namespace signalbox
