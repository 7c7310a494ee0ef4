"""Files that other programs write straight into data/status/ become events, once; old versions
that come back are no news."""

import json
import os

import pytest
from harness import wait_until


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("a")


def write(clone, job, **fields):
    path = clone / "data/status" / f"{job}.json"
    path.write_text(json.dumps({"job_name": job, **fields}))
    return path


def test_a_hand_written_file_is_published_once(world, clone):
    write(clone, "job", status="running", progress=40, last_updated="2030-01-02T03:04:05Z", x=1)
    for _ in range(3):
        world.signalbox("sync", "-C", clone)
    events = world.events()
    assert len(events) == 1
    assert (events[0]["progress"], events[0]["extra"]) == (40, {"x": 1})
    view = world.view("job")
    assert view["last_updated"] == "2030-01-02T03:04:05Z" and view["x"] == 1
    assert world.git(clone, "status", "--porcelain") == ""


def test_two_clones_with_the_same_file_adopt_one_event(world, clone):
    other = world.clone("b")
    for place in (clone, other):
        write(place, "job", status="running", last_updated="2030-01-02T03:04:05Z")
    world.signalbox("sync", "-C", clone)
    world.signalbox("sync", "-C", other)
    assert len(world.events()) == 1


def test_the_guides_loop_keeps_every_file_and_every_report(world, clone):
    for step in range(1, 6):
        write(clone, "test_job_a", status="running", progress=step * 10)
        world.signalbox("report", "-C", clone, "test_job_a", "running")
    wait_until(lambda: world.waiting(clone) == 0, "all is published")
    events = sorted(world.events(), key=lambda event: event["id"])
    assert [event["progress"] for event in events] == [p for s in range(1, 6) for p in (s * 10,) * 2]
    assert world.view("test_job_a")["progress"] == 50


@pytest.mark.parametrize("text", ["", "{", '{"status": "running", "progr', "[]", "null", '"x"',
                                  '{"progress": 5}', "\0\0\0", "{" * 100_000])
def test_half_written_empty_and_invalid_files_wait(world, clone, text):
    path = clone / "data/status/job.json"
    path.write_text(text)
    result = world.signalbox("sync", "-C", clone)
    assert "data/status/job.json" in result.stderr
    assert world.events() == [] and path.read_text() == text
    path.write_text('{"status": "running", "progress": 7}')
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["progress"] == 7


def test_an_edited_view_is_news_above_the_one_it_was_edited_from(world, clone):
    world.report(clone, "job", "running", "1", "50")
    world.signalbox("sync", "-C", clone)
    path = clone / "data/status/job.json"
    path.write_text(path.read_text().replace('"status": "running"', '"status": "cancelled"'))
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["status"] == "cancelled"
    assert len(world.events()) == 2


def test_a_file_committed_by_an_old_script_is_an_event(world, clone):
    old = world.clone("old")
    write(old, "legacy", status="running", progress=5, last_updated="2030-01-01T00:00:00Z")
    world.git(old, "add", "-A")
    world.git(old, "commit", "-qm", "Old script")
    world.git(old, "push", "-q")
    world.signalbox("sync", "-C", clone)
    assert [event["job"] for event in world.events()] == ["legacy"]
    assert "checksum" in world.view("legacy")
    world.signalbox("sync", "-C", clone)
    assert len(world.events()) == 1


def test_an_unpublished_commit_of_an_old_script_is_an_event(world, clone):
    """The predecessor's worst case: committed here, never pushed, then reset away."""
    write(clone, "stuck", status="completed", progress=100)
    world.git(clone, "add", "-A")
    world.git(clone, "commit", "-qm", "Old script that could not push")
    world.signalbox("sync", "-C", clone)
    assert world.view("stuck")["status"] == "completed"


@pytest.mark.parametrize("bring_back", ["checkout", "stash", "revert"])
def test_an_old_version_that_comes_back_is_no_news(world, clone, bring_back):
    old = world.clone("old")
    for progress in (10, 90):
        write(old, "job", status="running", progress=progress)
        world.git(old, "add", "-A")
        world.git(old, "commit", "-qm", f"At {progress}")
    world.git(old, "push", "-q")
    world.signalbox("sync", "-C", clone)
    count = len(world.events())
    assert count == 1 and world.view("job")["progress"] == 90
    path = clone / "data/status/job.json"
    if bring_back == "checkout":
        world.git(clone, "checkout", "-q", world.git(old, "rev-parse", "HEAD~1"), "--", str(path))
        world.git(clone, "reset", "-q")
    elif bring_back == "stash":
        path.write_text((old / "data/status/job.json").read_text())
        world.git(clone, "stash", "-q")
        world.git(clone, "stash", "pop", "-q")
    else:
        world.git(old, "pull", "-q", "--rebase")
        world.git(old, "checkout", "-q", "HEAD~2", "--", "data/status/job.json")
        world.git(old, "commit", "-qm", "Put the old one back")
        world.git(old, "push", "-q")
    world.signalbox("sync", "-C", clone)
    world.signalbox("sync", "-C", clone)
    assert len(world.events()) == count
    assert world.view("job")["progress"] == 90


def test_a_merge_that_takes_an_older_view_is_healed(world, clone):
    world.report(clone, "job", "running", "1", "10")
    world.signalbox("sync", "-C", clone)
    desk = world.clone("desk")
    stale = (desk / "data/status/job.json").read_text()
    world.report(clone, "job", "running", "2", "90")
    world.signalbox("sync", "-C", clone)
    world.git(desk, "pull", "-q")
    (desk / "data/status/job.json").write_text(stale)
    world.git(desk, "commit", "-qam", "Resolve with the older side")
    world.git(desk, "push", "-q")
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["progress"] == 90
    assert len(world.events()) == 2


def test_a_view_that_was_deleted_stays_deleted_until_the_job_reports(world, clone):
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    world.git(clone, "rm", "-q", "data/status/job.json")
    world.git(clone, "commit", "-qm", "Retire the job")
    world.git(clone, "push", "-q")
    world.report(clone, "other", "running")
    world.signalbox("sync", "-C", clone)
    assert "job.json" not in world.git(world.remote, "ls-tree", "-r", "--name-only", "main").split("/")
    assert not (clone / "data/status/job.json").exists()
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["status"] == "running"


def test_strange_files_are_left_alone(world, clone):
    status = clone / "data/status"
    os.mkfifo(status / "fifo.json")
    (status / "link.json").symlink_to("/etc/passwd")
    (status / "dir.json").mkdir()
    (status / "-x.json").write_text('{"status":"running"}')
    world.signalbox("sync", "-C", clone)
    assert world.events() == []
