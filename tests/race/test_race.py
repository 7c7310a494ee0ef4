"""A race with faults loses nothing, and the predecessor's does."""

import json
import pathlib

import pytest
from racing import race, start, wait_for_journals


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


def test_the_same_seed_gives_the_same_plan(world, temporary):
    one = world.signalbox("race", "--plan", "--seed", "7").stdout
    assert one == world.signalbox("race", "--plan", "--seed", "7").stdout
    assert one != world.signalbox("race", "--plan", "--seed", "8").stdout
    plan = json.loads(world.signalbox("race", "--plan", "--seed", "7", "--json").stdout)
    assert len(plan["writers"]) == 8
    kinds = [fault["fault"] for fault in plan["faults"]]
    assert sorted(kinds[:6]) == ["clock", "enospc", "hang", "kill", "pause", "reject"]
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("words", [["--faults", "fire"], ["--writers", "0"], ["--rate", "-1"],
                                   ["--protocol", "x"], ["--remote", "--upload-pack=x"],
                                   ["--remote", "/nowhere", "--faults", "hang,kill"],
                                   ["--protocol", "baseline", "--faults", "clock"]])
def test_wrong_usage_is_exit_code_2(world, temporary, words):
    result = world.signalbox("race", *words, check=False)
    assert result.returncode == 2
    assert not list(temporary.iterdir())


def test_what_arrived_of_the_predecessor_is_counted_within_each_version(world):
    """A torn version, or one with conflict markers, is none, and shifts none that follows."""
    script = pathlib.Path(__file__).resolve().parents[2] / "src/race/scripts/published.sh"
    world.make_remote()
    seed = world.clone("seed-of-old")
    whole = '{\n  "job_name": "%s",\n  "status": "running",\n  "duration": %d,\n  "progress": 1\n}\n'
    conflicted = '{\n  "job_name": "b",\n<<<<<<< HEAD\n  "duration": 7,\n=======\n  "duration": 8,\n>>>>>>> x\n}\n'
    for text in (whole % ("a", 1), '{\n  "job_name": "a",\n  "sta', whole % ("a", 2), conflicted, whole % ("b", 3)):
        (seed / "data/status").mkdir(parents=True, exist_ok=True)
        (seed / "data/status/a.json").write_text(text)
        world.git(seed, "add", "-A")
        world.git(seed, "commit", "-qm", "one")
    found = world.run("bash", script, seed, "main").stdout.splitlines()[1:]
    assert sorted(found) == ["a 1", "a 2", "b 3"]
