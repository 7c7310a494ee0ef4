#include "log/rendering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "log/reader.h"
#include "os/kernel_lock.h"
#include "support/fake_clock.h"
#include "support/faulty_file_system.h"
#include "support/support.h"

namespace signalbox {
namespace {

using ::testing::ElementsAre;
using testing::FakeClock;
using testing::FaultyFileSystem;
using ::testing::HasSubstr;
using testing::read_file;
using testing::TemporaryDirectory;
using testing::write_file;

// Does something right before or after a file is renamed into place, as another program would.
class Meddling final : public os::FileSystem {
 public:
  std::function<void(const std::string& to)> before_rename = [](const std::string&) {};
  std::function<void(const std::string& to)> after_rename = [](const std::string&) {};
  std::size_t bytes_of_logs_read = 0;

  Result<std::unique_ptr<os::File>> create(const std::string& path) override {
    return real_.create(path);
  }
  Result<std::string> read(const std::string& path, std::size_t limit) override {
    return real_.read(path, limit);
  }
  Result<std::string> read_from(const std::string& path, std::uint64_t offset,
                                std::size_t limit) override {
    auto bytes = real_.read_from(path, offset, limit);
    if (bytes && path.ends_with(".ndjson")) bytes_of_logs_read += bytes->size();
    return bytes;
  }
  Status append(const std::string& path, std::string_view bytes) override {
    return real_.append(path, bytes);
  }
  Status rename(const std::string& from, const std::string& to) override {
    before_rename(to);
    auto done = real_.rename(from, to);
    after_rename(to);
    return done;
  }
  Status link(const std::string& from, const std::string& to) override {
    return real_.link(from, to);
  }
  Status unlink(const std::string& path) override { return real_.unlink(path); }
  Status make_executable(const std::string& path) override { return real_.make_executable(path); }
  Status make_directory(const std::string& path) override { return real_.make_directory(path); }
  Status remove_directory(const std::string& path) override { return real_.remove_directory(path); }
  Status touch(const std::string& path) override { return real_.touch(path); }
  Status sync_directory(const std::string& path) override { return real_.sync_directory(path); }
  Status sync_files(const std::vector<std::string>& paths) override {
    return real_.sync_files(paths);
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  Result<os::FileStatus> status(const std::string& path) override { return real_.status(path); }

 private:
  os::FileSystem& real_ = os::real_file_system();
};

class RenderingTest : public ::testing::Test {
 protected:
  RenderingTest() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }

  Meddling fs;
  FakeClock clock;
  TemporaryDirectory place;
  std::string path = place / "dashboard_sync.log";
  Log log{fs, clock, place / "log"};

