"""What a clone says of itself in data/health/, and what the others make of it."""

import json
import time

import pytest
from examination import HOURS, ago, doctor, edit_state, old_event


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("monitor")


def record(world, place):
    """This clone's record at the remote; nothing when there is none."""
    path = place / ".git/signalbox/clone-id"
    if not path.exists():
        return None
    text = world.git(world.remote, "show", f"main:data/health/{path.read_text().strip()}.json",
                     check=False)
    return json.loads(text) if text else None


def tip(world):
    return world.git(world.remote, "rev-parse", "main")


def test_a_commit_brings_the_clones_record_along(world, clone):
    world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    health = record(world, clone)
    assert health["published"] == 1 and health["waiting"] == 0
    assert health["oldest_waiting"] is None and health["last_error"] == ""
    assert str(world.directory) not in json.dumps(health)
    assert world.git(world.remote, "rev-list", "--count", "main") == "2"
    assert world.git(clone, "status", "--porcelain") == ""


def test_a_record_is_not_repeated_with_every_commit(world, clone):
    for number in range(4):
        world.report(clone, "alpha", "running", "0", str(number))
        world.signalbox("sync", "-C", clone)
    commits = world.git(world.remote, "log", "--format=%h", "main", "--", "data/health").split()
    assert len(commits) == 1


def test_a_record_alone_makes_no_commit_before_its_interval(world, clone):
    world.signalbox("sync", "-C", clone)
    before = tip(world)
    for _ in range(3):
        world.signalbox("sync", "-C", clone)
    assert tip(world) == before
    assert record(world, clone) is None


def test_a_quiet_clone_is_heard_of_once_an_interval(world, clone):
    world.signalbox("sync", "-C", clone)
    edit_state(clone, last_health=ago(7 * HOURS))
    before = int(world.git(world.remote, "rev-list", "--count", "main"))
    for _ in range(3):
        world.signalbox("sync", "-C", clone)
    assert int(world.git(world.remote, "rev-list", "--count", "main")) == before + 1
    assert record(world, clone)["published"] == 0
    changed = world.git(world.remote, "diff", "--name-only", "main~1", "main").split()
    assert len(changed) == 1 and changed[0].startswith("data/health/")


def test_an_interval_of_zero_says_nothing(world, clone):
    settings = clone / "signalbox.toml"
    settings.write_text(settings.read_text().replace("[health]\n", "[health]\ninterval_hours = 0\n"))
    world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    edit_state(clone, last_health=ago(700 * HOURS))
    world.signalbox("sync", "-C", clone)
    assert record(world, clone) is None


def test_a_clone_that_may_only_read_syncs_without_an_error(world, clone):
    world.signalbox("sync", "-C", clone)
    world.git(clone, "config", "remote.origin.receivepack", "false")
    edit_state(clone, last_health=ago(7 * HOURS))
    world.signalbox("sync", "-C", clone)
    world.signalbox("sync", "-C", clone)
    assert record(world, clone) is None


def test_a_remote_that_refuses_the_record_gets_the_reports_without_it(world, clone):
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nread old new ref\n"
                    "git diff --name-only $old $new | grep -q '^data/health/' && exit 1\nexit 0\n")
    hook.chmod(0o755)
    first = world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    second = world.report(clone, "alpha", "completed")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(first, second)
    assert record(world, clone) is None
    assert doctor(world, clone)["last-publish"]["verdict"] == "ok"


def test_something_else_in_the_place_of_the_records_stops_nothing(world, clone):
    (clone / "data/health").write_text("mine\n")
    world.git(clone, "add", "-A")
    world.git(clone, "commit", "-qm", "Mine")
    world.git(clone, "push", "-q", "origin", "main")
    event = world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    edit_state(clone, last_health=ago(7 * HOURS))
    before = tip(world)
    world.signalbox("sync", "-C", clone)
    assert tip(world) == before
    world.assert_published_once(event)


