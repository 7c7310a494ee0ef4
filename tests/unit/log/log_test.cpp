#include "log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "log/reader.h"
#include "os/kernel_lock.h"
#include "support/fake_clock.h"
#include "support/faulty_file_system.h"
#include "support/support.h"

namespace signalbox {
namespace {

using testing::FakeClock;
using testing::FaultyFileSystem;
using testing::read_file;
using testing::TemporaryDirectory;
using testing::write_file;

class LogTest : public ::testing::Test {
 protected:
  os::FileSystem& fs = os::real_file_system();
  FakeClock clock;
  TemporaryDirectory place;
  Log log{fs, clock, place / "log"};

  std::vector<LogEntry> entries() { return LogReader(fs, log.directory()).next().value(); }

  static std::vector<std::string> texts(const std::vector<LogEntry>& entries) {
    std::vector<std::string> all;
    for (const LogEntry& entry : entries) all.push_back(entry.text);
    return all;
  }

  std::vector<std::string> pages() {
    std::vector<std::string> found;
    const auto names = fs.list(log.directory());
    for (const std::string& name : *names) {
      if (name.find('@') != std::string::npos) found.push_back(name);
    }
    return found;
  }

  void fill_the_page() { write_file(log.path(), std::string(Log::file_bytes, 'x') + "\n"); }
};

TEST_F(LogTest, an_entry_is_a_line_of_json_with_all_that_was_said) {
  log.write(LogLevel::Warning, "push_failed", "⚠️  Push attempt 1 failed: \"no\"\nsecond",
            "weather");
  const auto read = entries();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].time, clock.wall());
  EXPECT_EQ(read[0].level, LogLevel::Warning);
  EXPECT_EQ(read[0].event, "push_failed");
  EXPECT_EQ(read[0].job, "weather");
  EXPECT_EQ(read[0].pid, ::getpid());
  EXPECT_EQ(read[0].text, "⚠️  Push attempt 1 failed: \"no\"\\nsecond");
  EXPECT_EQ(lines_of(read_file(log.path())).size(), 1U);
}

TEST_F(LogTest, an_entry_is_one_append_and_nothing_else) {
  FaultyFileSystem recording;
  Log recorded(recording, clock, place.path());
  recorded.write(LogLevel::Info, "completed", "done");
  EXPECT_THAT(recording.verbs(), ::testing::ElementsAre("append"));
}

TEST_F(LogTest, what_a_full_disk_left_of_an_entry_does_not_take_the_next_one_with_it) {
  std::filesystem::create_directory(place / "log");
  FaultyFileSystem full(2);  // cuts the third
  Log limited(full, clock, place / "log");
  for (const char* text : {"one", "two", "three", "four"}) {
    limited.write(LogLevel::Info, "note", text);
  }
  EXPECT_THAT(texts(entries()), ::testing::ElementsAre("one", "two", "four"));
}

TEST_F(LogTest, a_log_that_cannot_be_written_stops_nobody) {
  write_file(place / "file", "");
  Log nowhere(fs, clock, place / "file/log");
  nowhere.write(LogLevel::Info, "completed", "done");
  EXPECT_EQ(read_file(place / "file"), "");
}

TEST_F(LogTest, a_full_page_is_turned_and_three_are_kept) {
  log.write(LogLevel::Info, "note", "first");
  for (int page = 0; page < 5; ++page) {
    fill_the_page();
    log.write(LogLevel::Info, "note", "last of its page");
    EXPECT_FALSE(std::filesystem::exists(log.path()));
  }
  EXPECT_EQ(pages().size(), Log::files_kept);
  clock.sleep(std::chrono::seconds{1});
  log.write(LogLevel::Info, "note", "new");
  EXPECT_EQ(texts(entries()).back(), "new");
}

TEST_F(LogTest, a_page_whose_lock_is_held_is_left_to_the_holder) {
  log.write(LogLevel::Info, "note", "first");
  fill_the_page();
  const std::string lock_path = log.path().substr(0, log.path().size() - 7) + ".lock";
  const auto held = os::KernelLock::try_acquire(lock_path);
  ASSERT_TRUE(held && *held);
  log.write(LogLevel::Info, "note", "second");
  EXPECT_TRUE(pages().empty());
  EXPECT_GT(std::filesystem::file_size(log.path()), Log::file_bytes);
}

