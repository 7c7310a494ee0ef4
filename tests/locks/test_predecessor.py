"""The predecessor's scripts and Signalbox in one clone, at the same time, with clocks that differ."""

import pathlib
import re
import subprocess
import threading

import pytest
from harness import ID, PROGRAM

BASELINE = pathlib.Path(__file__).resolve().parents[2] / "bench/baseline"

# The guide's own lines, and what it means to be alone: nobody else's entry comes in between.
GUIDE = r"""
cd "$1" || exit 1
LOCK_FILE=".git/dashboard_sync.lock"
acquire_lock() {
    if (set -C; echo $$ > "$LOCK_FILE") 2>/dev/null; then
        return 0  # Got lock
    else
        return 1  # Another operation in progress
    fi
}
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    until acquire_lock; do sleep 0.02; done
    echo "script in" >> "$2"
    [ "$(cat "$LOCK_FILE")" = $$ ] || echo "script robbed" >> "$2"
    sleep 0.1
    [ "$(cat "$LOCK_FILE")" = $$ ] || echo "script robbed" >> "$2"
    echo "script out" >> "$2"
    rm -f "$LOCK_FILE"
    sleep 0.1
done
"""


def run_all(world, commands):
    processes = [subprocess.Popen([str(word) for word in command], env=world.environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                 for command in commands]
    for process in processes:
        process.wait()


def test_a_script_and_signalbox_never_work_at_the_same_time(world, clone):
    diary = world.directory / "diary"
    hook = world.remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\necho 'push in' >> '{diary}'\nsleep 0.1\n"
                    f"echo 'push out' >> '{diary}'\n")
    hook.chmod(0o755)
    script = world.directory / "guide.sh"
    script.write_text(GUIDE)
    acknowledged = []

    def report():
        for number in range(12):
            acknowledged.append(world.report(clone, "job", "running", "1", number))
            world.signalbox("publish", "-C", clone)

    reporter = threading.Thread(target=report)
    reporter.start()
    run_all(world, [["bash", script, clone, diary]])
    reporter.join()
    world.assert_published_once(*acknowledged)
    entries = diary.read_text().splitlines()
    assert entries.count("script in") == 12 and entries.count("push in") >= 2
    assert "script robbed" not in entries
    for first, second in zip(entries[::2], entries[1::2]):
        assert first.endswith(" in") and second == first.replace(" in", " out"), entries


@pytest.mark.parametrize("clock", ["+0s", "+3600s", "-3600s"])
def test_nothing_of_signalbox_is_lost_beside_the_old_scripts_whatever_their_clock(
        world, clone, clock):
    # A script whose clock is ahead takes every lock for stale, and deletes it.
    faked = ["env", "NO_FAKE_STAT=1", "faketime", "-f", clock, "bash"]
    acknowledged = []
    lock = threading.Lock()

    def report(name):
        for number in range(8):
            result = world.signalbox("report", "-C", clone, name, "running", "1", number)
            with lock:
                acknowledged.extend(ID.findall(result.stdout))

    reporters = [threading.Thread(target=report, args=(f"new_{n}",)) for n in range(2)]
    for reporter in reporters:
        reporter.start()
    for number in range(3):
        run_all(world, [[*faked, BASELINE / "update.sh", clone, "old_a", "running", number],
                        [*faked, BASELINE / "update.sh", clone, "old_b", "running", number],
                        [*faked, BASELINE / "sync.sh", clone],
                        [PROGRAM, "sync", "-q", "-C", clone]])
    for reporter in reporters:
        reporter.join()
    world.signalbox("sync", "-C", clone)
    assert len(acknowledged) == 16
    world.assert_published_once(*acknowledged)
    assert max(world.published().values()) == 1
    assert not re.search("stash", world.git(clone, "reflog", check=False))


def test_a_script_that_deletes_every_lock_it_meets_loses_nothing_of_signalbox(world, clone):
    # What a script does whose clock is ahead, or whose waiting ended in its trap.
    stop = world.directory / "stop"
    thief = subprocess.Popen(["bash", "-c", f"while [ ! -e '{stop}' ]; do "
                              f"rm -f '{clone}/.git/dashboard_sync.lock'; done"])
    ids = [world.report(clone, f"job_{n}", "running") for n in range(30)]
    run_all(world, [[PROGRAM, "publish", "-C", clone] for _ in range(5)])
    stop.touch()
    thief.wait()
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)
    assert max(world.published().values()) == 1