def test_two_clones_that_race_both_have_a_record(world, clone):
    other = world.clone("other")
    for place, job in ((clone, "alpha"), (other, "beta")):
        world.report(place, job, "running")
    world.signalbox("sync", "-C", clone)
    world.signalbox("publish", "-C", other)  # on a tip that is stale: built again
    assert record(world, clone) and record(world, other)
    world.signalbox("sync", "-C", clone)
    assert len(list((clone / "data/health").iterdir())) == 2


def put_record(world, **values):
    """The record of a clone that is elsewhere."""
    seed = world.directory / "seed"
    world.git(seed, "pull", "-q", "--no-rebase", "origin", "main")
    health = {"clone": "00000000000000aa", "host": "node7", "version": "0.1.0", "time": ago(0),
              "last_publish": None, "published": 1, "waiting": 0, "oldest_waiting": None,
              "refused": 0, "damaged": 0, "last_error": "", "sync_period_seconds": 900,
              "interval_seconds": 6 * HOURS}
    health.update(values)
    path = seed / "data/health/00000000000000aa.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(health))
    world.git(seed, "add", "-A")
    world.git(seed, "commit", "-qm", "Elsewhere")
    world.git(seed, "push", "-q", "origin", "HEAD:main")


@pytest.mark.parametrize("hours, expected", [(11, "ok"), (13, "warning"), (25, "broken")])
def test_a_clone_that_stalled_is_seen_elsewhere(world, clone, hours, expected):
    put_record(world, time=ago(hours * HOURS))
    world.signalbox("sync", "-C", clone)
    found = doctor(world, clone)["clones"]
    assert found["verdict"] == expected
    if expected != "ok":
        assert f"node7 (00000000) was not heard of for {hours}h" in found["found"]


def test_events_that_waited_at_another_clone_are_seen_elsewhere(world, clone):
    put_record(world, waiting=4, oldest_waiting=ago(3 * HOURS))
    world.signalbox("sync", "-C", clone)
    assert "had 4 events waiting, the oldest for" in doctor(world, clone)["clones"]["found"]


def test_what_a_stranger_wrote_there_harms_nothing(world, clone):
    put_record(world, time="yesterday", host="a\x1b[31m\n", waiting=-1)
    seed = world.directory / "seed"
    (seed / "data/health/not json.json").write_text("{")
    (seed / "data/health/large.json").write_text(" " * 100_000)
    world.git(seed, "add", "-A")
    world.git(seed, "commit", "-qm", "Strange")
    world.git(seed, "push", "-q", "origin", "HEAD:main")
    event = world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert record(world, clone)
    assert doctor(world, clone)["clones"]["verdict"] == "ok"
    assert (clone / "data/health/not json.json").read_text() == "{"


def test_a_clone_that_is_silent_for_30_days_is_forgotten(world, clone):
    put_record(world, time=ago(31 * 24 * HOURS))
    world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    names = world.git(world.remote, "ls-tree", "--name-only", "main", "data/health/").split()
    assert "data/health/00000000000000aa.json" not in names and len(names) == 1


def test_events_that_no_publisher_here_takes_are_in_the_record(world, clone):
    for number in range(2):
        world.report(clone, f"job_{number}", "running")
    (world.spool(clone) / "refused").mkdir()
    (world.spool(clone) / "refused/x.event").write_text("?")
    world.signalbox("sync", "-C", clone)
    assert record(world, clone)["refused"] == 1
    (world.spool(clone) / "refused/x.event").unlink()
    old_event(world, clone, 60)
    world.signalbox("sync", "-C", clone)
    assert record(world, clone)["refused"] == 0  # said at once, not after a pause


def test_the_period_of_syncs_that_nobody_watches_is_told(world, clone):
    world.signalbox("sync", "-C", clone)
    edit_state(clone, last_sync=ago(900))
    world.signalbox("sync", "-C", clone)
    world.report(clone, "alpha", "running")
    edit_state(clone, last_sync=ago(900))
    start = time.time()
    world.signalbox("sync", "-C", clone)
    assert 895 <= record(world, clone)["sync_period_seconds"] <= 905 + time.time() - start
