"""What happens to a remote, and to what a clone keeps about it: branches that vanish or go back,
refs and locks left behind, paths that are taken, and pushes that are refused for what they hold."""

import json
import os
import signal
import subprocess

import pytest
from harness import PROGRAM, wait_until
from test_people import move_remote

KNOWN_TIP = ".git/refs/signalbox/remotes/origin/main"
NOBODY = "d" * 40  # no commit has this id


def set_hook(world, text):
    hook = world.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\n" + text)
    hook.chmod(0o755)
    return hook


def refuse_diffs_with(world, word):
    return set_hook(world, "while read old new ref; do\n"
                           f"  git diff $old $new | grep -q '^+.*{word}' || continue\n"
                           "  echo 'push protection: this looks like a token' >&2; exit 1\n"
                           "done\n")


def published_one_by_one(world, clone, *jobs):
    ids = []
    for job in jobs:
        ids.append(world.report(clone, job, "running"))
        world.signalbox("sync", "-C", clone)
    return ids


def delete_the_branch(world):
    world.git(world.remote, "update-ref", "-d", "refs/heads/main")


def replace_by_an_empty_repository(world):
    os.rename(world.remote, world.directory / "old.git")
    world.run("git", "init", "-q", "--bare", world.remote)


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("a")


@pytest.mark.parametrize("accident", [delete_the_branch, replace_by_an_empty_repository])
def test_a_branch_that_is_gone_from_the_remote_is_put_back(world, clone, accident):
    ids = published_one_by_one(world, clone, "one", "two", "one")
    accident(world)
    ids.append(world.report(clone, "three", "running"))
    result = world.signalbox("sync", "-C", clone)
    assert "'main' was gone from 'origin'" in result.stderr
    world.assert_published_once(*ids)
    names = world.git(world.remote, "ls-tree", "-r", "--name-only", "main").split()
    assert {"notes.txt", "signalbox.toml", ".gitattributes"} <= set(names)
    assert world.view("one")["revision"] == ids[2]
    # Everybody goes on from there.
    assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
    assert world.status(clone)["clone"]["checkout_obstacle"] == ""


def test_a_branch_that_is_gone_is_put_back_when_the_first_try_is_refused(world, clone):
    ids = published_one_by_one(world, clone, "one", "two")
    delete_the_branch(world)
    hook = set_hook(world, "exit 1\n")
    ids.append(world.report(clone, "three", "running"))
    assert world.signalbox("sync", "-C", clone, check=False).returncode == 11
    hook.unlink()
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)
    assert world.git(world.remote, "show", "main:notes.txt") == "one"


def rewind(world, commit):
    desk = world.clone("desk")
    world.git(desk, "reset", "-q", "--hard", commit)
    world.git(desk, "push", "-q", "--force")


def test_events_that_a_force_push_took_away_are_published_again(world, clone):
    ids = published_one_by_one(world, clone, "one")
    kept = world.git(world.remote, "rev-parse", "main")
    ids += published_one_by_one(world, clone, "two", "one")
    other = world.clone("other")
    ids += published_one_by_one(world, other, "three")
    world.signalbox("sync", "-C", clone)
    rewind(world, kept)
    ids.append(world.report(clone, "four", "running"))
    result = world.signalbox("sync", "-C", clone)
    assert "was moved back" in result.stderr and "3 events" in result.stderr
    world.signalbox("sync", "-C", other)
    world.assert_published_once(*ids)
    assert len(world.events()) == len(ids)
    assert world.view("one")["revision"] == ids[2]
    assert world.waiting(clone) == world.waiting(other) == 0


def test_events_that_a_force_push_took_away_survive_a_full_disk(world, clone):
    ids = published_one_by_one(world, clone, "one")
    kept = world.git(world.remote, "rev-parse", "main")
    ids += published_one_by_one(world, clone, "two")
    rewind(world, kept)
    full = world.run("strace", "-qq", "-o", "/dev/null", "-e", "trace=rename",
                     "-e", "inject=rename:error=ENOSPC", PROGRAM, "sync", "-C", clone,
                     check=False)
    assert full.returncode != 0
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)


