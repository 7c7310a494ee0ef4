"""Days that are over become one file, whoever does it and whatever happens meanwhile."""

import re
import signal
import subprocess

import past
from harness import PROGRAM, fingerprint, wait_until


def make_past(world, clone, *days, hours=(1, 2, 3)):
    """Publishes some hours of progress of each day; the events."""
    events = [one for day in days for hour in hours
              for one in past.hour_of_progress("weather", day, hour)]
    past.spool(world.spool(clone), *events)
    world.signalbox("publish", "-C", clone)
    # Thinning counts from the newest day that was reported, not from a clock alone.
    world.report(clone, "other", "running")
    world.signalbox("publish", "-C", clone)
    return events


def history_of(world, clone, job="weather"):
    return world.signalbox("history", "-C", clone, job, "--limit", "0", "--json").stdout


def fresh_history(world, clone, job="weather"):
    """The same from an index that is made anew."""
    for path in (clone / ".git/signalbox").glob("index-*"):
        path.unlink()
    return history_of(world, clone, job)


def test_sync_makes_one_file_of_a_day_that_is_over(world):
    world.make_remote()
    clone = world.clone("a")
    events = make_past(world, clone, past.LATELY)
    assert len(past.files(world, past.LATELY)) == 3
    before = history_of(world, clone)
    view = world.git(world.remote, "show", "main:data/status/weather.json")
    result = world.signalbox("sync", "-C", clone)
    assert "compacted the history of 1 day" in result.stdout
    [name] = past.files(world, past.LATELY)
    assert name.startswith(min(event["id"] for event in events))
    subject = world.git(world.remote, "log", "-1", "--format=%s", "main")
    assert subject == f"Compact the history of {past.LATELY:%Y-%m-%d}"
    world.assert_published_once(*(event["id"] for event in events))
    assert not any(past.is_thinned(event) for event in world.events())
    assert world.git(world.remote, "show", "main:data/status/weather.json") == view
    assert history_of(world, clone) == before
    assert fresh_history(world, clone) == before


def test_today_stays_in_its_hours(world):
    world.make_remote()
    clone = world.clone("a")
    world.report(clone, "weather", "running")
    world.signalbox("sync", "-C", clone)
    [name] = past.files(world, past.NOW)
    assert "/" in name


def test_a_report_by_hand_does_not_compact(world):
    world.make_remote()
    clone = world.clone("a")
    make_past(world, clone, past.LATELY)
    world.signalbox("publish", "-C", clone)
    assert len(past.files(world, past.LATELY)) == 3


def test_two_clones_that_compact_one_day_at_once_end_with_the_same_bytes(world):
    world.make_remote()
    one = world.clone("one")
    make_past(world, one, past.OLD, past.LATELY)
    two = world.clone("two")
    # Both have looked at the same tip when the first of them pushes.
    barrier = world.directory / "barrier"
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {barrier}.$$\n"
                    f"while [ $(ls {barrier}.* | wc -l) -lt 2 ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    running = [subprocess.Popen([PROGRAM, "sync", "-C", clone], env=world.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for clone in (one, two)]
    outputs = [process.communicate(timeout=60) for process in running]
    hook.unlink()
    assert [process.returncode for process in running] == [0, 0], outputs
    assert sum("compacted" in output for output, _ in outputs) == 1, outputs
    log = world.git(world.remote, "log", "--format=%s", "main")
    assert log.count("Compact the history") == 1
    for clone in (one, two):
        world.signalbox("sync", "-C", clone)
    assert world.git(one, "rev-parse", "HEAD^{tree}") == world.git(two, "rev-parse", "HEAD^{tree}")

    # And each by itself, on remotes of their own, gives the same tree.
    trees = set()
    for name in ("three", "four"):
        remote = world.directory / f"{name}.git"
        world.git(world.directory, "clone", "-q", "--bare", world.remote, remote)
        world.git(remote, "update-ref", "refs/heads/main", "main~1")
        clone = world.directory / name
        world.run("git", "clone", "-q", remote, clone)
        assert "compacted" in world.signalbox("sync", "-C", clone).stdout
        trees.add(world.git(remote, "rev-parse", "main:data/history"))
    assert trees == {world.git(world.remote, "rev-parse", "main:data/history")}


