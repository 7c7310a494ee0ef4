"""The log: one truth for all hosts, and its rendering in the worktree, which git never sees."""

import json
import os
import re
import subprocess
import threading

import pytest
from harness import PROGRAM, wait_until


def entries(world, clone, *options):
    return json.loads(world.signalbox("log", "-C", clone, "--json", *options).stdout)


def texts(listed):
    return [entry["text"] for entry in listed]


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("a")


def test_a_publish_tells_its_lock_its_jobs_and_its_end(world, clone):
    world.report(clone, "weather", "running")
    world.report(clone, "model", "failed")
    world.report(clone, "weather", "completed")
    world.signalbox("sync", "-C", clone, env={"SLURM_JOB_ID": "77"})
    listed = entries(world, clone)
    assert [entry["event"] for entry in listed] == [
        "lock_acquired", "published", "published", "lock_released", "completed"]
    assert texts(listed)[1:3] == ["📊 Published model: failed", "📊 Published weather: completed"]
    assert texts(listed)[4].startswith("✅ Dashboard sync completed: 3 events in 1 commit, tip ")
    assert {entry["slurm"] for entry in listed} == {"77"}
    assert list(listed[1]) == ["time", "level", "host", "pid", "slurm", "event", "job", "text"]


def test_the_detached_publisher_writes_there_too(world, clone):
    world.signalbox("report", "-C", clone, "weather", "completed", "--wait")
    wait_until(lambda: "completed" in [entry["event"] for entry in entries(world, clone)],
               "the publisher has written its end")
    assert texts(entries(world, clone, "--job", "weather")) == ["📊 Published weather: completed"]


def test_a_report_alone_writes_nothing_there(world, clone):
    world.report(clone, "weather", "running")
    assert not (clone / ".git/signalbox/log").exists()
    assert entries(world, clone) == []


def test_entries_are_chosen_by_level_job_time_and_number(world, clone):
    (clone / "data/status/broken.json").write_text("{")
    world.report(clone, "weather", "running")
    world.signalbox("sync", "-C", clone)
    os.rename(world.remote, world.directory / "away.git")
    world.signalbox("sync", "-C", clone, check=False)
    assert [entry["level"] for entry in entries(world, clone, "--level", "warning")] == [
        "warning", "error"]
    assert [entry["event"] for entry in entries(world, clone, "--level", "error")] == ["failed"]
    assert [entry["job"] for entry in entries(world, clone, "--job", "weather")] == ["weather"]
    assert entries(world, clone, "--job", "other") == []
    assert len(entries(world, clone, "--limit", "2")) == 2
    assert len(entries(world, clone, "--since", "1h")) == len(entries(world, clone))
    assert entries(world, clone, "--since", "2999-01-01") == []
    for option, value in (("--level", "loud"), ("--since", "yesterday"), ("--job", "../x")):
        result = world.signalbox("log", "-C", clone, option, value, check=False)
        assert result.returncode == 2 and value in result.stderr


def test_what_is_printed_is_what_the_rendering_shows_and_the_jobs(world, clone):
    world.report(clone, "weather", "running")
    world.signalbox("sync", "-C", clone)
    printed = world.signalbox("log", "-C", clone).stdout.splitlines()
    shown = (clone / "logs/dashboard_sync.log").read_text().splitlines()
    assert [line for line in printed if "Published weather" not in line] == shown
    assert len(printed) == len(shown) + 1


def test_follow_goes_on_with_what_is_written(world, clone):
    world.signalbox("sync", "-C", clone)
    following = subprocess.Popen([PROGRAM, "log", "-C", str(clone), "--follow", "--json"],
                                 env=world.environment, stdout=subprocess.PIPE, text=True)
    try:
        first = [json.loads(following.stdout.readline())["event"] for _ in range(3)]
        assert first == ["lock_acquired", "lock_released", "completed"]
        world.report(clone, "weather", "completed")
        world.signalbox("sync", "-C", clone)
        news = [json.loads(following.stdout.readline()) for _ in range(4)]
        assert [entry["event"] for entry in news] == ["lock_acquired", "published",
                                                      "lock_released", "completed"]
    finally:
        following.terminate()
        following.wait()


def as_host(name, *words):
    return ["unshare", "--uts", "sh", "-c", 'hostname "$1"; shift; exec "$@"', "sh", name, *words]


