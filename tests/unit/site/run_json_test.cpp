#include "site/run_json.h"

#include <gtest/gtest.h>

namespace signalbox::site {
namespace {

const UtcTime dawn = *parse_time("2025-08-17T06:00:00Z");

signalbox::Run everything() {
  return {.id = "77",
          .status = "failed",
          .start = dawn,
          .end = dawn + std::chrono::minutes{5},
          .duration = 300,
          .host = "n1",
          .message = "disk \"full\"",
          .exit_code = 3,
          .slurm_job_id = 99,
          .progress = 12.5,
          .next_scheduled_run = "2025-08-18T06:00:00Z",
          .lost = true,
          .cpu = signalbox::Run::Peak{80.5, dawn},
          .memory = signalbox::Run::Peak{2000, dawn},
          .changes = {{dawn, "running"}, {dawn + std::chrono::minutes{5}, "failed"}},
          .silence = signalbox::Run::Silence{dawn, dawn + std::chrono::minutes{4}},
          .heard = dawn + std::chrono::minutes{5},
          .reports = 4};
}

TEST(RunRecord, is_read_back_as_it_was) {
  for (const signalbox::Run& run :
       {everything(), signalbox::Run{.id = "a", .status = "running", .start = dawn}}) {
    const auto read = parse_run(format_run(run));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, run);
  }
}

TEST(RunRecord, refuses_what_is_none) {
  for (const char* bad : {"", "[]", "{}", "{\"id\":1}", "{\"id\":\"a\""}) {
    EXPECT_FALSE(parse_run(bad)) << bad;
  }
  EXPECT_TRUE(parse_run(R"({"id":"a","start":"x","changes":[1,[2]],"silence":3,"cpu":["a",1]})"));
}

TEST(ShownRun, has_the_fields_of_the_format) {
  EXPECT_EQ(to_line(shown_run(everything())),
            R"({"run_id":"77","status":"failed","start":"2025-08-17T06:00:00.000Z",)"
            R"("end":"2025-08-17T06:05:00.000Z","duration":300,"host":"n1","exit_code":3,)"
            R"("message":"disk \"full\"","progress":12.5,"cpu_peak":80.5,"memory_peak":2000,)"
            R"("slurm_job_id":99,"reports":4})");
}

}  // namespace
}  // namespace signalbox::site