def test_a_late_event_makes_its_hour_again_and_is_folded_in(world):
    world.make_remote()
    clone = world.clone("a")
    events = make_past(world, clone, past.LATELY)
    world.signalbox("sync", "-C", clone)
    late = past.event("weather", past.at(past.LATELY, 2, 7, 7))
    past.spool(world.spool(clone), late)
    world.signalbox("publish", "-C", clone)
    assert len(past.files(world, past.LATELY)) == 2
    assert [name for name in past.files(world, past.LATELY) if name.startswith("02/")]
    forget_the_look(clone)
    world.signalbox("sync", "-C", clone)
    assert len(past.files(world, past.LATELY)) == 1
    world.assert_published_once(late["id"], *(event["id"] for event in events))
    assert history_of(world, clone) == fresh_history(world, clone)


def forget_the_look(clone):
    """As if a day had gone by since the history was looked at."""
    state = clone / ".git/signalbox/state.json"
    text, found = re.subn('"compacted": "[^"]*"', '"compacted": "2001-01-01T00:00:00.000Z"',
                          state.read_text())
    assert found
    state.write_text(text)


def test_reports_that_the_compacted_day_has_are_not_published_again(world):
    world.make_remote()
    clone = world.clone("a")
    events = make_past(world, clone, past.OLD, past.LATELY)
    world.signalbox("sync", "-C", clone)
    tip = world.git(world.remote, "rev-parse", "main")
    # As after a lost answer: they are in the spool still, or come home from a fallback spool.
    past.spool(world.spool(clone), *events[:40])
    away = world.state / "signalbox" / "spool" / "f"
    past.spool(away, *events[40:])
    (away / "clone").write_text(str(clone))
    world.signalbox("sync", "-C", clone)
    assert world.waiting(clone) == 0
    assert not list(away.glob("*.event"))
    assert world.git(world.remote, "rev-parse", "main") == tip
    world.assert_published_once(*(event["id"] for event in events))


def test_four_hundred_days_are_brought_down_in_steps(world):
    world.make_remote()
    clone = world.clone("a")
    days = [past.LATELY - past.datetime.timedelta(days=number) for number in range(400)]
    events = [past.event("weather", past.at(day, hour)) for day in days for hour in (3, 4)]
    past.spool(world.spool(clone), *events)
    world.signalbox("publish", "-C", clone)
    world.report(clone, "other", "running")
    steps = 0
    while "compacted" in world.signalbox("sync", "-C", clone).stdout:
        steps += 1
        assert steps < 20
    assert steps == 13
    listed = world.git(world.remote, "ls-tree", "-r", "--name-only", "main", "data/history/")
    assert listed.count("ndjson") == 401
    world.assert_published_once(*(event["id"] for event in events))
    assert world.git(clone, "status", "--porcelain") == ""


def test_the_checkout_follows_and_leaves_what_a_person_has_there(world):
    world.make_remote()
    clone = world.clone("a")
    make_past(world, clone, past.OLD, past.LATELY)
    hours = clone / past.day_directory(past.LATELY)
    (hours / "02" / "my notes").write_text("mine\n")
    (clone / "notes.txt").write_text("edited\n")
    world.signalbox("sync", "-C", clone)
    assert sorted(path.name for path in hours.iterdir())[0] == "02"
    assert len(list(hours.iterdir())) == 2
    assert (hours / "02" / "my notes").read_text() == "mine\n"
    assert (clone / "notes.txt").read_text() == "edited\n"
    assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
    assert len(world.git(clone, "status", "--porcelain").splitlines()) == 2