def test_two_hosts_write_two_files_and_both_are_read_and_shown(world, clone):
    threads = []
    for host in ("node1", "node2"):
        words = as_host(host, PROGRAM, "sync", "-q", "-C", clone)
        threads += [threading.Thread(target=world.run, args=words) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for host in ("node1", "node2"):
        lines = (clone / f".git/signalbox/log/{host}.ndjson").read_text().splitlines()
        assert {json.loads(line)["host"] for line in lines} == {host}
    listed = entries(world, clone)
    assert sorted(entry["host"] for entry in listed if entry["event"] == "completed") == [
        "node1"] * 5 + ["node2"] * 5
    assert [entry["time"] for entry in listed] == sorted(entry["time"] for entry in listed)
    shown = (clone / "logs/dashboard_sync.log").read_text()
    assert shown.count("🔒 Acquired lock") == shown.count("🔓 Released lock") == 10
    assert len(re.findall(r"\[node1 \d+\]$", shown, re.MULTILINE)) == 15


def test_a_reader_never_sees_half_of_the_rendering(world, clone):
    world.signalbox("sync", "-C", clone)
    path = clone / "logs/dashboard_sync.log"
    halves, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            text = path.read_text()
            if not text.endswith("]\n"):
                halves.append(text)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(10):
        world.signalbox("sync", "-C", clone)
    stop.set()
    looking.join()
    assert halves == []


def test_a_clone_whose_gitignore_knows_nothing_of_the_log_stays_clean(world, clone):
    world.git(clone, "rm", "-q", ".gitignore")
    world.git(clone, "commit", "-qm", "Ignore nothing")
    world.git(clone, "push", "-q")
    world.report(clone, "weather", "running")
    world.signalbox("sync", "-C", clone)
    assert (clone / "logs/dashboard_sync.log").exists()
    assert world.git(clone, "status", "--porcelain", "--untracked-files=all") == ""
    assert world.git(clone, "log", "--format=", "--name-only", "--", "logs") == ""


def test_a_persons_own_logs_beside_it_are_not_hidden(world, clone):
    (clone / "logs").mkdir()
    (clone / "logs/experiment.log").write_text("mine\n")
    world.signalbox("init", clone)
    assert "?? logs/experiment.log\n" in world.git(clone, "status", "--porcelain",
                                                   "--untracked-files=all") + "\n"
    world.git(clone, "rm", "-qf", ".gitignore")
    world.git(clone, "commit", "-qm", "Ignore nothing")
    world.git(clone, "push", "-q")
    world.signalbox("sync", "-C", clone)
    assert world.git(clone, "status", "--porcelain",
                     "--untracked-files=all").strip() == "?? logs/experiment.log"


def test_a_person_who_has_the_log_in_git_keeps_it_as_it_is(world, clone):
    (clone / "logs").mkdir()
    (clone / "logs/dashboard_sync.log").write_text("mine\n")
    world.git(clone, "add", "-f", "logs")
    world.git(clone, "commit", "-qm", "Keep the log")
    world.git(clone, "push", "-q")
    world.signalbox("sync", "-C", clone)
    assert (clone / "logs/dashboard_sync.log").read_text() == "mine\n"
    assert len(entries(world, clone)) == 3


def test_the_rendering_is_never_written_through_a_link_out_of_the_worktree(world, clone):
    elsewhere = world.directory / "elsewhere"
    elsewhere.mkdir()
    (clone / "logs").symlink_to(elsewhere)
    world.signalbox("sync", "-C", clone)
    assert list(elsewhere.iterdir()) == []
    (clone / "logs").unlink()
    (clone / "logs").mkdir()
    (elsewhere / "theirs").write_text("theirs\n")
    (clone / "logs/dashboard_sync.log").symlink_to(elsewhere / "theirs")
    world.signalbox("sync", "-C", clone)
    assert (elsewhere / "theirs").read_text() == "theirs\n"


def test_a_log_that_cannot_be_written_keeps_nothing_from_being_published(world, clone):
    event = world.report(clone, "weather", "running")
    (clone / ".git/signalbox/log").write_text("in the way\n")
    (clone / "logs").write_text("in the way\n")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert (clone / "logs").read_text() == "in the way\n"


def test_what_a_remote_says_cannot_reach_the_terminal_through_the_log(world, clone):
    hook = world.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nprintf '\\033[2J\\033]0;owned\\007' >&2\nexit 1\n")
    hook.chmod(0o755)
    world.report(clone, "weather", "running")
    world.signalbox("sync", "-C", clone, check=False)
    printed = world.signalbox("log", "-C", clone).stdout
    assert "Push attempt 1 failed" in printed
    assert "\x1b" not in printed + (clone / "logs/dashboard_sync.log").read_text()


def test_a_log_that_is_longer_than_what_is_shown_is_kept(world):
    world.make_remote()
    clone = world.clone("a")
    log = clone / "logs/dashboard_sync.log"
    log.parent.mkdir()
    old = "".join(f"[2025-08-17 06:00:00] [SLURM:7] line {number} of the past\n"
                  for number in range(60_000))
    log.write_text(old)
    for status in ("running", "completed"):
        world.report(clone, "job", status)
        world.signalbox("sync", "-C", clone)
    assert (clone / "logs/dashboard_sync.log.before-signalbox").read_text() == old
    shown = log.read_text().splitlines()
    assert len(shown) <= 2000 and any("line 59999 of the past" in line for line in shown)
    assert world.git(clone, "status", "--porcelain") == ""
