"""SLURM that is slow, absent, somebody else's or wordless: programs that stand in for its own."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from harness import PROGRAM, wait_until

IN_JOB = {"SLURM_JOB_ID": "12", "SLURM_CLUSTER_NAME": "alps", "SLURMD_NODENAME": "n1", "SLURM_JOB_UID": str(os.geteuid())}
SILENT = "exit 0\n"
NO_ACCOUNTING = "echo 'Slurm accounting storage is disabled' >&2; exit 1\n"


@pytest.fixture
def programs(world):
    """Puts programs in front of $PATH; each call of one is a line in `calls`."""
    directory = world.directory / "programs"
    directory.mkdir()
    world.environment["PATH"] = f"{directory}:{world.environment['PATH']}"
    world.calls = world.directory / "calls"
    world.calls.touch()

    def put(**scripts):
        for name, script in scripts.items():
            (directory / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{world.calls}\n{script}')
            (directory / name).chmod(0o755)

    put(squeue=SILENT, sacct=NO_ACCOUNTING, scontrol="echo 'ClusterName             = alps'\n")
    return put


def calls_of(world, name):
    return [line for line in world.calls.read_text().splitlines() if line.split()[0] == name]


def reconcile(world):
    return json.loads(world.signalbox("slurm", "reconcile", "-C", world.monitor, "--json").stdout)


def let_the_interval_pass(world):
    for memory in (world.monitor / ".git/signalbox").glob("reconcile-*.json"):
        document = json.loads(memory.read_text())
        document["asked"] = "2020-01-01T00:00:00Z"
        for job in document["jobs"]:
            if "missing_since" in job:
                job["missing_since"] = "2020-01-01T00:00:00Z"
        memory.write_text(json.dumps(document))


def settle(world, key, value):
    settings = world.monitor / "signalbox.toml"
    settings.write_text(settings.read_text().replace("[slurm]\n", f"[slurm]\n{key} = {value}\n"))


def test_a_queue_that_hangs_holds_up_nothing(world, programs):
    programs(squeue="sleep 600\n")
    settle(world, "timeout", 1)
    world.report(world.monitor, "job", "running", env=IN_JOB)
    done = world.signalbox("sync", "-C", world.monitor)
    assert "published 1 event" in done.stdout
    assert "'squeue' gave no answer within 1 s" in done.stdout
    assert world.view("job")["status"] == "running"
    doctor = json.loads(world.signalbox("doctor", "-C", world.monitor, "--json", check=False).stdout)
    assert [each["verdict"] for each in doctor["checks"] if each["id"] == "slurm"] == ["warning"]


def test_no_slurm_at_all(world, programs):
    tools = world.directory / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    world.environment["PATH"] = str(tools)
    world.report(world.monitor, "job", "running", env=IN_JOB)
    done = world.signalbox("sync", "-C", world.monitor)
    assert "published 1 event" in done.stdout
    assert "SLURM was not asked about 1 job" in done.stdout


def test_one_question_for_all_jobs_and_none_before_the_interval_has_passed(world, programs):
    for number in range(20):
        world.report(world.monitor, f"job{number}", "running", env=dict(IN_JOB, SLURM_JOB_ID=str(100 + number)))
    programs(squeue="".join(f"echo '{100 + number}|RUNNING|None|n1|alps|NONE|0|'\n" for number in range(20)))
    for _ in range(3):
        world.signalbox("sync", "-q", "-C", world.monitor)
    assert len(calls_of(world, "squeue")) == 1
    assert reconcile(world)["not_asked_until"] is not None
    assert len(calls_of(world, "squeue")) == 1
    let_the_interval_pass(world)
    world.signalbox("sync", "-q", "-C", world.monitor)
    assert len(calls_of(world, "squeue")) == 2
    assert not calls_of(world, "sacct") and not calls_of(world, "scontrol")


def test_nothing_is_asked_when_no_job_of_slurm_runs(world, programs):
    world.report(world.monitor, "plain", "running")
    world.report(world.monitor, "over", "completed", env=IN_JOB)
    world.signalbox("sync", "-q", "-C", world.monitor)
    assert world.calls.read_text() == ""


def test_a_job_that_nobody_knows_is_lost_at_the_second_look(world, programs):
    programs(squeue="echo '12|RUNNING|None|n1|alps|NONE|0|'\n")
    world.report(world.monitor, "job", "running", env=IN_JOB)
    world.signalbox("sync", "-q", "-C", world.monitor)
    programs(squeue="echo '99|RUNNING|None|n1|alps|NONE|0|'\n")
    let_the_interval_pass(world)
    assert reconcile(world)["verdicts"] == []
    let_the_interval_pass(world)
    (verdict,) = reconcile(world)["verdicts"]
    assert verdict["status"] == "failed" and "last seen RUNNING" in verdict["message"]
    wait_until(lambda: world.view("job")["status"] == "failed", "the verdict is published")


def test_jobs_of_another_cluster_or_of_another_user_are_left_alone(world, programs):
    if os.geteuid() == 0:
        others = dict(IN_JOB, SLURM_CLUSTER_NAME="daint")
        world.report(world.monitor, "elsewhere", "running", env=others)
    world.report(world.monitor, "unnamed", "running", "--slurm-job", "77")
    for _ in range(3):
        assert reconcile(world)["verdicts"] == []
        let_the_interval_pass(world)


def test_a_site_whose_squeue_only_speaks_json(world, programs):
    document = {"jobs": [{"job_id": 12, "cluster": "alps", "job_state": ["TIMEOUT"], "state_reason": "TimeLimit",
                          "end_time": {"set": True, "number": 1700000000}, "nodes": "n1"}]}
    programs(squeue=f"case $* in *--json*) echo '{json.dumps(document)}';; *) echo 'ID STATE'; exit 0;; esac\n")
    world.report(world.monitor, "job", "running", env=IN_JOB)
    found = reconcile(world)
    # It says that the job ended long ago, and the job spoke just now.
    assert found["verdicts"] == [] and found["complaint"] == ""
    assert len(calls_of(world, "squeue")) == 2


def test_reconciliation_can_be_turned_off(world, programs):
    settle(world, "reconcile", "false")
    world.report(world.monitor, "job", "running", env=IN_JOB)
    world.signalbox("sync", "-q", "-C", world.monitor)
    assert world.calls.read_text() == ""


def test_a_wrapped_command_that_is_killed_together_with_its_wrapper_has_vanished(world, programs):
    running = subprocess.Popen(
        [PROGRAM, "run", "--job", "job", "--no-publish", "--", "sleep", "1000"],
        env=world.environment, start_new_session=True,
    )
    wait_until(lambda: list(world.spool(world.monitor).glob("*.event")), "it says that it runs")
    world.signalbox("sync", "-q", "-C", world.monitor)
    assert world.view("job")["status"] == "running"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    done = world.signalbox("sync", "-C", world.monitor)
    assert "job is failed: vanished" in done.stdout
    assert world.view("job")["status"] == "failed"


def test_a_command_that_outlives_its_wrapper_is_not_called_vanished(world, programs):
    running = subprocess.Popen(
        [PROGRAM, "run", "--job", "job", "--no-publish", "--", "sleep", "1000"],
        env=world.environment, start_new_session=True,
    )
    wait_until(lambda: list(world.spool(world.monitor).glob("*.event")), "it says that it runs")
    running.kill()
    running.wait()
    world.signalbox("sync", "-q", "-C", world.monitor)
    time.sleep(0.5)
    world.signalbox("sync", "-q", "-C", world.monitor)
    assert world.view("job")["status"] == "running"
    os.killpg(running.pid, signal.SIGKILL)


def test_a_silent_job_is_flagged_and_not_overwritten(world, programs):
    (world.monitor / "data/status").mkdir(parents=True, exist_ok=True)
    (world.monitor / "data/status/old.json").write_text(
        json.dumps({"job_name": "old", "status": "running", "last_updated": "2025-08-17T06:00:00Z"}))
    world.signalbox("sync", "-q", "-C", world.monitor)
    (job,) = world.status(world.monitor)["jobs"]
    assert job["status"] == "running" and job["silent"] is True
    assert "running, silent" in world.signalbox("status", "-C", world.monitor).stdout
    assert world.view("old")["status"] == "running"
