"""Files that other programs write straight into data/status/ become events, once; old versions
that come back are no news."""

import json
import os
import time

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


def in_order(world):
    return sorted(world.events(), key=lambda event: event["id"])


def keep_the_checkout_still(world, clone):
    """An edit of a person that the next commit of the remote touches too."""
    desk = world.clone("desk")
    (desk / "notes.txt").write_text("two\n")
    world.git(desk, "commit", "-qam", "Notes")
    world.git(desk, "push", "-q")
    (clone / "notes.txt").write_text("mine\n")


def replace(clone, job, **fields):
    """As a careful writer does: the new file is there all at once."""
    (clone / "new").write_text(json.dumps(fields))
    os.rename(clone / "new", clone / "data/status" / f"{job}.json")


def test_a_file_without_a_time_that_goes_back_and_forth_is_news_each_time(world, clone):
    for status in ("running", "failed", "running", "failed"):
        write(clone, "web", status=status)
        world.signalbox("sync", "-C", clone)
        world.signalbox("sync", "-C", clone)
        assert world.view("web")["status"] == status
    assert [event["status"] for event in in_order(world)] == ["running", "failed"] * 2


def test_going_back_and_forth_is_news_while_the_checkout_stays_where_it_is(world, clone):
    keep_the_checkout_still(world, clone)
    for status in ("running", "failed", "running"):
        write(clone, "web", status=status)
        world.signalbox("sync", "-C", clone)
        world.signalbox("sync", "-C", clone)
        assert world.view("web")["status"] == status
    assert [event["status"] for event in in_order(world)] == ["running", "failed", "running"]


def test_going_back_and_forth_is_news_while_nothing_can_be_published(world, clone):
    os.rename(world.remote, world.directory / "away")
    for status in ("running", "failed", "running"):
        write(clone, "web", status=status)
        for _ in range(2):
            world.signalbox("sync", "-C", clone, check=False)
    assert world.waiting(clone) == 3
    os.rename(world.directory / "away", world.remote)
    world.signalbox("sync", "-C", clone)
    assert [event["status"] for event in in_order(world)] == ["running", "failed", "running"]
    assert world.view("web")["status"] == "running"


@pytest.mark.parametrize("timed", [False, True])
def test_a_file_that_stays_where_it_is_stays_one_event(world, clone, timed):
    keep_the_checkout_still(world, clone)
    path = write(clone, "web", status="running",
                 **({"last_updated": "2030-01-02T03:04:05Z"} if timed else {}))
    for _ in range(3):
        world.signalbox("sync", "-C", clone)
        os.utime(path)
    world.report(clone, "other", "running")
    world.signalbox("sync", "-C", clone)
    assert [event["job"] for event in in_order(world)].count("web") == 1
    assert world.waiting(clone) == 0


@pytest.mark.parametrize("timed", [False, True])
def test_a_file_that_waits_is_touched_without_becoming_two(world, clone, timed):
    os.rename(world.remote, world.directory / "away")
    path = write(clone, "web", status="running",
                 **({"last_updated": "2030-01-02T03:04:05Z"} if timed else {}))
    for _ in range(3):
        world.signalbox("sync", "-C", clone, check=False)
        os.utime(path)
    os.rename(world.directory / "away", world.remote)
    world.signalbox("sync", "-C", clone)
    assert len(world.events()) == 1


def test_a_hand_written_file_nested_as_deep_as_one_may_never_stops_its_job(world, clone):
    old = world.clone("old")
    deep = "[" * 63 + "]" * 63
    (old / "data/status/job.json").write_text('{"status": "running", "deep": ' + deep + "}")
    world.git(old, "add", "-A")
    world.git(old, "commit", "-qm", "Old script")
    world.git(old, "push", "-q")
    world.signalbox("sync", "-C", clone)
    reports = [world.report(clone, "job", "running"), world.report(clone, "job", "completed")]
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*reports)
    assert len(world.events()) == 3
    assert world.view("job")["deep"] == json.loads(deep)
    assert world.status(clone)["clone"]["damaged"] == []


def test_values_that_cannot_be_used_are_kept_and_named(world, clone):
    write(clone, "legacy", status="running", run_id=12345, progress="150", config="fast",
          log_entries="started step 3", last_updated="yesterday", duration=True, x=1)
    result = world.signalbox("sync", "-C", clone)
    line, = [line for line in result.stderr.splitlines() if "data/status/legacy.json" in line]
    event, = world.events()
    view = world.view("legacy")
    for kept in (view["ignored"], event["extra"]["ignored"], line):
        for name, value in (("progress", "150"), ("config", "fast"), ("duration", "true"),
                            ("last_updated", "yesterday")):
            assert f"{name} " in kept and value in kept
        assert "run_id" not in kept and "log_entries" not in kept
    assert (event["run_id"], event["message"]) == ("12345", "started step 3")
    assert (view["run_id"], view["log_entries"], view["x"]) == ("12345", ["started step 3"], 1)
    world.report(clone, "legacy", "completed", "--run-id", "12345")
    world.signalbox("sync", "-C", clone)
    assert "ignored" not in world.view("legacy") and world.view("legacy")["x"] == 1


