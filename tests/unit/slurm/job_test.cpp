#include "slurm/job.h"

#include <gtest/gtest.h>

#include "slurm/environment.h"

namespace signalbox {
namespace {

TEST(SlurmQueue, lines_as_squeue_22_05_prints_them) {
  const auto jobs = parse_squeue(
      "1|FAILED|NonZeroExitCode|vm|lab|1795728441|768|\n"
      "3|RUNNING|None|vm|lab|NONE|0|\n"
      "4|OUT_OF_MEMORY|OutOfMemory|vm|lab|1795728441|253|\n"
      "5|CANCELLED|None||lab|1795728441|9|\n");
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 4);
  EXPECT_EQ((*jobs)[0].id, 1);
  EXPECT_EQ((*jobs)[0].state, "FAILED");
  EXPECT_EQ((*jobs)[0].reason, "NonZeroExitCode");
  EXPECT_EQ((*jobs)[0].cluster, "lab");
  EXPECT_EQ((*jobs)[0].exit_code, 3);
  EXPECT_EQ(format_seconds(*(*jobs)[0].end), "2026-11-26T21:27:21Z");
  EXPECT_FALSE((*jobs)[1].end);
  EXPECT_EQ((*jobs)[1].reason, "");
  EXPECT_FALSE((*jobs)[2].signal);  // 125 is SLURM's word for it, not a signal
  EXPECT_FALSE((*jobs)[2].exit_code);
  EXPECT_EQ((*jobs)[3].signal, 9);
}

TEST(SlurmQueue, lines_as_sacct_prints_them) {
  const auto jobs = parse_sacct(
      "7|CANCELLED by 1000|None|n[1-2]|alps|1795728441|0:15\n"
      "8|COMPLETED|None|n1|alps|1795728441|0:0\n"
      "9|RUNNING|None|n1|alps|Unknown|0:0\n");
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 3);
  EXPECT_EQ((*jobs)[0].state, "CANCELLED");
  EXPECT_EQ((*jobs)[0].signal, 15);
  EXPECT_EQ((*jobs)[1].exit_code, 0);
  EXPECT_FALSE((*jobs)[2].end);
}

TEST(SlurmQueue, hostile_lines_are_passed_by) {
  EXPECT_EQ(parse_squeue("")->size(), 0);
  EXPECT_EQ(parse_squeue("\n\n")->size(), 0);
  const auto some =
      parse_squeue("slurm_load_jobs: warning\n12|RUNNING|||lab|NONE|0|\n-3|RUNNING||||||\n");
  ASSERT_TRUE(some);
  EXPECT_EQ(some->size(), 1);
  EXPECT_EQ(parse_squeue("JOBID STATE\n12 R\n").error().kind, ErrorKind::Corrupt);
  const auto escaped = parse_sacct("1|FAILED|\x1b[31m|n|c|99999999999999999999|x:y\n");
  ASSERT_TRUE(escaped);
  EXPECT_EQ(escaped->front().reason.find('\x1b'), std::string::npos);
  EXPECT_FALSE(escaped->front().end);
}

TEST(SlurmJson, of_squeue_22_05) {
  const auto jobs = parse_slurm_json(
      R"({"meta":{},"jobs":[{"cluster":"lab","job_id":1,"job_state":"FAILED","end_time":1795728441,
          "exit_code":768,"nodes":"vm","state_reason":"NonZeroExitCode","restart_cnt":0}]})");
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 1);
  EXPECT_EQ(jobs->front().state, "FAILED");
  EXPECT_EQ(jobs->front().exit_code, 3);
}

TEST(SlurmJson, of_squeue_23_11_and_later) {
  const auto jobs = parse_slurm_json(
      R"({"jobs":[{"cluster":"lab","job_id":11,"job_state":["RUNNING","COMPLETING"],
            "end_time":{"set":true,"infinite":false,"number":1795728441},
            "exit_code":{"status":["ERROR"],"return_code":{"set":true,"infinite":false,"number":3},
                         "signal":{"id":{"set":false,"infinite":false,"number":0},"name":""}},
            "nodes":"n1","state_reason":"None"},
          {"cluster":"lab","job_id":12,"job_state":["PENDING","REQUEUED"],
            "end_time":{"set":false,"infinite":false,"number":0},"exit_code":{},
            "nodes":"","state_reason":"BeginTime"}]})");
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 2);
  EXPECT_EQ((*jobs)[0].state, "RUNNING");
  EXPECT_EQ((*jobs)[0].exit_code, 3);
  EXPECT_EQ((*jobs)[1].state, "REQUEUED");
  EXPECT_FALSE((*jobs)[1].end);
}

