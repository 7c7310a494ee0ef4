#include "os/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <filesystem>

#include "support/support.h"

namespace signalbox::os {
namespace {

using testing::read_file;
using testing::TemporaryDirectory;
using testing::write_file;

class FileSystemTest : public ::testing::Test {
 protected:
  FileSystem& fs = real_file_system();
  TemporaryDirectory place;

  template <class T>
  static ErrorKind kind_of(const std::expected<T, Error>& result) {
    return result ? ErrorKind::Internal : result.error().kind;
  }
};

TEST_F(FileSystemTest, creates_a_file_that_holds_what_was_written) {
  auto file = fs.create(place / "new");
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->write("one "));
  EXPECT_TRUE((*file)->write("two"));
  EXPECT_TRUE((*file)->sync());
  EXPECT_TRUE((*file)->close());
  EXPECT_EQ(read_file(place / "new"), "one two");
}

TEST_F(FileSystemTest, creates_nothing_where_a_name_is_taken_even_by_a_dangling_link) {
  write_file(place / "taken", "old");
  std::filesystem::create_symlink(place / "elsewhere", place / "dangling");
  EXPECT_EQ(kind_of(fs.create(place / "taken")), ErrorKind::AlreadyExists);
  EXPECT_EQ(kind_of(fs.create(place / "dangling")), ErrorKind::AlreadyExists);
  EXPECT_EQ(read_file(place / "taken"), "old");
  EXPECT_FALSE(std::filesystem::exists(place / "elsewhere"));
}

TEST_F(FileSystemTest, reads_up_to_the_limit_and_not_one_byte_more) {
  write_file(place / "ten", "0123456789");
  EXPECT_EQ(fs.read(place / "ten", 10).value(), "0123456789");
  EXPECT_EQ(kind_of(fs.read(place / "ten", 9)), ErrorKind::TooLarge);
}

TEST_F(FileSystemTest, reads_files_that_claim_to_be_empty) {
  EXPECT_NE(fs.read("/proc/self/stat", 1 << 20).value(), "");
}

TEST_F(FileSystemTest, reads_neither_links_nor_directories_nor_fifos) {
  write_file(place / "target", "secret");
  std::filesystem::create_symlink(place / "target", place / "link");
  ASSERT_EQ(::mkfifo((place / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(fs.read(place / "link", 100));
  EXPECT_EQ(kind_of(fs.read(place / "fifo", 100)), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_of(fs.read(place.path(), 100)), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_of(fs.read(place / "missing", 100)), ErrorKind::NotFound);
}

TEST_F(FileSystemTest, reads_from_an_offset_up_to_the_end_or_the_limit) {
  write_file(place / "ten", "0123456789");
  EXPECT_EQ(fs.read_from(place / "ten", 0, 100).value(), "0123456789");
  EXPECT_EQ(fs.read_from(place / "ten", 7, 100).value(), "789");
  EXPECT_EQ(fs.read_from(place / "ten", 7, 2).value(), "78");
  EXPECT_EQ(fs.read_from(place / "ten", 10, 2).value(), "");
  EXPECT_EQ(fs.read_from(place / "ten", 11, 2).value(), "");
  EXPECT_EQ(kind_of(fs.read_from(place / "missing", 0, 2)), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(fs.read_from(place.path(), 0, 2)), ErrorKind::InvalidInput);
}

TEST_F(FileSystemTest, appends_and_makes_the_file) {
  EXPECT_TRUE(fs.append(place / "log", "one\n"));
  EXPECT_TRUE(fs.append(place / "log", "two\n"));
  EXPECT_EQ(read_file(place / "log"), "one\ntwo\n");
  EXPECT_EQ(kind_of(fs.append(place / "missing/log", "one\n")), ErrorKind::NotFound);
}

TEST_F(FileSystemTest, appends_neither_to_links_nor_to_directories_nor_to_fifos) {
  write_file(place / "target", "theirs");
  std::filesystem::create_symlink(place / "target", place / "link");
  ASSERT_EQ(::mkfifo((place / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(fs.append(place / "link", "ours"));
  EXPECT_FALSE(fs.append(place / "fifo", "ours"));  // and does not hang
  EXPECT_FALSE(fs.append(place.path(), "ours"));
  EXPECT_FALSE(fs.append("/dev/full", "ours"));
  EXPECT_EQ(read_file(place / "target"), "theirs");
}

TEST_F(FileSystemTest, links_exclusively) {
  write_file(place / "a", "a");
  write_file(place / "b", "b");
  EXPECT_TRUE(fs.link(place / "a", place / "name"));
  EXPECT_EQ(kind_of(fs.link(place / "b", place / "name")), ErrorKind::AlreadyExists);
  EXPECT_EQ(read_file(place / "name"), "a");
  EXPECT_EQ(fs.status(place / "a")->inode, fs.status(place / "name")->inode);
}

TEST_F(FileSystemTest, lists_names_sorted_without_the_dots) {
  write_file(place / "b", "");
  write_file(place / ".a", "");
  write_file(place / "c/inner", "");
  EXPECT_THAT(fs.list(place.path()).value(), ::testing::ElementsAre(".a", "b", "c"));
}

TEST_F(FileSystemTest, tells_what_a_name_is_without_following_it) {
  write_file(place / "file", "12345");
  std::filesystem::create_symlink(place / "file", place / "link");
  ASSERT_EQ(::chmod((place / "file").c_str(), 0755), 0);
  EXPECT_EQ(fs.status(place / "file")->type, FileType::Regular);
  EXPECT_EQ(fs.status(place / "file")->size, 5U);
  EXPECT_TRUE(fs.status(place / "file")->executable);
  EXPECT_EQ(fs.status(place / "link")->type, FileType::SymbolicLink);
  EXPECT_EQ(fs.status(place.path())->type, FileType::Directory);
  EXPECT_EQ(fs.status("/dev/null")->type, FileType::Other);
  EXPECT_EQ(kind_of(fs.status(place / "missing")), ErrorKind::NotFound);
}

TEST_F(FileSystemTest, makes_directories_with_all_parents_and_again) {
  EXPECT_TRUE(make_directories(fs, place / "a/b/c"));
  EXPECT_TRUE(make_directories(fs, place / "a/b/c"));
  EXPECT_TRUE(is_directory(fs, place / "a/b/c"));
}

TEST_F(FileSystemTest, makes_no_directory_where_a_file_is_in_the_way) {
  write_file(place / "file", "");
  EXPECT_FALSE(make_directories(fs, place / "file"));
  EXPECT_FALSE(make_directories(fs, place / "file/below"));
  EXPECT_FALSE(is_directory(fs, place / "file"));
}

TEST_F(FileSystemTest, replaces_a_file_and_leaves_nothing_beside_it) {
  EXPECT_TRUE(replace_file(fs, place / "name", "first"));
  EXPECT_TRUE(replace_file(fs, place / "name", "second"));
  EXPECT_EQ(read_file(place / "name"), "second");
  EXPECT_THAT(fs.list(place.path()).value(), ::testing::ElementsAre("name"));
}

TEST_F(FileSystemTest, cleans_up_after_a_replacement_that_failed) {
  ASSERT_TRUE(fs.make_directory(place / "name"));
  write_file(place / "name/inner", "kept");
  EXPECT_FALSE(replace_file(fs, place / "name", "bytes"));
  EXPECT_THAT(fs.list(place.path()).value(), ::testing::ElementsAre("name"));
  EXPECT_EQ(read_file(place / "name/inner"), "kept");
}

TEST_F(FileSystemTest, finds_only_old_temporary_files) {
  const std::string old_one = place / ".signalbox-tmp-0000000000000001";
  const std::string young_one = place / ".signalbox-tmp-0000000000000002";
  const std::string stranger = place / "report.txt";
  ASSERT_TRUE(is_temporary_name(base_name_of(old_one)));
  for (const std::string& path : {old_one, young_one, stranger}) write_file(path, "");
  const auto now = fs.status(young_one)->modified;
  const std::time_t two_hours_ago =
      std::chrono::system_clock::to_time_t(now - std::chrono::hours{2});
  for (const std::string& path : {old_one, stranger}) {
    const timeval times[2] = {{two_hours_ago, 0}, {two_hours_ago, 0}};
    ASSERT_EQ(::utimes(path.c_str(), times), 0);
  }
  EXPECT_THAT(leftovers_in(fs, place.path()), ::testing::ElementsAre(old_one));
  ASSERT_EQ(::symlink(place.path().c_str(), (place / "link").c_str()), 0);
  EXPECT_THAT(leftovers_in(fs, place / "link"), ::testing::IsEmpty());
  EXPECT_THAT(leftovers_in(fs, place / "missing"), ::testing::IsEmpty());
  EXPECT_THAT(fs.list(place.path()).value(), ::testing::SizeIs(4));  // the look leaves nothing
}

TEST_F(FileSystemTest, says_what_failed_and_where) {
  const auto result = fs.rename(place / "missing", place / "name");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().what.find(place / "name"), std::string::npos);
  EXPECT_EQ(kind_of(fs.unlink(place / "missing")), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(fs.list(place / "missing")), ErrorKind::NotFound);
  EXPECT_EQ(kind_of(fs.sync_directory(place / "missing")), ErrorKind::NotFound);
}

TEST(Paths, have_a_parent_and_a_last_name) {
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("a"), ".");
  EXPECT_EQ(base_name_of("/a/b"), "b");
  EXPECT_EQ(base_name_of("b"), "b");
}

TEST_F(FileSystemTest, a_replacement_that_is_no_longer_right_leaves_the_file) {
  const std::string path = place / "name";
  ASSERT_TRUE(replace_file(fs, path, "one"));
  const auto refused = replace_file(fs, path, "two", [] { return false; });
  EXPECT_EQ(kind_of(refused), ErrorKind::Busy);
  EXPECT_EQ(fs.read(path, 10), "one");
  EXPECT_EQ(fs.list(place.path())->size(), 1U);
  ASSERT_TRUE(replace_file(fs, path, "two", [] { return true; }));
  EXPECT_EQ(fs.read(path, 10), "two");
}

TEST_F(FileSystemTest, tells_its_own_time_and_leaves_nothing_behind) {
  const auto now = time_at(fs, place.path());
  ASSERT_TRUE(now);
  EXPECT_GT(*now, UtcTime{});
  EXPECT_TRUE(fs.list(place.path())->empty());
}

TEST_F(FileSystemTest, files_are_the_groups_too_where_the_directory_is) {
  const mode_t before = ::umask(022);
  follow_group_sharing(place.path());
  ASSERT_TRUE(replace_file(fs, place / "private", ""));
  ASSERT_EQ(::chmod(place.path().c_str(), 02775), 0);
  follow_group_sharing(place.path());
  ASSERT_TRUE(replace_file(fs, place / "shared", ""));
  ::umask(before);
  struct stat found{};
  ASSERT_EQ(::stat((place / "private").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0644);
  ASSERT_EQ(::stat((place / "shared").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0664);
}

}  // namespace
}  // namespace signalbox::os