@pytest.mark.parametrize("name,value", [("last_updated", 1764000000), ("last_updated", {"at": 5}),
                                        ("log_entries", {"a": 5}), ("log_entries", [5, {"a": 6}]),
                                        ("config", ["a", 5]), ("metrics", "5"), ("host", {"a": 5}),
                                        ("start_time", ["5"]), ("progress", "5 of 6")])
def test_no_value_of_a_hand_written_file_is_lost(world, clone, name, value):
    write(clone, "legacy", status="running", **{name: value})
    world.signalbox("sync", "-C", clone)
    view = world.view("legacy")
    as_it_was = json.dumps(value, separators=(",", ":"))
    assert view.get(name) == value or f"{name} {as_it_was}" in view["ignored"]


@pytest.mark.parametrize("linked", ["data", "data/status"])
def test_nothing_outside_is_taken_in_through_a_link(world, clone, linked):
    outside = world.directory / "private"
    (outside / "status").mkdir(parents=True)
    for place in (outside, outside / "status"):
        (place / "payroll.json").write_text('{"status": "running", "secret": "hunter2"}')
    before = sorted(str(path) for path in outside.rglob("*"))
    world.run("rm", "-r", clone / linked)
    (clone / linked).symlink_to(outside)
    event = world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    assert [published["id"] for published in world.events()] == [event]
    assert world.waiting(clone) == 0
    assert "hunter2" not in world.git(world.remote, "grep", "hunter2", "main", check=False)
    assert sorted(str(path) for path in outside.rglob("*")) == before


def test_a_link_that_the_remote_brings_leads_nowhere(world, clone):
    outside = world.directory / "private"
    outside.mkdir()
    (outside / "payroll.json").write_text('{"status": "running", "secret": "hunter2"}')
    evil = world.clone("evil")
    world.git(evil, "rm", "-qr", "data/status")
    (evil / "data").mkdir(exist_ok=True)
    (evil / "data/status").symlink_to("../../private")
    world.git(evil, "add", "-A")
    world.git(evil, "commit", "-qm", "A link")
    world.git(evil, "push", "-q")
    event = world.report(clone, "job", "running")
    for _ in range(3):
        world.signalbox("sync", "-C", clone, check=False)
    assert set(world.published()) <= {event}
    assert not any("payroll" in path.read_text() for path in world.spool(clone).glob("*.event"))
    assert [path.name for path in outside.iterdir()] == ["payroll.json"]


def test_what_is_written_in_the_second_of_a_report_is_later_than_it(world, clone):
    report = world.report(clone, "job", "running", "1", "50")
    while report[15:18] == "999":
        report = world.report(clone, "job", "running", "1", "50")
    path = clone / "data/status/job.json"
    second = json.loads(path.read_text())["last_updated"]
    replace(clone, "job", status="failed", last_updated=second)
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["status"] == "failed"
    assert json.loads(path.read_text())["status"] == "failed"
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["status"] == "running" and len(world.events()) >= 3


@pytest.mark.parametrize("between", ["nothing", "a sync", "a report"])
def test_of_two_files_of_one_second_the_one_written_later_wins(world, clone, between):
    for number in range(8):
        second = f"2030-01-01T00:00:{number:02}Z"
        replace(clone, "job", status="running", n=number, last_updated=second)
        if between == "a sync":
            world.signalbox("sync", "-C", clone)
        elif between == "a report":
            world.report(clone, "job", "running")
        replace(clone, "job", status="failed", n=number, last_updated=second)
        world.signalbox("sync", "-C", clone)
        view = world.view("job")
        assert (view["status"], view["n"]) == ("failed", number)


@pytest.mark.parametrize("known", ["from a sync", "from the clone"])
def test_a_report_is_shown_though_another_clock_was_a_year_ahead(world, clone, known):
    other = world.clone("other")
    write(other, "skew", status="completed",
          last_updated=f"{time.gmtime().tm_year + 1}-06-01T00:00:00Z")
    world.signalbox("sync", "-C", other)
    if known == "from the clone":
        clone = world.clone("fresh")
    else:
        world.signalbox("sync", "-C", clone)
    view = clone / "data/status/skew.json"
    assert json.loads(view.read_text())["status"] == "completed"
    view.unlink()
    for status in ("failed", "running"):
        event = world.report(clone, "skew", status)
        world.signalbox("sync", "-C", clone)
        world.assert_published_once(event)
        assert world.view("skew")["status"] == status
        assert json.loads(view.read_text())["status"] == status
        assert world.status(clone)["jobs"][0]["status"] == status


def test_a_clone_that_has_seen_the_clock_that_was_ahead_is_shown_from_then_on(world, clone):
    other = world.clone("other")
    write(other, "skew", status="completed",
          last_updated=f"{time.gmtime().tm_year + 1}-06-01T00:00:00Z")
    world.signalbox("sync", "-C", other)
    world.report(clone, "skew", "failed")
    world.signalbox("sync", "-C", clone)
    for status in ("running", "cancelled"):
        world.report(clone, "skew", status)
        world.signalbox("sync", "-C", clone)
        assert world.view("skew")["status"] == status
        assert json.loads((clone / "data/status/skew.json").read_text())["status"] == status
        assert world.status(clone)["jobs"][0]["status"] == status
