"""The guide's race test, played against a scratch remote by the scripts that are in place."""

import json
import pathlib
import re

import pytest

EXPECTED = ["Both test_job_a and test_job_b updates preserved",
            "No \"stash\" operations in git log",
            "Lock messages in logs showing coordination",
            "All updates appear in dashboard"]


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("monitor")


def scratch(world):
    temporary = world.directory / "temporary"
    temporary.mkdir(exist_ok=True)
    world.environment["TMPDIR"] = str(temporary)
    return temporary


def test_the_race_test_ends_as_the_guide_expects_and_touches_nothing(world, clone):
    temporary = scratch(world)
    world.signalbox("migrate", "apply", "-C", clone)
    tip = world.git(world.remote, "rev-parse", "main")
    before = sorted(str(path) for path in clone.rglob("*"))
    # A monitor that is named in the environment is not the one that the test plays in.
    result = world.signalbox("migrate", "verify", "-C", clone, check=False,
                             env={"MONITOR_PATH": str(clone), "SIGNALBOX_REPO": str(clone)})
    lines = re.sub(r"test_job_b: [1-9]\d* reports", "test_job_b: N reports", result.stdout)
    assert lines.splitlines() == [
        f"✅ {EXPECTED[0]} (test_job_a: 10 of 10 updates; test_job_b: N reports)",
        f"✅ {EXPECTED[1]} (none in the log, no stash entry)",
        f"✅ {EXPECTED[2]} (acquired and released)",
        f"✅ {EXPECTED[3]} (test_job_a running 100, test_job_b completed 100, 0 waiting)"]
    assert result.returncode == 0
    assert world.git(world.remote, "rev-parse", "main") == tip
    assert sorted(str(path) for path in clone.rglob("*")) == before
    assert not list(temporary.iterdir())
    assert not list(pathlib.Path(world.state).glob("**/*"))


def test_scripts_that_lose_updates_do_not_pass(world, clone):
    temporary = scratch(world)
    (clone / "scripts").mkdir()
    (clone / "scripts/failsafe_git_update_safe.sh").write_text("#!/bin/sh\nexit 0\n")
    (clone / "scripts/slurm_dashboard_sync_safe.sh").write_text(
        "#!/bin/sh\ngit stash -q --include-untracked\nexit 0\n")
    result = world.signalbox("migrate", "verify", "-C", clone, "--json", check=False)
    document = json.loads(result.stdout)
    assert result.returncode == 1 and document["passed"] is False
    assert [one["text"] for one in document["expected"]] == EXPECTED
    assert not any(one["met"] for one in document["expected"] if one["text"] != EXPECTED[1])
    assert "does not end as expected" in result.stderr
    assert not list(temporary.iterdir())


def test_a_clone_without_the_scripts_is_told_to_apply(world, clone):
    result = world.signalbox("migrate", "verify", "-C", clone, check=False)
    assert result.returncode == 1 and "signalbox migrate apply" in result.stderr