  std::vector<std::string> shown(const RenderBounds& bounds = {}) {
    const auto done = render_log(fs, clock, log, path, bounds);
    EXPECT_TRUE(done) << done.error().what;
    std::vector<std::string> lines;
    const std::string text = read_file(path);
    for (const auto line : lines_of(text)) lines.emplace_back(line);
    return lines;
  }
  void append(const std::string& text) { EXPECT_TRUE(os::real_file_system().append(path, text)); }
};

TEST_F(RenderingTest, shows_the_entries_but_not_those_about_single_jobs) {
  log.write(LogLevel::Info, "lock_acquired", "🔒 Acquired lock (sync)");
  log.write(LogLevel::Info, "published", "📊 Published weather: failed", "weather");
  log.write(LogLevel::Info, "completed", "✅ Dashboard sync completed: nothing waited");
  EXPECT_THAT(shown(), ElementsAre(HasSubstr("] [SLURM:N/A] 🔒 Acquired lock (sync) ["),
                                   HasSubstr("✅ Dashboard sync completed")));
}

TEST_F(RenderingTest, keeps_to_its_bounds_and_keeps_the_newest) {
  for (int i = 0; i < 50; ++i) log.write(LogLevel::Info, "note", "number " + std::to_string(i));
  EXPECT_THAT(shown({.lines = 2}), ElementsAre(HasSubstr("number 48"), HasSubstr("number 49")));
  const auto lines = shown({.bytes = 400});
  EXPECT_THAT(lines.back(), HasSubstr("number 49"));
  EXPECT_LE(read_file(path).size(), 400U);
  EXPECT_GT(lines.size(), 1U);
}

TEST_F(RenderingTest, a_file_that_says_the_same_is_left_alone) {
  log.write(LogLevel::Info, "note", "one");
  (void)shown();
  const auto inode = fs.status(path)->inode;
  (void)shown();
  EXPECT_EQ(fs.status(path)->inode, inode);
}

TEST_F(RenderingTest, the_past_is_not_read_again) {
  for (int i = 0; i < 100; ++i) log.write(LogLevel::Info, "note", "number " + std::to_string(i));
  (void)shown();
  const auto size = fs.status(log.path())->size;
  fs.bytes_of_logs_read = 0;
  log.write(LogLevel::Info, "note", "number 100");
  const auto lines = shown();
  EXPECT_EQ(fs.bytes_of_logs_read, fs.status(log.path())->size - size);
  ASSERT_EQ(lines.size(), 101U);
  EXPECT_THAT(lines.back(), HasSubstr("number 100"));
}

TEST_F(RenderingTest, added_to_or_rendered_anew_it_is_the_same) {
  const RenderBounds bounds{.bytes = 500};
  const std::string other_host = place / "log/other.ndjson";
  std::string added_to;
  for (int i = 0; i < 12; ++i) {
    log.write(LogLevel::Info, "note", "number " + std::to_string(i));
    clock.sleep(std::chrono::seconds(1));
    const LogEntry entry{.time = clock.wall(), .host = "other", .event = "note", .text = "there"};
    ASSERT_TRUE(fs.append(other_host, format_log_entry(entry) + "\n"));
    clock.sleep(std::chrono::seconds(1));
    (void)shown(bounds);
    added_to = read_file(path);
  }
  std::filesystem::remove(place / "log/rendered.json");
  std::filesystem::remove(path);
  (void)shown(bounds);
  EXPECT_EQ(read_file(path), added_to);
}

TEST_F(RenderingTest, an_entry_that_comes_late_is_shown_in_its_place) {
  clock.sleep(std::chrono::hours(1));
  log.write(LogLevel::Info, "note", "second");
  (void)shown();
  const LogEntry entry{.time = clock.wall() - std::chrono::minutes(1),
                       .host = "other",
                       .event = "note",
                       .text = "first"};
  ASSERT_TRUE(fs.append(place / "log/other.ndjson", format_log_entry(entry) + "\n"));
  EXPECT_THAT(shown(), ElementsAre(HasSubstr("first"), HasSubstr("second")));
}

TEST_F(RenderingTest, a_damaged_note_of_what_was_shown_is_of_no_consequence) {
  for (const std::string_view damage :
       {"", "{", "[]", R"({"bytes":0,"checksum":0,"newest":"x","read":{}})",
        R"({"bytes":-1,"checksum":0,"newest":"2025-08-17T06:00:00Z","read":{}})",
        R"({"bytes":0,"checksum":0,"newest":"2025-08-17T06:00:00Z","read":{"x":1}})",
        R"({"bytes":0,"checksum":0,"newest":"2025-08-17T06:00:00Z","read":[1]})"}) {
    write_file(place / "log/rendered.json", std::string(damage));
    log.write(LogLevel::Info, "note", "one more");
    std::filesystem::remove(path);
    const auto lines = shown();
    EXPECT_THAT(lines.back(), HasSubstr("one more")) << damage;
  }
  EXPECT_EQ(shown().size(), 7U);
}

TEST_F(RenderingTest, lines_of_old_scripts_are_kept_each_once_in_their_place) {
  append(
      "[2025-08-17 06:00:00] [SLURM:77] 🔄 Starting SLURM dashboard sync job (ID: 77)...\n"
      "[2025-08-17 06:00:02] [SLURM:77] ⚠️  Push attempt 1 failed\n");
  log.write(LogLevel::Info, "note", "ours");
  (void)shown();
  (void)shown();
  EXPECT_THAT(shown(), ElementsAre(HasSubstr("[2025-08-17 06:00:00] [SLURM:77] 🔄 Starting SLURM"),
                                   HasSubstr("[2025-08-17 06:00:02] [SLURM:77] ⚠️  Push attempt 1"),
                                   HasSubstr("ours")));
  std::filesystem::remove(path);
  EXPECT_EQ(shown().size(), 3U);  // the truth has them
}

TEST_F(RenderingTest, what_was_taken_in_before_a_crash_is_not_taken_in_again) {
  const std::string line = "[2025-08-17 06:00:00] [SLURM:77] ⚠️  Push attempt 1 failed\n";
  append(line);
  (void)shown();
  write_file(path, line);  // as if the rename had not come about
  EXPECT_EQ(shown().size(), 1U);
}

TEST_F(RenderingTest, a_line_appended_right_before_the_rename_is_not_lost) {
  log.write(LogLevel::Info, "note", "ours");
  append("[2025-08-17 06:00:00] first\n");
  bool done = false;
  fs.before_rename = [&](const std::string& to) {
    if (to == path && !std::exchange(done, true)) append("[2025-08-17 06:00:01] second\n");
  };
  EXPECT_THAT(shown(), ElementsAre(HasSubstr("first"), HasSubstr("second"), HasSubstr("ours")));
  EXPECT_TRUE(done);
  EXPECT_EQ(fs.list(place.path())->size(), 2U);  // nothing of the steps is left behind
}

TEST_F(RenderingTest, a_script_that_appends_all_the_time_keeps_its_lines) {
  append("[2025-08-17 06:00:00] line 0\n");
  int lines = 0;
  fs.before_rename = [&](const std::string& to) {
    if (to == path) append("[2025-08-17 06:00:01] line " + std::to_string(++lines) + "\n");
  };
  EXPECT_EQ(render_log(fs, clock, log, path).error().kind, ErrorKind::Busy);
  fs.before_rename = [](const std::string&) {};
  EXPECT_EQ(shown().size(), static_cast<std::size_t>(lines) + 1);
}

TEST_F(RenderingTest, a_line_that_is_still_being_written_is_not_taken_in_by_halves) {
  append("[2025-08-17 06:00:00] whole\n[2025-08-17 06:00:01] ha");
  bool done = false;
  fs.before_rename = [&](const std::string& to) {
    if (to == path && !std::exchange(done, true)) append("lf\n");
  };
  EXPECT_THAT(shown(), ElementsAre(HasSubstr("whole"), HasSubstr("] half [")));
}

TEST_F(RenderingTest, a_failure_of_any_verb_keeps_the_lines_of_old_scripts) {
  const std::string line = "[2025-08-17 06:00:00] theirs\n";
  for (int at = 0; at < 12; ++at) {
    const TemporaryDirectory other;
    const std::string file = other / "dashboard_sync.log";
    FaultyFileSystem faulty(at);
    Log faulty_log(faulty, clock, other / "log");
    write_file(file, line);
    (void)render_log(faulty, clock, faulty_log, file);
    Log healthy(os::real_file_system(), clock, other / "log");
    ASSERT_TRUE(render_log(os::real_file_system(), clock, healthy, file)) << at;
    EXPECT_THAT(read_file(file), HasSubstr("theirs")) << at;
    EXPECT_EQ(lines_of(read_file(file)).size(), 1U) << at;
  }
}

TEST_F(RenderingTest, what_is_no_regular_file_is_an_error_and_stays) {
  log.write(LogLevel::Info, "note", "ours");
  write_file(place / "elsewhere", "a person's\n");
  std::filesystem::create_symlink(place / "elsewhere", path);
  EXPECT_FALSE(render_log(fs, clock, log, path));
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_EQ(read_file(place / "elsewhere"), "a person's\n");
}

TEST_F(RenderingTest, somebody_else_who_renders_is_waited_for_but_not_for_ever) {
  log.write(LogLevel::Info, "note", "ours");
  const auto held = os::KernelLock::try_acquire(place / "log/render.lock");
  ASSERT_TRUE(held && *held);
  const auto before = clock.monotonic();
  EXPECT_EQ(render_log(fs, clock, log, path).error().kind, ErrorKind::Busy);
  EXPECT_EQ(clock.monotonic() - before, std::chrono::milliseconds{2000});
}

}  // namespace
}  // namespace signalbox
