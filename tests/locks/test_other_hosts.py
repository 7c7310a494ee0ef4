"""Locks of other machines: the same PIDs, other names, clocks and boots."""

import json
import os
import pathlib
import signal
import subprocess
import threading

import pytest
from harness import PROGRAM, wait_until
from holders import ELSEWHERE, descendant

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and mounts need root")


@pytest.fixture
def shared(world, clone):
    """The clone on a file system that other machines may have mounted, for all Signalbox knows."""
    mounted = world.directory / "shared"
    mounted.mkdir()
    world.run("bindfs", world.directory, mounted)
    yield mounted
    world.run("fusermount", "-u", "-z", mounted)


def test_a_lock_of_another_machine_with_the_same_pid_survives_a_signal_to_the_one_that_waits(
        world, clone, gate):
    far = gate.holder(clone, *ELSEWHERE, "far")
    lock = clone / ".git/dashboard_sync.lock"
    text = lock.read_text()
    near = gate.start(*ELSEWHERE, "near", PROGRAM, "sync", "-C", clone)
    marks = clone / ".git/signalbox/waiting"
    wait_until(lambda: marks.exists() and list(marks.iterdir()), "the second one waits")
    (mark,) = marks.iterdir()
    pid, host = mark.read_text().splitlines()[:2]
    assert host == "near" and text.splitlines()[:2] == [pid, "far"]
    os.kill(descendant(near, "signalbox"), signal.SIGTERM)
    near.wait()
    assert lock.read_text() == text
    gate.open()
    far.wait()
    assert not lock.exists() and world.waiting(clone) == 0


def test_a_holder_in_a_container_of_this_machine_is_known_to_live_and_to_be_dead(
        world, clone, gate):
    far = gate.holder(clone, *ELSEWHERE, "far")
    seen = json.loads(world.signalbox("lock", "status", "-C", clone, "--json").stdout)["locks"]
    assert {(lock["host"], lock["alive"]) for lock in seen} == {("far", "yes")}
    os.kill(descendant(far, "signalbox"), signal.SIGKILL)
    far.wait()
    gate.open()
    assert (clone / ".git/dashboard_sync.lock").exists()
    world.signalbox("publish", "-C", clone)
    assert not (clone / ".git/signalbox/waiting").exists()  # it went on at once
    assert world.waiting(clone) == 0


def test_on_a_shared_file_system_a_dead_holder_is_watched_and_a_living_one_is_left(
        world, clone, gate, shared):
    dead, living = shared / "a", shared / "b"
    world.clone("b")
    far = gate.holder(dead, *ELSEWHERE, "far")
    os.kill(descendant(far, "signalbox"), signal.SIGKILL)
    far.wait()
    gate.open()
    # Another machine's publisher, which touches its lock as it works.
    event = world.report(living, "job", "running")
    lock = living / ".git/dashboard_sync.lock"
    lock.write_text("1\nfar\nanother-boot\n1\npublish\n2025-01-01T00:00:00Z\npid:[1]\n")
    stop = threading.Event()

    def work():
        while not stop.wait(1):
            lock.touch()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        both = [subprocess.Popen([PROGRAM, "publish", "-C", str(clone)], env=world.environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for clone in (dead, living)]
        assert [process.wait() for process in both] == [0, 75]
        result = world.signalbox("lock", "release", "--if-dead", "-C", living, check=False)
        assert result.returncode == 75 and "touches it" in result.stdout
        assert lock.exists()
    finally:
        stop.set()
        worker.join()
    assert world.waiting(dead) == 0 and world.waiting(living) == 1
    assert event not in world.published()


def test_a_time_namespace_does_not_make_a_living_holder_look_dead(world, clone, gate):
    if not pathlib.Path("/proc/self/ns/time").exists():
        pytest.skip("this kernel has no time namespaces")
    # Start times are another's there: one that went by them alone would see a reused PID.
    holder = gate.holder(clone)
    seen = world.run("unshare", "--time", "--boottime", "100000", "--fork", PROGRAM, "lock",
                     "status", "-C", clone, "--json")
    assert {lock["alive"] for lock in json.loads(seen.stdout)["locks"]} == {"yes"}
    gate.open()
    assert holder.wait() == 0


def test_on_a_shared_file_system_the_lock_of_a_script_that_is_not_here_counts_until_it_is_old(
        world, clone, shared):
    gone = subprocess.Popen(["true"])
    gone.wait()
    lock = clone / ".git/dashboard_sync.lock"
    lock.write_text(f"{gone.pid}\n")
    release = ("lock", "release", "--if-dead", "-C", shared / clone.name)
    refused = world.signalbox(*release, check=False)
    assert refused.returncode == 75 and "is not on this host" in refused.stdout + refused.stderr
    world.run("touch", "-d", "10 minutes ago", lock)
    world.signalbox(*release)
    assert not lock.exists()
