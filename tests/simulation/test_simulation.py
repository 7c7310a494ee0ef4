"""The simulation itself: that it repeats, and that it would tell."""

import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATCHES = sorted((HERE / "mutations").glob("*.patch"))


def run(*words, code=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", [3, 76, 301, 519])
def test_a_seed_gives_the_same_run_every_time(simulate, seed):
    assert run(simulate, "--seed", seed, "--trace") == run(simulate, "--seed", seed, "--trace")


def test_two_seeds_give_two_runs(simulate):
    traces = [re.search(r"^trace (\w+)$", run(simulate, "--seed", seed), re.MULTILINE).group(1)
              for seed in (1, 2)]
    assert traces[0] != traces[1]


def test_a_plan_can_be_made_smaller(simulate):
    whole = run(simulate, "--seed", 76)
    smaller = run(simulate, "--seed", 76, "--without", "person,syncs,sharing", "--faults", "none",
                  "--reports", 1)
    steps = [int(re.search(r"(\d+) steps", said).group(1)) for said in (whole, smaller)]
    assert steps[1] < steps[0] / 2
    assert "1 host," in smaller and "person" not in smaller


def test_what_cannot_be_a_seed_is_refused(simulate):
    run(simulate, "--seeds", "9..1", code=2)
    run(simulate, "--seed", "1", "--without", "everybody", code=2)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_each_mistake_still_applies(patch):
    run("patch", "-p1", "--fuzz=0", "--dry-run", "--force", "-d", ROOT, "-i", patch)


def test_there_are_mistakes_enough():
    caught = [patch for patch in PATCHES if "\nExpect: caught\n" in patch.read_text()]
    assert len(caught) >= 10