TEST(SlurmJson, of_sacct) {
  const auto jobs = parse_slurm_json(
      R"({"jobs":[{"cluster":"lab","job_id":5,"nodes":"n1",
            "state":{"current":["OUT_OF_MEMORY"],"reason":"None"},
            "time":{"end":1795728441,"start":1795728400},
            "exit_code":{"status":["SIGNALED"],"return_code":{"set":true,"number":0},
                         "signal":{"id":{"set":true,"infinite":false,"number":9},"name":"KILL"}}},
          {"cluster":"lab","job_id":6,"state":{"current":"TIMEOUT","reason":"TimeLimit"},
            "time":{"end":1795728441},"exit_code":{"return_code":0,"status":"SUCCESS"}}]})");
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 2);
  EXPECT_EQ((*jobs)[0].state, "OUT_OF_MEMORY");
  EXPECT_EQ((*jobs)[0].signal, 9);
  EXPECT_EQ((*jobs)[1].state, "TIMEOUT");
  EXPECT_EQ((*jobs)[1].reason, "TimeLimit");
  EXPECT_TRUE((*jobs)[1].end);
}

TEST(SlurmJson, is_hostile) {
  EXPECT_FALSE(parse_slurm_json("[]"));
  EXPECT_FALSE(parse_slurm_json("{\"jobs\": 3}"));
  const auto odd = parse_slurm_json(
      R"({"jobs":[3,null,{"job_id":-1,"job_state":"RUNNING"},{"job_id":{"set":1},"job_state":[]},
          {"job_id":2,"job_state":[7]}]})");
  ASSERT_TRUE(odd);
  EXPECT_TRUE(odd->empty());
}

TEST(SlurmStates, have_a_status) {
  for (const auto& [state, status] :
       std::initializer_list<std::pair<const char*, const char*>>{{"PENDING", "pending"},
                                                                  {"RUNNING", "running"},
                                                                  {"SUSPENDED", "running"},
                                                                  {"COMPLETED", "completed"},
                                                                  {"FAILED", "failed"},
                                                                  {"OUT_OF_MEMORY", "failed"},
                                                                  {"NODE_FAIL", "failed"},
                                                                  {"BOOT_FAIL", "failed"},
                                                                  {"TIMEOUT", "timeout"},
                                                                  {"DEADLINE", "timeout"},
                                                                  {"CANCELLED", "cancelled"},
                                                                  {"PREEMPTED", "cancelled"},
                                                                  {"REQUEUED", "pending"}}) {
    EXPECT_EQ(status_of_state(state), status) << state;
  }
  EXPECT_EQ(status_of_state("WHAT_COMES_NEXT"), "");
}

TEST(SlurmQueue, a_reason_may_hold_bars) {
  const auto jobs = parse_squeue("999|PENDING|user|said|n1|alps|N/A|0|\n");
  ASSERT_EQ(jobs->size(), 1);
  EXPECT_EQ(jobs->front().reason, "user|said");
  EXPECT_EQ(jobs->front().cluster, "alps");
}

TEST(SlurmQueue, one_job_as_scontrol_22_05_prints_it) {
  const auto job = parse_scontrol_job(
      "JobId=12 JobName=a JobState=FAILED b UserId=root(0) GroupId=root(0) MCS_label=N/A "
      "Priority=1 JobState=OUT_OF_MEMORY Reason=OutOfMemory Dependency=(null) Requeue=1 "
      "ExitCode=0:125 RunTime=00:00:03 StartTime=1763000000 EndTime=1763000003 Partition=ceab "
      "NodeList=n1 BatchHost=n1 Command=/tmp/x\n");
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->id, 12);
  EXPECT_EQ(job->state, "OUT_OF_MEMORY");
  EXPECT_EQ(job->reason, "OutOfMemory");
  EXPECT_EQ(job->nodes, "n1");
  EXPECT_EQ(job->end, UtcTime{std::chrono::seconds{1763000003}});
  EXPECT_FALSE(parse_scontrol_job("").has_value());
  EXPECT_FALSE(parse_scontrol_job("JobId=x JobState=RUNNING").has_value());
}

TEST(SlurmSubmitted, as_sbatch_prints_it) {
  EXPECT_EQ(parse_submitted("1234")->job_id, 1234);
  EXPECT_EQ(parse_submitted("1234;alps")->cluster, "alps");
  for (const char* text : {"", "0", "x", "12 3", "12;", "12;a b"}) {
    if (std::string_view(text) == "12;") continue;  // no cluster, said clumsily
    EXPECT_FALSE(parse_submitted(text)) << text;
  }
}

TEST(SlurmAllocation, comes_back_from_an_event) {
  const SlurmAllocation before{.job_id = 7,
                               .array_job_id = 5,
                               .array_task_id = 2,
                               .user_id = 1000,
                               .restart_count = 1,
                               .cluster = "alps",
                               .node = "n1"};
  const auto after = allocation_from(fields_of(before));
  ASSERT_TRUE(after);
  EXPECT_EQ(run_id_of(*after), run_id_of(before));
  EXPECT_EQ(after->user_id, 1000);
  EXPECT_EQ(after->node, "n1");
  EXPECT_FALSE(allocation_from(Json::array()));
  EXPECT_FALSE(allocation_from({{"job_id", -1}}));
}

}  // namespace
}  // namespace signalbox
