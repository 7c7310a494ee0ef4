"""Jobs of a real Slurm that end without a word, and what the branch says of them afterwards."""

import json
import os
import pathlib
import re
import time

import pytest
from conftest import enter
from harness import wait_until

# A job that says it runs, and then nothing any more.
SPEAKS_ONCE = "signalbox report $SLURM_JOB_NAME running --no-publish -q\n"


@pytest.fixture(scope="module")
def cluster(make_cluster):
    return make_cluster()


def events_of(world, job):
    return sorted((event for event in world.events() if event["job"] == job), key=lambda event: event["id"])


def ask_again(world):
    """As if the interval had passed."""
    for question in (world.monitor / ".git/signalbox").glob("question-*"):
        os.utime(question, (0, 0))
    for memory in (world.monitor / ".git/signalbox").glob("reconcile-*.json"):
        document = json.loads(memory.read_text())
        document["asked"] = "2020-01-01T00:00:00Z"
        for job in document["jobs"]:
            if "missing_since" in job:
                job["missing_since"] = "2020-01-01T00:00:00Z"
        memory.write_text(json.dumps(document))


def test_each_end_gets_its_status_and_its_reason(world, cluster):
    enter(world, cluster)
    hog = "/usr/bin/python3 -c 'import time; held = bytearray(400 << 20); time.sleep(100)'\n"
    jobs = {
        name: cluster.submit(SPEAKS_ONCE + script, f"--job-name={name}", *options)
        for name, script, options in (
            ("well", "sleep 1\n", ()),
            ("bad", "sleep 1; exit 3\n", ()),
            ("gone", "sleep 300\n", ()),
            ("late", "sleep 300\n", ("--time=1",)),
            ("greedy", hog, ()),
            ("again", "sleep 300\n", ("--requeue",)),
            ("goes-on", "sleep 300\n", ()),
        )
    }
    for name in ("gone", "late", "again", "goes-on"):
        cluster.wait_for(jobs[name], "RUNNING")
    end = time.monotonic() + 180
    while len(list(world.spool(world.monitor).glob("*.event"))) < len(jobs):
        assert time.monotonic() < end, "not all jobs have reported"
        time.sleep(0.2)
    cluster.command("scancel", str(jobs["gone"]))
    cluster.command("scontrol", "requeue", str(jobs["again"]))
    for name, states in (
        ("well", ["COMPLETED"]),
        ("bad", ["FAILED"]),
        ("gone", ["CANCELLED"]),
        ("greedy", ["OUT_OF_MEMORY", "FAILED"]),
        ("again", ["PENDING"]),
        ("late", ["TIMEOUT"]),
    ):
        cluster.wait_for(jobs[name], *states, seconds=180)
    greedy = "OUT_OF_MEMORY" if cluster.limits_memory else "FAILED"
    assert cluster.state(jobs["greedy"]) == greedy
    # A job that has just ended may still speak for itself.
    time.sleep(31)
    world.signalbox("sync", "-C", world.monitor)

    views = {name: world.view(name) for name in jobs}
    statuses = {name: view["status"] for name, view in views.items()}
    assert statuses == {
        "well": "completed",
        "bad": "failed",
        "gone": "cancelled",
        "late": "timeout",
        "greedy": "failed",
        "again": "pending",
        "goes-on": "running",
    }
    messages = {name: events_of(world, name)[-1].get("message", "") for name in jobs}
    for name, word in (
        ("well", "COMPLETED"),
        ("bad", "FAILED"),
        ("gone", "CANCELLED"),
        ("late", "TIMEOUT"),
        ("greedy", greedy),
        ("again", "requeued"),
    ):
        assert word in messages[name], messages
        assert f"job {jobs[name]} " in messages[name]
    assert views["bad"]["exit_code"] == 3
    assert "exit code 3" in messages["bad"]
    runs = [(event["run_id"], event["status"]) for event in events_of(world, "again")]
    assert runs == [
        (f"slurm-lab-{jobs['again']}", "running"),
        (f"slurm-lab-{jobs['again']}", "cancelled"),
        (f"slurm-lab-{jobs['again']}-r1", "pending"),
    ]
    # What the job itself says later wins, however late it comes.
    world.report(world.monitor, "gone", "completed", "--run-id", f"slurm-lab-{jobs['gone']}")
    world.signalbox("sync", "-C", world.monitor)
    assert world.view("gone")["status"] == "completed"
    cluster.command("scancel", str(jobs["goes-on"]), str(jobs["again"]))


def test_what_the_controller_forgot_accounting_knows(world, cluster):
    enter(world, cluster)
    job = cluster.submit(SPEAKS_ONCE + "exit 7\n", "--job-name=forgotten")
    cluster.wait_for(job, "FAILED")
    # As the controller does by itself when MinJobAge has passed.
    program = world.directory / "programs"
    program.mkdir()
    (program / "squeue").write_text("#!/bin/sh\nexit 0\n")
    (program / "squeue").chmod(0o755)
    world.environment["PATH"] = f"{program}:{world.environment['PATH']}"
    time.sleep(31)
    done = json.loads(world.signalbox("slurm", "reconcile", "-C", world.monitor, "--json").stdout)
    assert [(verdict["job_name"], verdict["status"]) for verdict in done["verdicts"]] == [("forgotten", "failed")]
    assert "exit code 7" in done["verdicts"][0]["message"]


