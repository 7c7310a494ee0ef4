"""`signalbox lock status` and `signalbox lock release --if-dead`."""

import json
import os
import pathlib
import signal
import subprocess

import pytest
from harness import PROGRAM, wait_until


def locks(world, clone):
    return json.loads(world.signalbox("lock", "status", "-C", clone, "--json").stdout)


def release(world, clone, code):
    result = world.signalbox("lock", "release", "--if-dead", "-C", clone, check=False)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def start_time(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]


def text_of(pid, start):
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    namespaces = " ".join(os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "time"))
    return f"{pid}\n{os.uname().nodename}\n{boot}\n{start}\npublish\n2025-01-01T00:00:00Z\n" \
           f"{namespaces}\n"


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "300"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def dead():
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def make_old(world, path):
    world.run("touch", "-h", "-d", "10 minutes ago", path)


def test_a_clone_at_rest_has_no_lock(world, clone):
    assert locks(world, clone) == {"locks": [], "waiting": []}
    assert "no lock is held" in world.signalbox("lock", "status", "-C", clone).stdout
    assert "nothing to release" in release(world, clone, 0)


def test_a_holder_and_who_waits_for_it_are_shown(world, clone, gate):
    holder = gate.holder(clone)
    waiter = gate.start(PROGRAM, "sync", "-C", clone)
    wait_until(lambda: locks(world, clone)["waiting"], "the second one is seen to wait")
    seen = locks(world, clone)
    shown = {(lock["kind"], lock["pid"], lock["host"], lock["operation"], lock["alive"])
             for lock in seen["locks"]}
    host = os.uname().nodename
    assert shown == {("publisher", holder.pid, host, "publish", "yes"),
                     ("kernel", holder.pid, host, "publish", "yes")}
    assert [one["pid"] for one in seen["waiting"]] == [waiter.pid]
    assert seen["waiting"][0]["operation"] == "sync"
    table = world.signalbox("lock", "status", "-C", clone).stdout
    assert f"{waiter.pid}@{host}" in table and max(map(len, table.splitlines())) <= 80
    assert "a publisher is at work" in release(world, clone, 75)
    assert (clone / ".git/dashboard_sync.lock").exists()
    gate.open()
    assert holder.wait() == waiter.wait() == 0
    assert locks(world, clone) == {"locks": [], "waiting": []}
    assert list((clone / ".git/signalbox/waiting").iterdir()) == []


def test_the_publisher_in_the_background_is_shown(world, clone, gate):
    gate.bar.touch()
    world.signalbox("report", "-C", clone, "job", "completed")
    wait_until(gate.arrived.exists, "it pushes")
    kernel = {lock["path"]: lock for lock in locks(world, clone)["locks"]
              if lock["kind"] == "kernel"}
    background = kernel[str(clone / ".git/signalbox/publisher.lock")]
    assert background["operation"] == "background publish" and background["alive"] == "yes"
    gate.open()
    wait_until(lambda: not locks(world, clone)["locks"], "it is done")


def test_what_a_killed_publisher_left_is_released(world, clone, gate):
    holder = gate.holder(clone)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    (left,) = locks(world, clone)["locks"]
    assert left["alive"] == "no" and left["pid"] == holder.pid
    assert "released dashboard_sync.lock" in release(world, clone, 0)
    assert not (clone / ".git/dashboard_sync.lock").exists()


def test_a_pid_that_another_process_got_is_not_the_owner(world, clone, sleeper):
    lock = clone / ".git/dashboard_sync.lock"
    start = start_time(sleeper.pid)
    lock.write_text(text_of(sleeper.pid, start))
    assert f"process {sleeper.pid}" in release(world, clone, 75)
    assert lock.exists()
    lock.write_text(text_of(sleeper.pid, int(start) - 1))
    assert "has ended" in release(world, clone, 0)
    assert not lock.exists()


def test_a_lock_of_gits_own_is_named_with_who_has_it_open_and_left(world, clone):
    index = clone / ".git/index.lock"
    ref = clone / ".git/refs/heads/deep/er.lock"
    ref.parent.mkdir()
    ref.touch()
    with open(index, "w", encoding="ascii"):
        seen = {lock["path"]: lock for lock in locks(world, clone)["locks"]}
        assert seen[str(index)]["pid"] == os.getpid() and seen[str(index)]["alive"] == "yes"
        assert seen[str(ref)]["pid"] is None and seen[str(ref)]["alive"] == "unknown"
        assert {lock["kind"] for lock in seen.values()} == {"git"}
    for path in (index, ref):
        make_old(world, path)
    told = release(world, clone, 75)
    assert "left index.lock" in told and "left refs/heads/deep/er.lock" in told
    assert index.exists() and ref.exists()


def test_an_index_lock_that_a_dead_signalbox_left_is_released(world, clone, dead):
    (clone / ".git/index.lock").write_text(text_of(dead, 1))
    assert "released index.lock" in release(world, clone, 0)
    assert not (clone / ".git/index.lock").exists()


@pytest.mark.parametrize("name", ["dashboard_sync.lock", "status_update.lock"])
def test_a_scripts_lock_is_released_when_it_is_dead(world, clone, name, dead, sleeper):
    lock = clone / ".git" / name
    lock.write_text(f"{sleeper.pid}\n")
    make_old(world, lock)
    assert f"process {sleeper.pid} runs" in release(world, clone, 75)
    lock.write_text(f"{dead}\n")
    assert f"released {name}" in release(world, clone, 0)
    assert not lock.exists()


def test_the_directory_of_a_script_is_released_when_it_is_old_and_empty(world, clone):
    lock = clone / ".git_sync_lock"
    lock.mkdir()
    release(world, clone, 75)
    (lock / "mine").touch()
    make_old(world, lock)
    assert "not empty" in release(world, clone, 75)
    (lock / "mine").unlink()
    make_old(world, lock)
    assert "released ../.git_sync_lock" in release(world, clone, 0)
    assert not lock.exists()


def test_a_marker_of_a_waiter_that_was_killed_is_not_shown_and_cleaned_up(world, clone, gate):
    gate.holder(clone)
    waiter = gate.start(PROGRAM, "sync", "-C", clone)
    wait_until(lambda: locks(world, clone)["waiting"], "it is seen to wait")
    waiter.send_signal(signal.SIGKILL)
    waiter.wait()
    assert locks(world, clone)["waiting"] == []
    gate.end()
    release(world, clone, 0)
    assert list((clone / ".git/signalbox/waiting").iterdir()) == []


def test_release_asks_for_if_dead(world, clone):
    result = world.signalbox("lock", "release", "-C", clone, check=False)
    assert result.returncode == 2 and "--if-dead" in result.stderr


def test_a_holder_that_nobody_waited_for_stops_no_one(world, clone, gate):
    holder = gate.holder(clone)
    holder.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in /proc
    gate.open()
    world.signalbox("publish", "-C", clone)
    assert not (clone / ".git/signalbox/waiting").exists()  # it went on at once
    assert world.waiting(clone) == 0
