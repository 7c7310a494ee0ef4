"""What a person sees."""

import json
import re

import pytest
from harness import PROGRAM
from terminal import on_a_terminal


@pytest.fixture
def clone(world):
    world.make_remote()
    place = world.clone("a")
    world.report(place, "beta", "failed", "5", "20", "boom")
    world.report(place, "alpha", "completed", "60")
    world.signalbox("sync", "-C", place)
    world.report(place, "gamma", "running", "0", "1")
    return place


def test_the_table_is_sorted_aligned_and_says_what_waits(world, clone):
    lines = world.signalbox("status", "-C", clone).stdout.splitlines()
    assert lines[0].split() == ["JOB", "STATUS", "PROGRESS", "UPDATED", "AGE", "RUN", "HOST", "SENT"]
    assert [line.split()[0] for line in lines[1:4]] == ["alpha", "beta", "gamma"]
    column = lines[0].index("SENT")
    assert [line[column:] for line in lines[1:4]] == ["published", "published", "waiting"]
    assert "\x1b" not in "".join(lines)
    assert any(line.startswith("waiting        1") for line in lines)


def test_colours_are_for_terminals_and_no_color_is_honoured(world, clone):
    assert "\x1b[31m" in on_a_terminal(world, "status", "-C", clone)
    assert "\x1b[31m" not in on_a_terminal(world, "status", "-C", clone, env={"NO_COLOR": "1"})


def test_the_table_fits_80_columns(world, clone):
    world.report(clone, "a_job_with_a_name_that_is_as_long_as_a_name_may_be_" + "x" * 70, "running")
    text = on_a_terminal(world, "status", "-C", clone, env={"NO_COLOR": "1"})
    table = text.split("\n\n")[0].splitlines()
    assert max(len(line) for line in table) <= 80
    # Names are cut, never what they say.
    assert all("published" in line or "waiting" in line for line in table[1:])
    assert all(re.search(r" \d{4}-\d\d-\d\d \d\d:\d\dZ +\d+[smhd] ", line) for line in table[1:])


def test_jobs_are_filtered_by_name_and_status(world, clone):
    def jobs(*words):
        return [job["job_name"] for job in json.loads(
            world.signalbox("status", "-C", clone, "--json", *words).stdout)["jobs"]]
    assert jobs() == ["alpha", "beta", "gamma"]
    assert jobs("beta") == ["beta"]
    assert jobs("--status", "failed,running") == ["beta", "gamma"]
    missing = world.signalbox("status", "-C", clone, "nobody", check=False)
    assert missing.returncode == 1 and "no job 'nobody'" in missing.stderr


def test_history_is_newest_first_with_what_waits(world, clone):
    world.report(clone, "beta", "running", "1", "30", "again")
    rows = json.loads(world.signalbox("history", "beta", "-C", clone, "--json").stdout)
    assert [(row["status"], row["published"]) for row in rows] == [("running", False),
                                                                   ("failed", True)]
    assert rows[1]["message"] == "boom"
    lines = world.signalbox("history", "beta", "-C", clone).stdout.splitlines()
    assert lines[0].split()[:2] == ["TIME", "STATUS"] and "again" in lines[1]


def test_history_is_limited_by_number_and_time(world, clone):
    for step in range(5):
        world.report(clone, "beta", "running", str(step))
    world.signalbox("sync", "-C", clone)
    def count(*words):
        return len(json.loads(
            world.signalbox("history", "beta", "-C", clone, "--json", *words).stdout))
    assert (count(), count("--limit", "2"), count("--since", "1d")) == (6, 2, 6)
    assert count("--since", "2999-01-01") == 0
    wrong = world.signalbox("history", "beta", "-C", clone, "--since", "soon", check=False)
    assert wrong.returncode == 2 and "--since 'soon' is not a time" in wrong.stderr


def test_predecessor_history_files_count(world, clone):
    history = clone / "data/history"
    (history / "2025-08-17.json").write_text("[]")
    (history / "beta_20250817_060000.json").write_text(
        '{"job_name":"beta","status":"completed","duration":4500,"log_entries":["a","b"]}')
    world.git(clone, "add", "data/history")
    world.git(clone, "commit", "-qm", "Old history")
    world.git(clone, "push", "-q")
    world.signalbox("sync", "-C", clone)
    rows = json.loads(world.signalbox("history", "beta", "-C", clone, "--json").stdout)
    assert (rows[-1]["time"], rows[-1]["duration"]) == ("2025-08-17T06:00:00.000Z", 4500)


@pytest.mark.parametrize("damage", [b"", b"garbage" * 1000, None])
def test_the_index_is_made_again_when_it_is_missing_or_broken(world, clone, damage):
    world.signalbox("history", "beta", "-C", clone)
    index, = (clone / ".git/signalbox").glob("index-*.db")
    if damage is None:
        index.unlink()
    else:
        index.write_bytes(damage)
    rows = json.loads(world.signalbox("history", "beta", "-C", clone, "--json").stdout)
    assert len(rows) == 1
    world.report(clone, "beta", "running")
    world.signalbox("sync", "-C", clone)
    assert world.view("beta")["status"] == "running"


@pytest.mark.parametrize("command", [["history", "beta"], ["sync"]], ids=lambda words: words[0])
def test_a_torn_page_of_the_index_that_shows_only_when_it_is_read_costs_no_command(world, clone, command):
    world.signalbox("history", "beta", "-C", clone)
    index, = (clone / ".git/signalbox").glob("index-*.db")
    whole, page = index.read_bytes(), 4096
    for torn in range(1, len(whole) // page):
        index.write_bytes(whole[:torn * page] + b"\xa5" * page + whole[(torn + 1) * page:])
        world.report(clone, "beta", "running", "--no-publish")
        world.signalbox(*command, "-C", clone)
    rows = json.loads(world.signalbox("history", "beta", "-C", clone, "--limit", "0", "--json").stdout)
    assert len(rows) == len(whole) // page


def test_init_adopts_a_clone_and_keeps_what_is_there(world):
    place = world.directory / "existing"
    world.run("git", "init", "-q", place)
    (place / ".gitignore").write_text("*.pyc")
    first = world.signalbox("init", place).stdout
    assert (place / ".gitignore").read_text().startswith("*.pyc\n")
    assert (place / "data/status/.gitkeep").exists() and (place / "signalbox.toml").exists()
    commands = [line.strip() for line in first.split("Next:\n")[1].splitlines()]
    assert len(commands) == 3
    for command in commands:
        world.run("bash", "-c", command.replace("signalbox ", PROGRAM + " "))
    assert "everything is there already" in world.signalbox("init", place).stdout


def test_everything_that_waits_is_shown_however_much_it_is(world, clone):
    for number in range(40):
        document = json.dumps({"status": "running", "x": "y" * 250_000})
        world.report(clone, f"big_{number:02}", "--json", "-", stdin=document.encode())
    event = world.report(clone, "last", "running")
    rows = world.status(clone)["jobs"]
    assert len(rows) == 3 + 40 + 1
    assert [row["revision"] for row in rows if row["job_name"] == "last"] == [event]
    for job in ("last", "big_39"):
        shown = json.loads(world.signalbox("history", job, "-C", clone, "--json").stdout)
        assert [row["published"] for row in shown] == [False]
        assert world.signalbox("status", "-C", clone, job).stdout.splitlines()[1].startswith(job)
    world.signalbox("sync", "-C", clone)
    assert world.waiting(clone) == 0 and world.view("last")["revision"] == event
