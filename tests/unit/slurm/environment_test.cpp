#include "slurm/environment.h"

#include <gtest/gtest.h>

#include <map>

namespace signalbox {
namespace {

using Values = std::map<std::string, std::string>;

std::optional<SlurmAllocation> allocation(const Values& values) {
  return allocation_of([&](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(SlurmEnvironment, of_a_plain_job) {
  const auto found = allocation({{"SLURM_JOB_ID", "1234"},
                                 {"SLURM_CLUSTER_NAME", "alps"},
                                 {"SLURM_JOB_PARTITION", "debug"},
                                 {"SLURMD_NODENAME", "nid001"},
                                 {"SLURM_JOB_START_TIME", "1800000000"},
                                 {"SLURM_JOB_END_TIME", "1800003600"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(run_id_of(*found), "slurm-alps-1234");
  EXPECT_EQ(to_line(fields_of(*found)),
            "{\"job_id\":1234,\"cluster\":\"alps\",\"partition\":\"debug\",\"node\":\"nid001\","
            "\"time_limit\":3600,\"end_time\":\"2027-01-15T09:00:00Z\"}");
}

TEST(SlurmEnvironment, of_a_requeued_task_of_an_array) {
  const auto found = allocation({{"SLURM_JOB_ID", "1240"},
                                 {"SLURM_ARRAY_JOB_ID", "1234"},
                                 {"SLURM_ARRAY_TASK_ID", "7"},
                                 {"SLURM_RESTART_COUNT", "2"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(run_id_of(*found), "slurm-1234_7-r2");
  EXPECT_EQ(fields_of(*found).at("restart_count"), 2);
}

TEST(SlurmEnvironment, is_hostile) {
  EXPECT_FALSE(allocation({}));
  for (const char* id : {"0", "-1", "12x", "", "99999999999999999999999", "1 2"}) {
    EXPECT_FALSE(allocation({{"SLURM_JOB_ID", id}})) << id;
  }
  const auto found = allocation({{"SLURM_JOB_ID", "5"},
                                 {"SLURM_CLUSTER_NAME", "a\nb"},
                                 {"SLURMD_NODENAME", std::string(500, 'n')},
                                 {"SLURM_JOB_END_TIME", "18446744073709551615"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(run_id_of(*found), "slurm-5");
  EXPECT_FALSE(found->end);
  EXPECT_EQ(fields_of(*found).size(), 1);
}

}  // namespace
}  // namespace signalbox
