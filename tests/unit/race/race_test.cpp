#include <gtest/gtest.h>

#include <set>

#include "race/full_disk.h"
#include "race/page.h"
#include "race/plan.h"
#include "race/scoreboard.h"
#include "race/timeline.h"
#include "support/support.h"

namespace signalbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(FaultPlan, has_each_kind_once_in_every_round_and_is_the_same_for_the_same_seed) {
  const auto kinds = *parse_faults("all");
  FaultPlan one(7, kinds, milliseconds{1000});
  FaultPlan same(7, kinds, milliseconds{1000});
  milliseconds before{0};
  for (int round = 0; round < 20; ++round) {
    std::set<Fault> seen;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      const PlannedFault fault = one.next();
      const PlannedFault again = same.next();
      EXPECT_EQ(fault.at, again.at);
      EXPECT_EQ(fault.kind, again.kind);
      EXPECT_EQ(fault.choice, again.choice);
      EXPECT_GT(fault.at, before);
      before = fault.at;
      seen.insert(fault.kind);
    }
    EXPECT_EQ(seen, kinds);
  }
}

TEST(FaultPlan, of_no_kinds_is_empty_and_unknown_kinds_are_refused) {
  EXPECT_TRUE(FaultPlan(1, *parse_faults("none"), milliseconds{1}).is_empty());
  EXPECT_EQ(*parse_faults("kill,pause"), (std::set{Fault::Kill, Fault::Pause}));
  EXPECT_EQ(parse_faults("kill,fire").error().kind, ErrorKind::InvalidInput);
}

TEST(PlannedReport, ends_each_run_and_never_repeats_a_duration) {
  const auto writers = plan_writers(3, 4, 2, 2);
  std::set<std::int64_t> durations;
  for (const PlannedWriter& writer : writers) {
    for (std::uint64_t number = 0; number < 10; ++number) {
      const PlannedReport report = planned_report(writer, number);
      EXPECT_TRUE(durations.insert(report.duration).second);
      EXPECT_EQ(report.status != "running", number % 5 == 4);
    }
  }
  EXPECT_EQ(writers[0].clone, 0U);
  EXPECT_EQ(writers[1].clone, 1U);
  EXPECT_TRUE(writers[0].runs_command);
  EXPECT_FALSE(writers[1].runs_command);
}

TEST(Histogram, knows_percentiles_within_its_step) {
  Histogram times;
  EXPECT_EQ(times.percentile(0.5), microseconds{0});
  for (int i = 1; i <= 1000; ++i) times.add(microseconds{i * 100});
  EXPECT_EQ(times.count(), 1000U);
  EXPECT_NEAR(static_cast<double>(times.percentile(0.5).count()), 50'000, 50'000 * 0.07);
  EXPECT_NEAR(static_cast<double>(times.percentile(0.99).count()), 99'000, 99'000 * 0.07);
  EXPECT_EQ(times.percentile(1), microseconds{100'000});
  EXPECT_EQ(times.longest(), microseconds{100'000});
}

TEST(Timeline, stays_bounded_and_loses_no_count) {
  Timeline timeline(1);
  for (int i = 1; i <= 100'000; ++i) {
    timeline.note_writer(milliseconds{i * 20}, 0, static_cast<std::uint64_t>(i));
    timeline.note_sync(
        {.begin = milliseconds{i}, .end = milliseconds{i}, .row = 0, .text = "sync"});
  }
  EXPECT_LE(timeline.writers()[0].size(), Timeline::most_columns);
  std::uint64_t sum = 0;
  for (const std::uint32_t count : timeline.writers()[0]) sum += count;
  EXPECT_EQ(sum, 100'000U);
  EXPECT_EQ(timeline.syncs().size() + timeline.left_out(), 100'000U);
}

TEST(FullDisk, writes_half_and_says_so_while_it_is_full_and_only_there) {
  const testing::TemporaryDirectory directory;
  std::atomic<bool> is_full = true;
  ASSERT_TRUE(os::real_file_system().make_directory(directory / "full"));
  FullDisk disk(os::real_file_system(), directory / "full", is_full);
  auto file = disk.create(directory / "full/a");
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->write("12345678").error().kind, ErrorKind::NoSpace);
  EXPECT_EQ(testing::read_file(directory / "full/a"), "1234");
  EXPECT_EQ(disk.append(directory / "full/b", "x").error().kind, ErrorKind::NoSpace);
  EXPECT_TRUE(disk.append(directory / "beside", "x"));
  is_full = false;
  EXPECT_TRUE(disk.append(directory / "full/b", "x"));
}

TEST(Page, says_what_was_lost_and_lets_no_text_become_markup) {
  RaceResult result;
  result.violations = {"<script>alert(1)</script>"};
  const std::string page = race_page({}, result);
  EXPECT_NE(page.find("Not proven"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

}  // namespace
}  // namespace signalbox
