"""A race with faults loses nothing, the predecessor's does, and neither leaves anything behind."""

import html.parser
import json
import os
import pathlib
import signal
import subprocess

import pytest
from harness import PROGRAM, wait_until


@pytest.fixture
def temporary(world):
    """Where the race's worlds are made: empty when nothing was left behind."""
    path = world.directory / "tmp"
    path.mkdir()
    world.environment["TMPDIR"] = str(path)
    return path


def race(world, *words, **options):
    result = world.signalbox("race", "--json", *words, check=False, **options)
    return result, json.loads(result.stdout) if result.stdout else None


def processes_of(directory):
    """Processes that have anything to do with a world: by their arguments, directory or files."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            about = (process / "cmdline").read_bytes() + os.fsencode(os.readlink(process / "cwd"))
            about += b"".join(os.fsencode(os.readlink(file)) for file in (process / "fd").iterdir())
        except OSError:
            continue  # ended meanwhile
        if os.fsencode(directory) in about:
            found.append(process.name)
    return found


def start(world, *words, **options):
    return subprocess.Popen([PROGRAM, "race", *words], env=world.environment, cwd=world.directory,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def wait_for_journals(temporary, count=1):
    def journals():
        return [path for path in temporary.glob("signalbox-race-*/journal/writer-*")
                if path.stat().st_size > 0]
    wait_until(lambda: len(journals()) >= count, "the writers report")
    return journals()[0].parent


def test_nothing_is_lost_with_every_fault(world, temporary):
    result, said = race(world, "--updates", "30", "--fault-every", "0.5")
    assert result.returncode == 0, result.stdout + result.stderr
    assert said["verdict"] == "proven"
    assert said["acknowledged"] > 100
    assert (said["lost"], said["doubled"], said["backwards"]) == (0, 0, 0)
    assert said["published"] >= said["acknowledged"]
    assert set(said["faults"]) == {"kill", "hang", "reject", "enospc", "clock", "pause"}
    assert said["memory_bytes"]["race"] < 128 << 20
    assert not list(temporary.iterdir())


def test_reports_of_a_full_disk_come_home(world, temporary):
    _, said = race(world, "--faults", "enospc", "--fault-every", "0.5", "--updates", "20")
    assert said["in_user_spool"] > 0
    assert (said["verdict"], said["lost"]) == ("proven", 0)


def test_the_guides_race_in_a_table_of_80_columns(world, temporary):
    result = world.signalbox("race", "--writers", "3", "--updates", "5", "--faults", "none")
    assert "verdict: proven" in result.stdout
    assert "acknowledged" in result.stdout and " 15 " in result.stdout


def test_the_predecessor_loses_data_and_that_is_exit_code_1(world, temporary):
    # Its first report of a job is taken for "no changes", and a later one overwrites it: two
    # writers a job and two clones lose some of a hundred for certain.
    result, said = race(world, "--protocol", "baseline", "--faults", "none", "--humans", "0",
                        "--writers", "4", "--jobs", "2", "--updates", "12", "--rate", "10")
    assert result.returncode == 1
    assert said["verdict"] == "violated"
    assert said["acknowledged"] == 48
    assert said["lost"] > 0
    assert said["lost"] + said["published"] == said["acknowledged"]
    assert said["violations"][0].startswith("lost: ")


def test_an_acknowledgement_that_nobody_published_is_named(world, temporary):
    process = start(world, "--json", "--faults", "none", "--updates", "20")
    journal = wait_for_journals(temporary)
    told = "20250817T060000000-0000-00000001-000000000001"
    (journal / "liar").write_text(f"{told} ghost running\n")
    out, errors = process.communicate(timeout=120)
    said = json.loads(out)
    assert process.returncode == 1, errors
    assert (said["verdict"], said["lost"]) == ("violated", 1)
    assert any(told in violation for violation in said["violations"])


def test_a_branch_of_a_real_remote_is_used_and_removed_again(world, temporary):
    remote = world.make_remote()
    before = world.git(remote, "for-each-ref")
    objects = world.git(remote, "rev-parse", "main")
    result, said = race(world, "--remote", f"file://{remote}", "--writers", "4", "--updates", "10",
                        "--fault-every", "0.5", env={"GIT_CONFIG_COUNT": "0"})
    assert result.returncode == 0, result.stderr
    assert said["verdict"] == "proven" and said["lost"] == 0
    assert not {"hang", "reject"} & set(said["faults"])
    assert world.git(remote, "for-each-ref") == before
    assert world.git(remote, "rev-parse", "main") == objects
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_process_no_directory_and_no_branch(world, temporary, number):
    remote = world.make_remote()
    before = world.git(remote, "for-each-ref")
    process = start(world, "--remote", f"file://{remote}", "--duration", "300")
    wait_for_journals(temporary, 3)
    assert world.git(remote, "for-each-ref") != before
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == -number
    assert not list(temporary.iterdir())
    assert not processes_of(temporary)
    assert world.git(remote, "for-each-ref") == before


def test_a_race_that_is_killed_cleans_up_all_the_same(world, temporary):
    process = start(world, "--duration", "300")
    wait_for_journals(temporary, 3)
    process.kill()
    process.communicate(timeout=120)
    wait_until(lambda: not list(temporary.iterdir()), "the world is gone")
    wait_until(lambda: not processes_of(temporary), "the processes are gone")


def test_the_same_seed_gives_the_same_plan(world, temporary):
    one = world.signalbox("race", "--plan", "--seed", "7").stdout
    assert one == world.signalbox("race", "--plan", "--seed", "7").stdout
    assert one != world.signalbox("race", "--plan", "--seed", "8").stdout
    plan = json.loads(world.signalbox("race", "--plan", "--seed", "7", "--json").stdout)
    assert len(plan["writers"]) == 8
    kinds = [fault["fault"] for fault in plan["faults"]]
    assert sorted(kinds[:6]) == ["clock", "enospc", "hang", "kill", "pause", "reject"]
    assert not list(temporary.iterdir())


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.classes, self.links, self.tags = [], set(), [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.classes |= {value for key, value in attributes if key == "class"}
        self.links += [value for key, value in attributes if key in ("src", "href")]
        if tag not in ("meta", "rect"):
            self.open.append(tag)
        elif tag == "rect":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_has_the_timeline_and_needs_nothing_else(world, temporary):
    path = world.directory / "race.html"
    race(world, "--report", path, "--updates", "15", "--fault-every", "0.5")
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert not page.open, "every element is closed"
    assert {"writer", "lock", "sync", "commit", "fault"} <= page.classes
    assert "script" not in page.tags and not page.links
    text = path.read_text(encoding="utf-8")
    assert "http" not in text and "prefers-color-scheme: dark" in text
    assert "Proven" in text


def test_a_kept_world_can_be_verified_again(world, temporary):
    result, _ = race(world, "--writers", "2", "--updates", "5", "--faults", "none", "--keep")
    place = result.stderr.split("kept: ")[1].strip()
    world.signalbox("verify", "--journal", f"{place}/journal", f"{place}/remote.git")


@pytest.mark.parametrize("words", [["--faults", "fire"], ["--writers", "0"], ["--rate", "-1"],
                                   ["--protocol", "x"], ["--remote", "--upload-pack=x"]])
def test_wrong_usage_is_exit_code_2(world, temporary, words):
    result = world.signalbox("race", *words, check=False)
    assert result.returncode == 2
    assert not list(temporary.iterdir())
