"""Reports and commands in an allocation of SLURM, as far as its environment tells."""

import subprocess
import time

ARRAY = {"SLURM_JOB_ID": "1240", "SLURM_ARRAY_JOB_ID": "1234", "SLURM_ARRAY_TASK_ID": "7",
         "SLURM_CLUSTER_NAME": "alps", "SLURM_JOB_PARTITION": "debug", "SLURMD_NODENAME": "nid001"}


def events(world):
    world.signalbox("sync", "-C", world.monitor)
    return sorted(world.events(), key=lambda event: event["id"])


def test_a_report_tells_its_allocation_and_a_requeued_job_is_a_new_run(world):
    for environment, status in ((ARRAY, "running"), (ARRAY, "running"),
                                (dict(ARRAY, SLURM_RESTART_COUNT="1"), "running"),
                                (dict(ARRAY, SLURM_RESTART_COUNT="1"), "completed"), ({}, "running")):
        world.report(world.monitor, "job", status, env=environment)
    found = events(world)
    runs = [event["run_id"] for event in found]
    assert runs == ["slurm-alps-1234_7"] * 2 + ["slurm-alps-1234_7-r1"] * 2 + [found[4]["id"]]
    assert found[0]["extra"]["slurm"] == {"job_id": 1240, "array_job_id": 1234, "array_task_id": 7,
                                          "cluster": "alps", "partition": "debug", "node": "nid001"}
    assert "slurm" not in found[4].get("extra", {})
    assert world.view("job")["status"] == "running"


def test_a_command_that_is_killed_at_the_time_limit_has_timed_out(world, wrapped):
    begin = int(time.time()) - 3600
    environment = dict(world.environment, **ARRAY, SLURM_JOB_START_TIME=str(begin),
                       SLURM_JOB_END_TIME=str(begin + 3600))
    subprocess.run(wrapped("sh", "-c", "kill -TERM $$"), env=environment, cwd=world.directory, check=False)
    subprocess.run(wrapped("sh", "-c", "kill -TERM $$"), env=dict(world.environment, **ARRAY),
                   cwd=world.directory, check=False)
    found = [event for event in events(world) if event["status"] != "running"]
    assert [event["status"] for event in found] == ["timeout", "cancelled"]
    assert found[0]["extra"]["slurm"]["time_limit"] == 3600
    assert found[0]["run_id"] != found[1]["run_id"]
