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
KNOWS_NO_SUCH_JOB = "case $* in *config*) echo 'ClusterName = alps';; *) echo 'Invalid job id specified' >&2; exit 1;; esac\n"
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

    put(squeue=SILENT, sacct=NO_ACCOUNTING, scontrol=KNOWS_NO_SUCH_JOB)
    return put


def calls_of(world, name):
    return [line for line in world.calls.read_text().splitlines() if line.split()[0] == name]


def reconcile(world):
    return json.loads(world.signalbox("slurm", "reconcile", "-C", world.monitor, "--json").stdout)


def let_the_interval_pass(world):
    for question in (world.monitor / ".git/signalbox").glob("question-*"):
        os.utime(question, (0, 0))
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
    assert "SLURM did not tell of 1 job" in done.stdout


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
    # Which cluster this is was asked once.
    assert not calls_of(world, "sacct") and len(calls_of(world, "scontrol")) == 1


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


def looks(world, count=3):
    """The verdicts of so many looks, an interval apart."""
    verdicts = []
    for _ in range(count):
        verdicts += reconcile(world)["verdicts"]
        let_the_interval_pass(world)
    return verdicts


def test_of_many_hosts_that_sync_at_once_one_asks(world, programs):
    world.report(world.monitor, "job", "running", env=IN_JOB)
    programs(squeue="sleep 0.2; echo '12|RUNNING|None|n1|alps|NONE|0|'\n")
    looking = [subprocess.Popen([PROGRAM, "slurm", "reconcile", "-C", world.monitor], stdout=subprocess.DEVNULL,
                                env=dict(world.environment, **IN_JOB))
               for _ in range(20)]
    assert [process.wait() for process in looking] == [0] * 20
    assert len(calls_of(world, "squeue")) == 1


def test_a_dry_run_counts_as_a_question(world, programs):
    world.report(world.monitor, "job", "running", env=IN_JOB)
    for _ in range(3):
        world.signalbox("slurm", "reconcile", "--dry-run", "-C", world.monitor)
    assert len(calls_of(world, "squeue")) == 1


def test_accounting_that_is_down_is_told_and_ends_no_job(world, programs):
    programs(sacct="echo 'sacct: error: failed to open persistent connection to host:db:6819: Connection refused' >&2; exit 1\n",
             scontrol="case $* in *config*) echo 'ClusterName = alps';; *) echo 'Invalid job id specified' >&2; exit 1;; esac\n")
    world.report(world.monitor, "job", "running", env=IN_JOB)
    assert looks(world) == []
    assert "Connection refused" in reconcile(world)["complaint"]
    let_the_interval_pass(world)
    programs(sacct="echo '12|COMPLETED|None|n1|alps|1700000000|0:0'\n")
    world.signalbox("slurm", "reconcile", "-C", world.monitor)


def test_a_job_that_only_the_listing_leaves_out_is_not_lost(world, programs):
    programs(scontrol="case $* in *config*) echo 'ClusterName = alps';; "
                      "*) echo 'JobId=12 JobName=a b UserId=u(1) JobState=RUNNING Reason=None ExitCode=0:0 EndTime=N/A NodeList=n1';; esac\n")
    world.report(world.monitor, "job", "running", env=IN_JOB)
    assert looks(world) == []
    programs(scontrol=KNOWS_NO_SUCH_JOB)
    assert [verdict["status"] for verdict in looks(world)] == ["failed"]


def test_what_a_person_set_for_squeue_hides_no_job(world, programs):
    programs(squeue='[ -n "$SQUEUE_NAMES$SQUEUE_QOS$SACCT_LOCAL" ] || echo "12|RUNNING|None|n1|alps|NONE|0|"\n', scontrol=KNOWS_NO_SUCH_JOB)
    world.environment.update(SQUEUE_NAMES="foo", SQUEUE_QOS="bar", SACCT_LOCAL="1")
    world.report(world.monitor, "job", "running", env=IN_JOB)
    assert looks(world) == []


def test_a_job_of_this_number_on_another_cluster_is_somebody_elses(world, programs):
    programs(squeue="echo '12|PENDING|user|said|n1|alps|N/A|0|'; echo '12|FAILED|None|n9|beta|1700000000|256|'\n")
    world.report(world.monitor, "job", "running", env=dict(IN_JOB, SLURMD_NODENAME=""))
    assert looks(world) == []


def test_a_job_without_a_cluster_is_judged_where_it_was_recorded_only(world, programs):
    programs(squeue=f"echo '1234|COMPLETED|None|n7|beta|{int(time.time()) + 60}|0|'\n",
             scontrol="echo 'ClusterName = beta'\n")
    world.report(world.monitor, "train", "pending", "--slurm-job", "1234")
    elsewhere = subprocess.run(["unshare", "-u", "sh", "-c", 'hostname other; exec "$@"', "sh", PROGRAM, "slurm",
                                "reconcile", "--json", "-C", world.monitor],
                               env=world.environment, capture_output=True, text=True, check=False)
    if elsewhere.returncode:
        pytest.skip("no other host name can be had here: " + elsewhere.stderr)
    assert json.loads(elsewhere.stdout)["verdicts"] == []


def test_a_job_that_goes_on_after_a_wrong_verdict_is_shown_as_it_is(world, programs):
    programs(scontrol=KNOWS_NO_SUCH_JOB)
    world.report(world.monitor, "job", "running", env=IN_JOB)
    assert [verdict["status"] for verdict in looks(world)] == ["failed"]
    world.signalbox("sync", "-q", "-C", world.monitor)
    assert world.view("job")["status"] == "failed"
    world.report(world.monitor, "job", "running", "20", env=IN_JOB)
    world.signalbox("sync", "-q", "-C", world.monitor)
    view = world.view("job")
    assert (view["status"], view["log_entries"], view["run_id"]) == ("running", [], "slurm-alps-12")
    world.report(world.monitor, "job", "completed", env=IN_JOB)
    world.signalbox("sync", "-q", "-C", world.monitor)
    view = world.view("job")
    assert (view["status"], view["run_id"], view.get("judged_by")) == ("completed", "slurm-alps-12", None)
    assert len({event["run_id"] for event in world.events()}) == 1


def test_a_run_whose_last_report_takes_long_has_not_vanished(world, programs):
    running = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
                                "inject=fsync,fdatasync:delay_enter=3000000", PROGRAM, "run", "--job", "job",
                                "--no-publish", "--", "sh", "-c", "while [ ! -e end ]; do sleep 0.1; done"],
                               env=world.environment, cwd=world.directory)
    wait_until(lambda: list(world.spool(world.monitor).glob("*.event")), "it says that it runs")
    wait_until(lambda: world.status(world.monitor)["jobs"], "it is shown")
    (world.directory / "end").touch()
    while running.poll() is None:
        assert reconcile(world)["verdicts"] == []
        time.sleep(0.2)
    assert world.status(world.monitor)["jobs"][0]["status"] == "completed"
