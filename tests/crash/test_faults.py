"""ENOSPC, EIO, EROFS and EACCES at every write, fsync, rename and open, one at a time."""

import pytest
from harness import ID, PROGRAM
from test_kill import assert_no_lock_stays, system_calls

CALLS = ("openat", "write", "fsync", "rename", "link", "linkat", "mkdir", "unlink", "close")
ERRORS = ("ENOSPC", "EIO", "EROFS", "EACCES")


def with_fault(world, call, error, *words):
    name, number = call
    return world.run("strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}",
                     "-e", f"inject={name}:error={error}:when={number}", PROGRAM, *words,
                     check=False)


@pytest.mark.parametrize("error", ERRORS)
def test_report_survives_every_fault(world, error):
    world.make_remote()
    clone = world.clone("a")
    words = ("report", "-C", clone, "--no-publish", "job", "running", "1", "50", "message")
    calls = [call for call in system_calls(world, world.directory / "trace", *words)
             if call[0] in CALLS]
    assert len(calls) > 8
    acknowledged = []
    for call in calls:
        result = with_fault(world, call, error, *words)
        assert result.returncode == 0, (call, result.stderr)
        ids = ID.findall(result.stdout)
        if call[0] != "write" or ids:
            # A write to stdout or stderr may be the one that failed; else one of the two is said.
            assert ids or "NOT recorded" in result.stderr, (call, result.stdout, result.stderr)
        acknowledged += ids
    assert len(acknowledged) > len(calls) / 2
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*acknowledged)


@pytest.mark.parametrize("error", ERRORS)
def test_publish_survives_every_fault(world, error):
    world.make_remote()
    clone = world.clone("a")
    acknowledged = [world.report(clone, "job", "running")]
    calls = [call for call in system_calls(world, world.directory / "trace", "publish", "-C", clone)
             if call[0] in CALLS]
    assert len(calls) > 20
    for number, call in enumerate(calls):
        acknowledged.append(world.report(clone, f"job_{number % 5}", "running", "1", "50"))
        result = with_fault(world, call, error, "publish", "-C", clone)
        assert result.returncode >= 0, (call, result.stderr)  # an error, never a crash
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*acknowledged)
    assert max(world.published().values()) == 1
    assert_no_lock_stays(clone)
    world.git(clone, "fsck")
