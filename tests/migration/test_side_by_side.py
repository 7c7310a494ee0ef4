"""During the migration some jobs call the predecessor's scripts and others the drop-in ones, in one
clone and through one remote. What the new ones acknowledged is never lost, whatever the old ones do."""

import json
import pathlib
import shutil
import threading
import time

import pytest
from harness import PROGRAM, wait_until

BASELINE = pathlib.Path(__file__).resolve().parents[2] / "bench" / "baseline"
ROUNDS = 5


@pytest.fixture
def clone(world):
    """The drop-in scripts are in place; the old ones go on under other names, as a project that
    keeps its own copy has them."""
    world.make_remote()
    path = world.clone("monitor")
    (path / "scripts").mkdir()
    shutil.copy(BASELINE / "update.sh", path / "scripts" / "failsafe_git_update_safe.sh")
    world.git(path, "add", "scripts")
    world.git(path, "commit", "-qm", "The predecessor's scripts")
    world.git(path, "push", "-q", "origin", "HEAD:main")
    world.signalbox("migrate", "apply", "-C", path)
    world.environment["SIGNALBOX_BIN"] = PROGRAM
    return path


def together(*workers):
    failures = []

    def run(worker):
        try:
            worker()
        except BaseException as failure:  # noqa: BLE001 - shown by the assertion below
            failures.append(failure)
    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def wait_for_the_next_second():
    """The old documents give whole seconds: two of one second have no order."""
    before = int(time.time())
    wait_until(lambda: int(time.time()) > before, "the next second begins")


def durations(world, job):
    return [event["duration"] for event in world.events() if event["job"] == job]


def test_old_and_new_scripts_in_one_clone_lose_nothing_of_the_new(world, clone):
    def old_job(name):
        for step in range(1, ROUNDS + 1):
            world.run("bash", BASELINE / "update.sh", clone, name, "running", step, step)

    def new_job(name):
        for step in range(1, ROUNDS + 1):
            world.run(clone / "scripts/failsafe_git_update_safe.sh", clone, name, "running", step, step)

    def old_sync():
        for _ in range(3):
            world.run("bash", BASELINE / "sync.sh", clone)

    def new_sync():
        for _ in range(3):
            world.run("bash", clone / "scripts/slurm_dashboard_sync.sh", cwd=clone, check=False,
                      env={"MONITOR_PATH": str(clone)})
    together(lambda: old_job("old"), lambda: new_job("new_a"), lambda: new_job("new_b"),
             old_sync, new_sync)
    world.signalbox("sync", "-C", clone)
    for job in ("new_a", "new_b"):
        assert sorted(set(durations(world, job))) == list(range(1, ROUNDS + 1))
        assert world.view(job)["duration"] == ROUNDS
    assert max(world.published().values()) == 1
    assert world.git(clone, "stash", "list") == ""
    assert world.waiting(clone) == 0


def test_old_scripts_in_another_clone_and_new_ones_here_see_each_other(world, clone):
    other = world.clone("other")
    for step in range(1, ROUNDS + 1):
        wait_for_the_next_second()
        world.run("bash", BASELINE / "update.sh", other, "old", "running", step, step)
        world.run("bash", BASELINE / "sync.sh", other)
        world.run(clone / "scripts/failsafe_git_update_safe.sh", clone, "new", "running", step, step)
        world.signalbox("sync", "-C", clone)
    world.run("bash", BASELINE / "sync.sh", other)
    assert sorted(set(durations(world, "new"))) == list(range(1, ROUNDS + 1))
    assert json.loads((clone / "data/status/old.json").read_text())["duration"] == ROUNDS
    assert json.loads((other / "data/status/new.json").read_text())["duration"] == ROUNDS


def test_going_back_leaves_a_clone_that_the_old_scripts_work_in(world, clone):
    world.run(clone / "scripts/failsafe_git_update_safe.sh", clone, "weather", "running", 5, 50)
    world.signalbox("sync", "-C", clone)
    world.signalbox("migrate", "undo", "-C", clone)
    assert world.git(clone, "status", "--porcelain") == ""
    world.run("bash", clone / "scripts/failsafe_git_update_safe.sh", clone, "weather", "completed",
              10, 100)
    world.run("bash", BASELINE / "sync.sh", clone)
    assert world.view("weather")["status"] == "completed"
    # And forward again: what the old script wrote is an event like any other.
    world.signalbox("sync", "-C", clone)
    assert sorted(durations(world, "weather")) == [5, 10]