def test_a_checkout_in_the_way_does_not_keep_the_branch_from_being_compacted(world):
    world.make_remote()
    clone = world.clone("a")
    make_past(world, clone, past.LATELY)
    world.git(clone, "checkout", "-q", "-b", "mine")
    before = fingerprint(world, clone)
    world.signalbox("sync", "-C", clone)
    assert len(past.files(world, past.LATELY)) == 1
    assert fingerprint(world, clone) == before


def test_what_a_person_keeps_in_the_history_stays_there(world):
    world.make_remote()
    clone = world.clone("a")
    make_past(world, clone, past.LATELY)
    other = world.clone("other")
    note = f"{past.day_directory(past.LATELY)}/01/why.md"
    (other / note).write_text("a power cut\n")
    world.git(other, "add", "-A")
    world.git(other, "commit", "-qm", "Say why")
    world.git(other, "push", "-q")
    world.signalbox("sync", "-C", clone)
    names = past.files(world, past.LATELY)
    assert "01/why.md" in names and len(names) == 2
    assert world.git(world.remote, "show", f"main:{note}") == "a power cut"
    forget_the_look(clone)
    assert "compacted" not in world.signalbox("sync", "-C", clone).stdout


def test_a_refused_compaction_holds_no_report_up(world):
    world.make_remote()
    clone = world.clone("a")
    make_past(world, clone, past.LATELY)
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nread old new ref\n"
                    "git log -1 --format=%s $new | grep -q Compact && exit 1\nexit 0\n")
    hook.chmod(0o755)
    reported = world.report(clone, "weather", "running")
    result = world.signalbox("sync", "-C", clone)
    assert "the history was not compacted" in result.stderr
    world.assert_published_once(reported)
    # Not at every sync: the next look is a day later.
    assert "not compacted" not in world.signalbox("sync", "-C", clone).stderr
    hook.unlink()
    forget_the_look(clone)
    assert "compacted the history" in world.signalbox("sync", "-C", clone).stdout


def test_killed_at_any_moment_it_loses_and_doubles_nothing(world):
    world.make_remote()
    clone = world.clone("a")
    events = make_past(world, clone, past.OLD, past.LATELY)
    start = world.git(world.remote, "rev-parse", "main")
    # A push that has arrived, a push that has not, and a checkout that is under way.
    for where in ("pre-receive", "post-receive"):
        world.git(world.remote, "update-ref", "refs/heads/main", start)
        again = world.clone(where)
        flag = world.directory / f"{where}.reached"
        hook = world.remote / "hooks" / where
        go_on = world.directory / f"{where}.go_on"
        hook.write_text(f"#!/bin/sh\ntouch {flag}\n"
                        f"while [ ! -e {go_on} ]; do sleep 0.05; done\n")
        hook.chmod(0o755)
        process = subprocess.Popen([PROGRAM, "sync", "-C", again], env=world.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        wait_until(flag.exists, "the push is under way")
        process.send_signal(signal.SIGKILL)
        process.wait()
        go_on.touch()
        hook.unlink()
        world.signalbox("sync", "-C", again)
        assert len(past.files(world, past.LATELY)) == 1, where
        world.assert_published_once(*(event["id"] for event in events))
        assert world.git(again, "status", "--porcelain") == ""
        assert history_of(world, again) == fresh_history(world, again)


def test_without_a_remote_the_local_branch_is_compacted(world):
    clone = world.directory / "alone"
    world.run("git", "init", "-q", clone)
    world.signalbox("init", clone)
    settings = clone / "signalbox.toml"
    settings.write_text(settings.read_text().replace("# pushes_per_minute = 6",
                                                     "pushes_per_minute = 600"))
    world.git(clone, "add", "-A")
    world.git(clone, "commit", "-qm", "Set up")
    events = make_past(world, clone, past.OLD, past.LATELY)
    assert "compacted the history of 2 days" in world.signalbox("sync", "-C", clone).stdout
    assert len(past.files(world, past.LATELY, where=clone)) == 1
    published = world.published(clone)
    assert all(published[event["id"]] == 1 for event in events)
    assert world.git(clone, "status", "--porcelain") == ""
    assert history_of(world, clone) == fresh_history(world, clone)