TEST_F(LogTest, a_host_that_was_silent_for_long_is_forgotten_when_a_page_is_turned) {
  log.write(LogLevel::Info, "note", "first");
  write_file(log.directory() + "/gone.ndjson", "");
  write_file(log.directory() + "/here.ndjson", "");
  std::filesystem::last_write_time(
      log.directory() + "/gone.ndjson",
      std::filesystem::file_time_type::clock::now() - std::chrono::days{100});
  fill_the_page();
  log.write(LogLevel::Info, "note", "second");
  EXPECT_FALSE(std::filesystem::exists(log.directory() + "/gone.ndjson"));
  EXPECT_TRUE(std::filesystem::exists(log.directory() + "/here.ndjson"));
}

// Processes, not threads: the kernel's own append and lock are what is relied on.
TEST_F(LogTest, writers_that_turn_pages_at_once_lose_no_line) {
  constexpr int writers = 4;
  constexpr int lines = 600;  // of some 2 kB: more than a page, less than what is kept
  const std::string padding(1500, '.');
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  for (int writer = 0; writer < writers; ++writer) {
    if (::fork() == 0) {
      char go = 0;
      ::close(gate[1]);
      (void)!::read(gate[0], &go, 1);  // end of file: all of them start
      Log own(fs, clock, place / "log");
      for (int line = 0; line < lines; ++line) {
        own.write(LogLevel::Info, "note",
                  std::to_string(writer) + " " + std::to_string(line) + " " + padding);
      }
      ::_exit(0);
    }
  }
  ::close(gate[0]);
  ::close(gate[1]);
  for (int writer = 0; writer < writers; ++writer) {
    int status = -1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  std::map<std::string, int> seen;
  for (const std::string& text : texts(entries())) ++seen[text];
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(writers * lines));
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& line) { return line.second == 1; }));
  EXPECT_GE(pages().size(), 2U);
}

TEST_F(LogTest, hosts_are_merged_by_time) {
  const auto line = [](int second, const std::string& host) {
    return format_log_entry({.time = UtcTime{std::chrono::seconds{second}},
                             .host = host,
                             .pid = 1,
                             .event = "note",
                             .text = host + std::to_string(second)}) +
           "\n";
  };
  std::filesystem::create_directory(log.directory());
  write_file(log.directory() + "/a.ndjson", line(1, "a") + line(4, "a"));
  write_file(log.directory() + "/b.ndjson", line(2, "b") + "not json\n" + line(3, "b"));
  EXPECT_THAT(texts(entries()), ::testing::ElementsAre("a1", "b2", "b3", "a4"));
}

TEST_F(LogTest, a_reader_goes_on_where_it_was_also_when_the_page_is_turned) {
  LogReader reader(fs, log.directory());
  EXPECT_TRUE(reader.next()->empty());
  log.write(LogLevel::Info, "note", "one");
  EXPECT_THAT(texts(reader.next().value()), ::testing::ElementsAre("one"));
  log.write(LogLevel::Info, "note", "two");
  std::filesystem::rename(log.path(), log.directory() + "/x@1.ndjson");
  log.write(LogLevel::Info, "note", "three");
  EXPECT_THAT(texts(reader.next().value()), ::testing::UnorderedElementsAre("two", "three"));
  EXPECT_TRUE(reader.next()->empty());
}

TEST_F(LogTest, a_line_that_is_still_being_written_waits_for_its_end) {
  log.write(LogLevel::Info, "note", "one");
  const std::string whole = read_file(log.path());
  LogReader reader(fs, log.directory());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_file(log.path(), whole.substr(0, length));
    EXPECT_TRUE(reader.next()->empty()) << length;
  }
  write_file(log.path(), whole);
  EXPECT_EQ(reader.next()->size(), 1U);
}

