"""Killed with -9 at every system call of `report` and of `publish` in turn, then run again:
nothing acknowledged is lost, nothing is doubled, no lock stays behind."""

import collections
import re

from harness import ID, PROGRAM

CALL = re.compile(r"^(?:\d+ +)?(\w+)\(")


def system_calls(world, trace, *words):
    """The program's own system calls, in order, each as (name, how many of that name so far)."""
    world.run("strace", "-o", trace, PROGRAM, *words)
    seen = collections.Counter()
    calls = []
    for line in trace.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        if found and found.group(1) not in ("execve", "exit_group"):
            seen[found.group(1)] += 1
            calls.append((found.group(1), seen[found.group(1)]))
    return calls


def killed_at(world, call, *words):
    name, number = call
    return world.run("strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}",
                     "-e", f"inject={name}:signal=KILL:when={number}", PROGRAM, *words,
                     check=False)


def assert_no_lock_stays(clone):
    # Hidden temporary files of killed processes are nobody's lock; they are deleted by age. The
    # kernel locks in .git/signalbox/ are files that stay.
    names = [path.relative_to(clone / ".git") for path in (clone / ".git").rglob("*.lock*")]
    left = [str(name) for name in names
            if name.parts[0] != "signalbox" and not name.name.startswith(".signalbox-tmp-")]
    assert not left, left


def test_report_killed_at_every_system_call_loses_nothing_it_acknowledged(world):
    world.make_remote()
    clone = world.clone("a")
    words = ("report", "-C", clone, "--no-publish", "job", "running", "1", "50", "message")
    world.signalbox(*words)
    calls = system_calls(world, world.directory / "trace", *words)
    assert len(calls) > 20
    acknowledged = []
    killed = 0
    for call in calls:
        result = killed_at(world, call, *words)
        killed += result.returncode != 0
        acknowledged += ID.findall(result.stdout)
    assert killed > len(calls) * 0.8
    assert acknowledged, "some kills come after the acknowledgement"
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*acknowledged)
    assert max(world.published().values()) == 1
    assert world.waiting(clone) == 0
    assert_no_lock_stays(clone)


def test_publish_killed_at_every_system_call_publishes_everything_once(world):
    world.make_remote()
    clone = world.clone("a")
    acknowledged = [world.report(clone, "job", "running")]
    calls = system_calls(world, world.directory / "trace", "publish", "-C", clone)
    assert len(calls) > 100
    killed = 0
    for number, call in enumerate(calls):
        acknowledged.append(world.report(clone, f"job_{number % 5}", "running", "1", "50"))
        killed += killed_at(world, call, "publish", "-C", clone).returncode != 0
        if number % 10 == 0:
            world.signalbox("publish", "-C", clone)
            assert_no_lock_stays(clone)
            assert world.waiting(clone) == 0
    assert killed > len(calls) * 0.6
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*acknowledged)
    assert max(world.published().values()) == 1
    assert_no_lock_stays(clone)
    assert world.git(clone, "status", "--porcelain") == ""
    world.git(clone, "fsck", "--strict")
    world.git(world.remote, "fsck", "--strict")


def test_publish_without_a_remote_killed_at_its_system_calls_publishes_everything_once(world):
    clone = world.directory / "alone"
    world.signalbox("init", clone)
    world.git(clone, "add", "-A")
    world.git(clone, "commit", "-qm", "Set up")
    acknowledged = [world.report(clone, "job", "running")]
    calls = system_calls(world, world.directory / "trace", "publish", "-C", clone)
    for number, call in enumerate(calls[::16]):
        acknowledged.append(world.report(clone, f"job_{number % 5}", "running", "1", "50"))
        killed_at(world, call, "publish", "-C", clone)
    world.signalbox("publish", "-C", clone)
    assert world.published(clone) == collections.Counter(acknowledged)
    assert_no_lock_stays(clone)
    assert world.git(clone, "status", "--porcelain") == ""
    world.git(clone, "fsck", "--strict")


def test_sync_with_news_killed_at_its_system_calls_brings_all_of_it(world):
    world.make_remote()
    clone, desk = world.clone("a"), world.clone("desk")

    def news(number):
        (desk / "notes.txt").write_text(f"{number}\n")
        world.git(desk, "commit", "-qam", f"Note {number}")
        world.git(desk, "pull", "-q", "--rebase")
        world.git(desk, "push", "-q")
        return world.report(clone, f"job_{number % 5}", "running", "1", "50")

    acknowledged = [news(0)]
    calls = system_calls(world, world.directory / "trace", "sync", "-C", clone)
    for number, call in enumerate(calls[::48], start=1):
        acknowledged.append(news(number))
        killed_at(world, call, "sync", "-C", clone)
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*acknowledged)
    assert max(world.published().values()) == 1
    assert (clone / "notes.txt").read_text() == (desk / "notes.txt").read_text()
    assert_no_lock_stays(clone)
    assert world.git(clone, "status", "--porcelain") == ""