@pytest.mark.parametrize("text", ["", NOBODY + "\n"])
def test_a_known_tip_that_a_power_cut_broke_is_fetched_again(world, clone, text):
    ids = published_one_by_one(world, clone, "one")
    (clone / KNOWN_TIP).write_text(text)
    ids.append(world.report(clone, "two", "running"))
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)
    world.git(clone, "fetch", "-q")
    world.git(clone, "fsck", "--strict")


def test_a_lock_of_the_known_tip_that_a_killed_publisher_left_is_removed(world, clone):
    ids = published_one_by_one(world, clone, "one")
    lock = clone / (KNOWN_TIP + ".lock")
    lock.write_text("")
    world.run("touch", "-d", "1 hour ago", lock)
    move_remote(world)
    ids.append(world.report(clone, "two", "running"))
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)
    assert not lock.exists()


def test_a_fresh_lock_of_the_persons_tracking_ref_stops_nothing_and_stays(world, clone):
    ids = published_one_by_one(world, clone, "one")
    lock = clone / ".git/refs/remotes/origin/main.lock"
    lock.write_text("")
    move_remote(world)
    ids.append(world.report(clone, "two", "running"))
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)
    assert lock.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_a_slow_push_leaves_no_lock(world, clone, number):
    started = world.directory / "started"
    hook = set_hook(world, f"touch '{started}'\nsleep 3\n")
    event = world.report(clone, "job", "running")
    sync = subprocess.Popen([PROGRAM, "sync", "-q", "-C", str(clone)], env=world.environment)
    wait_until(started.exists, "the push is under way")
    assert (clone / ".git/dashboard_sync.lock").exists()
    sync.send_signal(number)
    assert sync.wait() == -number
    assert not (clone / ".git/dashboard_sync.lock").exists()
    hook.unlink()
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)


def push_in_place_of(world, path, make):
    """Somebody pushes something else where Signalbox has a file or a directory."""
    desk = world.clone("desk")
    world.git(desk, "rm", "-rq", "--ignore-unmatch", path)
    make(desk, path)
    world.git(desk, "commit", "-qm", f"Take {path}")
    world.git(desk, "push", "-q")
    return desk


def add_file(desk, path, world):
    (desk / path).parent.mkdir(parents=True, exist_ok=True)
    (desk / path).write_text("mine\n")
    world.git(desk, "add", path)


def add_submodule(desk, path, world):
    tip = world.git(desk, "rev-parse", "HEAD")
    world.git(desk, "update-index", "--add", "--cacheinfo", f"160000,{tip},{path}")


@pytest.mark.parametrize("make", [
    lambda desk, path, world: add_file(desk, path + "/x.txt", world), add_submodule])
def test_a_view_without_room_keeps_no_other_job_and_no_event(world, clone, make):
    push_in_place_of(world, "data/status/j2.json", lambda *where: make(*where, world))
    ids = [world.report(clone, "j1", "running"), world.report(clone, "j2", "completed")]
    result = world.signalbox("sync", "-C", clone)
    assert "data/status/j2.json" in result.stderr
    world.assert_published_once(*ids)
    assert world.view("j1")["revision"] == ids[0]
    assert world.waiting(clone) == 0


@pytest.mark.parametrize("path", ["data/history", "data/status", "data"])
def test_a_file_in_place_of_a_directory_is_named_and_the_event_waits(world, clone, path):
    desk = push_in_place_of(world, path, lambda *where: add_file(*where, world))
    event = world.report(clone, "job", "running")
    result = world.signalbox("sync", "-C", clone, check=False)
    if path == "data/status":  # history has room: only the view waits
        assert f"{path}/job.json" in result.stderr
        world.assert_published_once(event)
        return
    assert result.returncode != 0
    assert f"'{path}" in result.stderr and "hint:" in result.stderr
    assert world.waiting(clone) == 1
    world.git(desk, "rm", "-q", path)
    world.git(desk, "commit", "-qm", "Make room")
    world.git(desk, "push", "-q")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)


def test_a_very_large_file_among_the_views_stops_nothing(world, clone):
    desk = world.clone("desk")
    with open(desk / "data/status/big.json", "wb") as file:
        file.truncate(100_000_000)
    world.git(desk, "add", "-A")
    world.git(desk, "commit", "-qm", "Big")
    world.git(desk, "push", "-q")
    event = world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert not (clone / "data/status/big.json").exists()
    obstacle = world.status(clone)["clone"]["checkout_obstacle"]
    assert "'data/status/big.json' is very large" in obstacle


