"""`git gc --auto` of the clone: when it is due, harmless, and nobody else is at work."""

import hashlib
import itertools
import os
import re
import time

import pytest


def an_hour_later(clone):
    """As if the last collection had been long ago."""
    state = clone / ".git/signalbox/state.json"
    text, found = re.subn('"collected": "[^"]*"', '"collected": "2001-01-01T00:00:00.000Z"',
                          state.read_text())
    assert found
    state.write_text(text)


@pytest.fixture
def littered(world):
    """A clone with so many loose objects that git finds it time to pack them."""
    world.make_remote()
    clone = world.clone("a")
    world.git(clone, "config", "gc.auto", "200")
    world.report(clone, "weather", "running")
    world.signalbox("publish", "-C", clone)
    # git estimates the number of loose objects by those of one directory.
    texts = (b"%d" % number for number in range(100_000))
    few = (text for text in texts
           if hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest().startswith("17"))
    for text in itertools.islice(few, 2):
        world.run("git", "-C", clone, "hash-object", "-w", "--stdin", stdin=text)
    return clone


def packs(clone):
    return list((clone / ".git/objects/pack").glob("*.pack"))


def test_a_clone_with_many_loose_objects_is_packed_and_works_on(world, littered):
    assert not packs(littered)
    an_hour_later(littered)
    last = world.report(littered, "weather", "running")
    result = world.signalbox("publish", "-C", littered)
    assert result.stderr == ""
    assert packs(littered)
    world.assert_published_once(last)
    last = world.report(littered, "weather", "completed")
    world.signalbox("sync", "-C", littered)
    world.assert_published_once(last)
    world.git(littered, "fsck", "--strict")
    assert world.git(littered, "status", "--porcelain") == ""


def test_it_is_not_looked_at_again_within_the_hour(world, littered):
    world.report(littered, "weather", "running")
    world.signalbox("publish", "-C", littered)
    assert not packs(littered)


@pytest.mark.parametrize("sign", ["index.lock", "MERGE_HEAD"])
def test_somebody_else_at_work_is_not_disturbed(world, littered, sign):
    path = littered / ".git" / sign
    path.write_text(world.git(littered, "rev-parse", "HEAD") + "\n")
    an_hour_later(littered)
    world.report(littered, "weather", "running")
    world.signalbox("publish", "-C", littered)
    assert not packs(littered)
    path.unlink()
    world.report(littered, "weather", "running")
    world.signalbox("publish", "-C", littered)
    assert packs(littered)


def test_a_person_who_turned_it_off_is_heard(world, littered):
    world.git(littered, "config", "gc.auto", "0")
    an_hour_later(littered)
    world.report(littered, "weather", "running")
    world.signalbox("publish", "-C", littered)
    assert not packs(littered)


def test_young_objects_without_a_ref_stay_whatever_the_configuration_says(world, littered):
    world.git(littered, "config", "gc.pruneExpire", "now")
    orphan = world.run("git", "-C", littered, "hash-object", "-w", "--stdin",
                       stdin=b"a commit that is not pushed yet").stdout.strip()
    old = world.run("git", "-C", littered, "hash-object", "-w", "--stdin",
                    stdin=b"of a race lost long ago").stdout.strip()
    month_ago = time.time() - 30 * 86400
    os.utime(littered / ".git/objects" / old[:2] / old[2:], (month_ago, month_ago))
    an_hour_later(littered)
    world.report(littered, "weather", "running")
    world.signalbox("publish", "-C", littered)
    assert packs(littered)
    assert world.git(littered, "cat-file", "-t", orphan) == "blob"
    gone = world.run("git", "-C", littered, "cat-file", "-t", old, check=False)
    assert gone.returncode != 0


def test_a_failure_is_a_note_and_waits_a_day(world, littered):
    # A damaged object that a ref leads to: nothing can be packed.
    blob = world.run("git", "-C", littered, "hash-object", "-w", "--stdin",
                     stdin=b"damaged").stdout.strip()
    world.git(littered, "tag", "damaged", blob)
    path = littered / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"not an object")
    an_hour_later(littered)
    last = world.report(littered, "weather", "running")
    result = world.signalbox("publish", "-C", littered)
    assert "git gc failed" in result.stderr
    world.assert_published_once(last)
    assert "git gc failed" in (littered / ".git/signalbox/state.json").read_text()
    world.report(littered, "weather", "running")
    assert "gc" not in world.signalbox("publish", "-C", littered).stderr


def test_the_indexes_of_hosts_that_are_gone_go_too(world):
    world.make_remote()
    clone = world.clone("a")
    own = clone / ".git" / "signalbox"
    world.report(clone, "weather", "running")
    names = {"index-00000001.db": 40, "index-00000002.db": 20}
    for name, days in names.items():
        (own / name).write_bytes(b"of another host")
        long_ago = time.time() - days * 86400
        os.utime(own / name, (long_ago, long_ago))
    world.signalbox("publish", "-C", clone)
    left = sorted(path.name for path in own.glob("index-*.db"))
    assert "index-00000001.db" not in left and "index-00000002.db" in left and len(left) == 2