TEST_F(LogTest, the_tail_does_not_open_files_that_are_older_than_all_it_wants) {
  log.write(LogLevel::Info, "note", "new");
  log.write(LogLevel::Info, "note", "newer");
  write_file(log.directory() + "/old.ndjson", read_file(log.path()));
  std::filesystem::last_write_time(log.directory() + "/old.ndjson",
                                   std::filesystem::file_time_type{});
  EXPECT_EQ(LogReader(fs, log.directory()).tail({.entries = 2, .bytes = 4096})->size(), 2U);
  EXPECT_EQ(LogReader(fs, log.directory()).tail({.entries = 3, .bytes = 4096})->size(), 4U);
}

TEST(LogEntry, is_read_back_as_it_was_written) {
  const LogEntry entry{.time = UtcTime{std::chrono::milliseconds{1'755'410'400'123}},
                       .level = LogLevel::Error,
                       .host = "node1.example",
                       .pid = 4711,
                       .slurm = "77_3",
                       .event = "failed",
                       .job = "weather",
                       .text = "❌ a \"b\" \\ c"};
  EXPECT_EQ(parse_log_entry(format_log_entry(entry)), entry);
}

TEST(LogEntry, hostile_lines_are_no_entries_or_harmless_ones) {
  for (const char* line : {"", "{}", "[]", R"({"time":"x"})", R"({"time":5})",
                           R"({"time":"2025-08-17T06:00:00Z","level":"info"})",
                           R"({"time":"2025-08-17T06:00:00Z","level":"loud","pid":1})"}) {
    EXPECT_FALSE(parse_log_entry(line)) << line;
  }
  const auto entry = parse_log_entry(
      R"({"time":"2025-08-17T06:00:00Z","level":"info","pid":1,"host":"../\u001b","text":"\u001b[2J"})");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->host, "_.__");
  EXPECT_EQ(entry->text, R"(\x1b[2J)");
}

TEST(LogEntry, is_rendered_in_the_guides_form_and_known_for_ours) {
  ::setenv("TZ", "Europe/Madrid", 1);
  const LogEntry entry{.time = parse_time("2025-08-17T06:00:00Z").value(),
                       .host = "node1",
                       .pid = 4711,
                       .slurm = "77",
                       .event = "lock_acquired",
                       .text = "🔒 Acquired lock (sync)"};
  const std::string line = render_log_entry(entry);
  EXPECT_TRUE(line.ends_with("] [SLURM:77] 🔒 Acquired lock (sync) [node1 4711]")) << line;
  EXPECT_TRUE(is_rendered(line));
  for (const char* other : {"[2025-08-17 06:00:00] [SLURM:77] ℹ️  No local changes to sync",
                            "[2025-08-17 06:00:00] [SLURM:] done (Job: 77)", "", "x]", " []",
                            "a [b c]", "a [b]", "a [ 5]"}) {
    EXPECT_FALSE(is_rendered(other)) << other;
  }
}

TEST(LogEntry, a_line_of_an_old_script_keeps_its_time_job_and_words) {
  const UtcTime now = parse_time("2025-08-18T00:00:00Z").value();
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  auto entry =
      parse_foreign_line("[2025-08-17 06:00:00] [SLURM:77] ❌ All push retries failed", now);
  EXPECT_EQ(entry.time, parse_time("2025-08-17T06:00:00Z"));
  EXPECT_EQ(entry.slurm, "77");
  EXPECT_EQ(entry.text, "❌ All push retries failed");
  EXPECT_EQ(entry.level, LogLevel::Error);
  entry = parse_foreign_line("[2025-08-17 06:00:00] 🔄 Starting scheduled dashboard sync...", now);
  EXPECT_EQ(entry.slurm, "");
  EXPECT_EQ(entry.text, "🔄 Starting scheduled dashboard sync...");
  for (const char* text :
       {"something else", "[not a time] x", "[2025-13-17 06:00:00] x", "[", "]"}) {
    entry = parse_foreign_line(text, now);
    EXPECT_EQ(entry.time, now) << text;
    EXPECT_EQ(entry.text, text);
  }
}

}  // namespace
}  // namespace signalbox
