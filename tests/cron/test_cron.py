"""`signalbox cron`: two lines of a person's crontab, and nothing else of it."""

import json
import re
import shutil

import pytest
from harness import PROGRAM

OTHERS = "MAILTO=me\n# mine\n5 4 * * * backup\n\n@daily cd ~/other && signalbox sync -q"  # no newline


def cron(world, *words, **options):
    return world.signalbox("cron", *words, "-C", world.monitor, **options)


def command_of(line):
    """What cron gives to the shell: the sixth field, '%' being a newline unless escaped."""
    assert not re.search(r"(?<!\\)%", line)
    return re.sub(r"\\%", "%", line.split(None, 5)[5])


@pytest.mark.parametrize("before", [None, "", OTHERS, OTHERS + "\n"])
def test_the_line_syncs_the_clone_and_goes_without_a_trace(world, before):
    if before is not None:
        world.crontab.write_text(before)
    cron(world, "install")
    text = world.crontab.read_text()
    assert text.startswith(before or "") and len(text.splitlines()) == len((before or "").splitlines()) + 2
    event = world.report(world.monitor, "job", "running")
    world.run("/bin/sh", "-c", command_of(text.splitlines()[-1]))
    world.assert_published_once(event)
    assert json.loads(cron(world, "show", "--json").stdout) == {
        "repository": str(world.monitor), "line": text.splitlines()[-1], "other": None}
    cron(world, "remove")
    assert world.crontab.read_text().rstrip("\n") == (before or "").rstrip("\n")
    assert "nothing of ours" in cron(world, "remove").stdout


@pytest.mark.parametrize("every, fields", [
    ("1m", r"\* \* \* \* \*"), ("5m", r"[0-4]-59/5 \* \* \* \*"), ("15m", r"\d+-59/15 \* \* \* \*"),
    ("1h", r"\d+ \* \* \* \*"), ("6h", r"\d+ \*/6 \* \* \*"), ("1d", r"\d+ \d+ \* \* \*"),
])
def test_installed_again_the_line_is_changed_in_its_place(world, every, fields):
    world.crontab.write_text("1 1 * * * first\n")
    cron(world, "install")
    with open(world.crontab, "a", encoding="utf-8") as file:
        file.write("2 2 * * * last\n")
    cron(world, "install", "--every", every)
    lines = world.crontab.read_text().splitlines()
    assert [lines[0], lines[3]] == ["1 1 * * * first", "2 2 * * * last"] and len(lines) == 4
    assert re.match(fields + " '", lines[2]), lines[2]


def test_by_sbatch_the_job_runs_the_sync(world):
    (world.directory / "programs/sbatch").write_text(
        '#!/bin/sh\nfor word; do case $word in --wrap=*) sh -c "${word#--wrap=}";; *) echo "$word" >>"$HOME/options";; esac; done\n')
    (world.directory / "programs/sbatch").chmod(0o755)
    cron(world, "install", "--sbatch", "--sbatch-option=--partition=short", "--sbatch-option=--comment=it's 5%")
    event = world.report(world.monitor, "job", "running")
    world.run("/bin/sh", "-c", command_of(world.crontab.read_text().splitlines()[-1]))
    world.assert_published_once(event)
    assert (world.directory / "home/options").read_text().splitlines()[-2:] == ["--partition=short", "--comment=it's 5%"]


def test_a_line_of_somebodys_own_is_named_and_left(world):
    text = f"*/9 * * * * cd {world.directory}/plain && sbatch scripts/slurm_dashboard_sync.sh\n"
    world.crontab.write_text(text)
    plain = world.clone("plain")
    refused = world.signalbox("cron", "install", "-C", plain, check=False)
    assert refused.returncode != 0 and "slurm_dashboard_sync.sh" in refused.stderr
    assert "somebody's own" in world.signalbox("cron", "show", "-C", plain).stdout
    assert world.crontab.read_text() == text


def test_a_mark_whose_line_is_gone_takes_no_other_line_with_it(world):
    cron(world, "install")
    mark = world.crontab.read_text().splitlines()[0]
    world.crontab.write_text(f"{mark}\n5 4 * * * backup\n")
    cron(world, "remove")
    assert world.crontab.read_text() == "5 4 * * * backup\n"


@pytest.mark.parametrize("words", [[], ["install", "--every", "7m"], ["install", "--every", "x"], ["nothing"]])
def test_wrong_words_change_nothing(world, words):
    assert cron(world, *words, check=False).returncode == 2
    assert not world.crontab.exists()


@pytest.mark.skipif(not shutil.which("crontab"), reason="there is no program 'crontab' here")
def test_the_real_crontab_takes_every_schedule(world):
    """Its parser is asked by a try run, which installs nothing."""
    for every in ("1m", "5m", "15m", "30m", "1h", "2h", "12h", "1d"):
        cron(world, "install", "--every", every)
        checked = world.run(shutil.which("crontab"), "-n", world.crontab, check=False)
        assert checked.returncode == 0, checked.stderr
    assert PROGRAM in world.crontab.read_text()
