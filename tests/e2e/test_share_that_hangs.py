"""A file system whose server does not answer: a user-space one whose process is stopped."""

import contextlib
import json
import os
import signal
import subprocess

import pytest
from harness import ID, PROGRAM, wait_until

SECRET = "ghp_" + "a1B2" * 9


@contextlib.contextmanager
def share(world):
    """A directory on a user-space file system, and its server."""
    below, place = world.directory / "below", world.directory / "share"
    below.mkdir()
    place.mkdir()
    with subprocess.Popen(["bindfs", "-f", below, place]) as server:
        try:
            wait_until(lambda: os.path.ismount(place), "the share is mounted")
            yield place, server
        finally:
            server.send_signal(signal.SIGCONT)
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:  # it has been seen to stay when it was stopped before
                world.run("umount", "-l", place, check=False)
                server.kill()


@contextlib.contextmanager
def hung(server):
    server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)


def killed_at(world, call, number, path, *words):
    """A report whose child dies at the call of that number for that path."""
    return world.run("strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", f"trace={call}",
                     "-e", f"inject={call}:signal=KILL:when={number}", PROGRAM, "report", *words,
                     check=False)


def events_below(directory):
    return sorted(path.name for path in directory.rglob("*") if ID.search(path.name))


def test_a_report_waits_in_the_users_spool_without_its_secrets(world):
    world.make_remote()
    with share(world) as (_, server):
        clone = world.clone("share/monitor")
        with hung(server):
            result = world.signalbox("report", "-C", clone, "job", "running", "0", "10",
                                     f"token {SECRET}", "--config", f"api={SECRET}", "--strict")
        assert "in the user's spool" in result.stdout and "does not answer" in result.stderr
        assert SECRET not in "".join(path.read_text() for path in world.state.rglob("*")
                                     if path.is_file())
        world.signalbox("sync", "-C", clone)
        world.assert_published_once(ID.search(result.stdout).group())
        assert "token ***" in json.dumps(world.view("job"))


@pytest.mark.parametrize("strict", [False, True])
def test_a_state_directory_on_the_same_share_makes_nobody_wait(world, strict):
    world.make_remote()
    with share(world) as (place, server):
        clone = world.clone("share/monitor")
        with hung(server):
            result = world.signalbox("report", "-C", clone, "job", "running",
                                     *(["--strict"] if strict else []), check=False,
                                     env={"XDG_STATE_HOME": str(place / "state")})
        assert result.returncode == (1 if strict else 0)
        assert "job 'job' was NOT recorded" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("words, code", [
    ((), 0),
    (("--strict",), 0),
    (("--wait=5",), 0),
    (("--wait=5", "--strict"), 75),
])
def test_what_ends_after_the_report_is_durable_is_not_reported_again(world, words, code):
    world.make_remote()
    with share(world):
        clone = world.clone("a")
        world.report(clone, "job", "pending")
        # The view is read to compose the report, and again before it is replaced.
        result = killed_at(world, "openat", 2, clone / "data/status/job.json", "-C", clone, "job",
                           "running", *words)
        assert result.returncode == code, result.stderr
        assert "the report is recorded" in result.stderr
        assert len(events_below(world.spool(clone))) == 2 and events_below(world.state) == []


def test_a_report_that_was_made_in_both_places_is_one(world):
    world.make_remote()
    with share(world):
        clone = world.clone("a")
        world.spool(clone).mkdir(parents=True)
        # After the rename, before its directory is durable.
        result = killed_at(world, "fsync", 1, world.spool(clone), "-C", clone, "--no-publish",
                           "job", "running")
        event = ID.search(result.stdout).group()
        assert len(events_below(world.spool(clone))) == 1
        assert events_below(world.spool(clone)) == events_below(world.state)
        world.signalbox("sync", "-C", clone)
        world.assert_published_once(event)
        assert len(world.events()) == 1