def test_a_pending_job_is_known_by_what_sbatch_printed(world, cluster):
    enter(world, cluster)
    job = cluster.submit("sleep 60\n", "--hold", "--job-name=held")
    world.report(world.monitor, "held", "pending", "--slurm-job", str(job))
    done = json.loads(world.signalbox("slurm", "reconcile", "-C", world.monitor, "--json").stdout)
    assert done["of_slurm"] == 1 and done["verdicts"] == []
    cluster.command("scancel", str(job))
    cluster.wait_for(job, "CANCELLED")
    time.sleep(31)
    ask_again(world)
    world.signalbox("sync", "-C", world.monitor)
    assert world.view("held")["status"] == "cancelled"
    assert world.view("held")["run_id"] == f"slurm-{job}"


def test_tasks_of_an_array_are_one_job(world, cluster):
    enter(world, cluster)
    script = (
        "signalbox run --job sweep --no-publish -- sh -c"
        " 'sleep 1; [ $SLURM_ARRAY_TASK_ID != 3 ] && [ $SLURM_ARRAY_TASK_ID != 5 ] || exit 4'\n"
    )
    job = cluster.submit(script, "--array=1-8")
    end = time.monotonic() + 300
    while cluster.command("squeue", "--noheader", f"--jobs={job}"):
        assert time.monotonic() < end
        time.sleep(0.5)
    world.signalbox("sync", "-C", world.monitor)
    status = world.status(world.monitor)["jobs"]
    assert [(each["job_name"], each["status"]) for each in status] == [("sweep", "failed")]
    assert status[0]["tasks"] == {
        "array_job_id": job,
        "total": 8,
        "unheard": 0,
        "states": {"completed": 6, "failed": 2},
    }
    table = world.signalbox("status", "-C", world.monitor).stdout
    assert re.search(rf"sweep +failed +8/8 .* array {job} ", table), table
    assert "tasks          sweep: 6 completed, 2 failed, of 8" in table


def test_tasks_that_are_cancelled_while_others_go_on(world, cluster):
    enter(world, cluster)
    job = cluster.submit(SPEAKS_ONCE + "sleep 300\n", "--array=0-3", "--job-name=part")
    end = time.monotonic() + 180
    while len(list(world.spool(world.monitor).glob("*.event"))) < 4:
        assert time.monotonic() < end
        time.sleep(0.2)
    cluster.command("scancel", f"{job}_1", f"{job}_2")
    time.sleep(33)
    world.signalbox("sync", "-C", world.monitor)
    (status,) = world.status(world.monitor)["jobs"]
    assert status["status"] == "running"
    assert status["tasks"]["states"] == {"cancelled": 2, "running": 2}
    cluster.command("scancel", str(job))


def test_the_sync_script_is_a_job_of_slurm(world, cluster):
    enter(world, cluster)
    world.report(world.monitor, "weather", "completed")
    script = pathlib.Path(__file__).resolve().parents[2] / "scripts/slurm_dashboard_sync_safe.sh"
    job = int(cluster.command("sbatch", "--parsable", "--wait", "--mem=50", str(script), cwd=world.monitor))
    assert cluster.state(job) == "COMPLETED"
    assert world.view("weather")["status"] == "completed"


def test_a_job_that_another_one_displaced_and_one_whose_node_went_down(world, cluster):
    enter(world, cluster)
    memory = int(re.search(r"RealMemory=(\d+)", cluster.command("scontrol", "show", "node")).group(1))
    most = f"--mem={memory * 2 // 3}"
    displaced = cluster.submit(SPEAKS_ONCE + "sleep 300\n", "--job-name=displaced", "--no-requeue", most)
    cluster.wait_for(displaced, "RUNNING")
    wait_until(lambda: len(list(world.spool(world.monitor).glob("*.event"))) == 1, "it says that it runs")
    urgent = cluster.submit("sleep 300\n", "--job-name=urgent", "--partition=urgent", most)
    cluster.wait_for(displaced, "PREEMPTED")
    cluster.command("scancel", str(urgent))
    fallen = cluster.submit(SPEAKS_ONCE + "sleep 300\n", "--job-name=fallen", "--no-requeue")
    cluster.wait_for(fallen, "RUNNING")
    wait_until(lambda: len(list(world.spool(world.monitor).glob("*.event"))) == 2, "it says that it runs")
    cluster.command("scontrol", "update", f"NodeName={cluster.host}", "State=DOWN", "Reason=pulled")
    try:
        cluster.wait_for(fallen, "NODE_FAIL")
    finally:
        # Slurm may have brought it back by itself: then there is nothing to resume.
        cluster.command("scontrol", "update", f"NodeName={cluster.host}", "State=RESUME", check=False)
    time.sleep(31)
    world.signalbox("sync", "-C", world.monitor)
    for name, status, word in (("displaced", "cancelled", "PREEMPTED"), ("fallen", "failed", "NODE_FAIL")):
        assert world.view(name)["status"] == status
        assert word in events_of(world, name)[-1]["message"]