def test_an_event_that_a_person_took_out_of_the_history_stays_out(world, clone):
    first, = published_one_by_one(world, clone, "job")
    before = world.git(world.remote, "rev-parse", "main")
    secret, = published_one_by_one(world, clone, "job")
    other = world.clone("other")
    published_one_by_one(world, other, "unrelated")
    desk = world.clone("desk")
    segment = world.git(desk, "grep", "-l", secret, "--", "data/history")
    world.git(desk, "rm", "-q", segment)
    world.git(desk, "checkout", "-q", before, "--", "data/status/job.json")
    world.git(desk, "commit", "-qm", "Take a token out")
    world.git(desk, "push", "-q")
    for place in (other, clone):
        published_one_by_one(world, place, "unrelated")
        text = world.signalbox("history", "-C", place, "job", "--json").stdout
        assert first in text and secret not in text
        assert world.view("job")["revision"] == first
    assert world.published()[secret] == 0


def test_a_remote_that_takes_only_small_pushes_gets_all_events_in_small_ones(world):
    world.make_remote(pushes_per_minute=60)
    a = world.clone("a")
    set_hook(world, "while read old new ref; do\n"
                    "  lines=$(git diff $old $new -- data/history | grep -c '^+{')\n"
                    "  test $lines -gt 20 || continue\n"
                    "  echo 'file size limit exceeded' >&2; exit 1\n"
                    "done\n")
    ids = [world.report(a, f"job_{n % 10}", "running", "1", n) for n in range(99)]
    world.signalbox("report", "-C", a, "last", "running")  # leaves a publisher behind
    wait_until(lambda: len(world.events()) == 100, "all events are published")
    world.assert_published_once(*ids)


@pytest.mark.parametrize("offender", [0, 4, 9])
def test_an_event_that_the_remote_refuses_is_set_aside_and_the_others_go_on(world, clone, offender):
    refuse_diffs_with(world, "SECRET")
    ids = [world.report(clone, f"job_{n}", "running", "1", n, "SECRET" if n == offender else "fine")
           for n in range(10)]
    refused = ids.pop(offender)
    world.signalbox("sync", "-C", clone, check=False)
    world.assert_published_once(*ids)
    # What goes through now shows that it was not the remote's own trouble.
    later = world.report(clone, "later", "completed")
    result = world.signalbox("sync", "-C", clone)
    world.assert_published_once(later)
    aside = world.spool(clone) / "refused" / f"{refused}.event"
    assert aside.exists() and world.published()[refused] == 0
    state = world.status(clone)["clone"]
    assert state["waiting"] == 0 and len(state["refused"]) == 1
    assert refused in state["refused"][0]
    assert refused in world.signalbox("status", "-C", clone).stdout
    assert result.returncode == 0


def test_an_event_that_was_refused_alone_does_not_keep_the_next_ones(world, clone):
    refuse_diffs_with(world, "SECRET")
    refused = world.report(clone, "job", "running", "1", "50", "SECRET")
    assert world.signalbox("sync", "-C", clone, check=False).returncode == 11
    assert world.waiting(clone) == 1
    event = world.report(clone, "other", "completed")
    world.signalbox("sync", "-C", clone, check=False)
    world.assert_published_once(event)
    assert refused in json.dumps(world.status(clone)["clone"]["refused"])


def test_a_remote_that_refuses_everything_sets_nothing_aside(world, clone):
    hook = set_hook(world, "echo 'closed for maintenance' >&2; exit 1\n")
    ids = [world.report(clone, f"job_{n}", "running") for n in range(10)]
    for _ in range(9):
        assert world.signalbox("sync", "-C", clone, check=False).returncode == 11
    assert world.waiting(clone) == 10 and world.status(clone)["clone"]["refused"] == []
    hook.unlink()
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)


def test_a_remote_that_opens_again_while_it_is_asked_sets_nothing_aside(world, clone):
    """It refuses the whole batch and the first event alone, and takes all that comes after."""
    count = world.directory / "count"
    set_hook(world, f"echo >> '{count}'\ntest $(wc -l < '{count}') -gt 2\n")
    ids = [world.report(clone, f"job_{n}", "running") for n in range(5)]
    world.signalbox("sync", "-C", clone, check=False)
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*ids)
    assert world.status(clone)["clone"]["refused"] == []
