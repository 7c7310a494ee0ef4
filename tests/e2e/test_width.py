"""Everything that people read fits a terminal of 80 columns, and does nothing to it."""

import os
import re
import subprocess

import pytest
from harness import PROGRAM, wait_until
from terminal import on_a_terminal

LONG = "a_name_that_is_as_long_as_a_name_may_be_" + "x" * 60
PARTS = {"lock": ("status", "release"), "logs": ("collect", "list", "show"),
         "migrate": ("check", "apply", "verify", "undo")}


def commands():
    overview = subprocess.run([PROGRAM, "help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  ([a-z]+) {2,}\S", overview.split("Examples:")[0], re.MULTILINE)
    assert {"report", "sync", *PARTS} <= set(names)
    yield ()
    for name in names:
        yield (name,)
        yield from ((name, part) for part in PARTS.get(name, ()))


@pytest.mark.parametrize("words", commands(), ids="-".join)
def test_help_fits(words):
    done = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    assert "Example" in done.stdout or "--help" in done.stdout.split("Options")[0]


def too_long(text):
    """The lines that do not fit. One word may: a path is not cut, to be copied."""
    text = re.sub(r"\x1b\[[0-9;]*[mK]", "", text).split("\r")[-1]
    return [line for line in text.splitlines()
            if len(line) > 80 and len(line.split()) > 1 and max(map(len, line.split())) < 60]


@pytest.fixture
def clone(world):
    world.make_remote()
    place = world.clone("monitor")
    world.report(place, LONG, "running", "5", "20", "long words " * 20, "--run-id", "run" * 20)
    world.report(place, "b", "a-status-of-64-letters-" + "x" * 41, "5", "20", "word " * 40)
    world.signalbox("sync", "-C", place)
    return place


@pytest.mark.parametrize("words", [("status",), ("history", "b"), ("history", LONG), ("doctor",),
                                   ("migrate", "check")], ids=lambda words: words[0])
def test_what_is_told_of_long_names_fits(world, clone, words):
    scripts = clone / "scripts"
    world.signalbox("migrate", "apply", "-C", clone)
    for script in scripts.glob("*.sh"):
        script.with_name(script.name + ".before-signalbox").write_text("#!/bin/sh\ngit stash\n")
    (world.directory / "home" / "job.sh").write_text("git reset --hard origin/main # " + "x " * 60)
    more = [world.directory / "home"] if words[0] == "migrate" else []
    assert too_long(on_a_terminal(world, *words, "-C", clone, *more)) == []


def test_the_list_of_logs_fits(world, clone):
    log = world.directory / f"{LONG}.log"
    log.write_text("line\n")
    world.signalbox("logs", "collect", "-C", clone, "--no-publish", "--project", LONG, log)
    text = on_a_terminal(world, "logs", "list", "-C", clone)
    assert "waiting" in text and too_long(text) == []


def test_the_locks_of_a_publisher_in_the_background_fit(world, clone):
    begun, go = world.directory / "begun", world.directory / "go"
    hook = world.remote / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch '{begun}'\nwhile [ ! -e '{go}' ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    (clone / ".git/packed-refs.lock").write_text("")
    try:
        world.signalbox("report", "-C", clone, "b", "completed")
        wait_until(begun.exists, "the publisher waits for the remote")
        text = on_a_terminal(world, "lock", "status", "-C", clone)
        assert text.count("publish") >= 3 and too_long(text) == []
    finally:
        go.touch()
    wait_until(lambda: world.waiting(clone) == 0, "the publisher is done")


def test_names_do_nothing_to_a_terminal(world):
    evil = world.directory / "evil\x1b[31m\x1b]0;owned\x07\u202egnp\n"
    world.run("git", "init", "-q", evil)
    world.signalbox("init", evil)
    world.signalbox("report", "-C", evil, "job", "running", "--no-publish")
    for words in (("status",), ("lock", "status"), ("doctor",), ("migrate", "check"), ("logs", "list"),
                  ("migrate", "apply"), ("verify", "--journal", evil), ("history", "job")):
        text = on_a_terminal(world, *words, "-C", evil, env={"NO_COLOR": "1"})
        text = re.sub(r"^.*\.\.\.\r\x1b\[K", "", text, flags=re.MULTILINE)  # its own line of progress
        assert not re.search("[\x07\u202e]|\x1b[^[]|\x1b\\[31m|gnp\n", text), (words, text)
    assert os.path.isdir(evil)
