"""Ends of logs: collected, masked, published, kept within bounds, shown."""

import json
import os
import socket
import subprocess

import pytest
from harness import PROGRAM, wait_until

HOST = socket.gethostname()
TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF4hJ6"


def set_up(world):
    world.make_remote()
    logs = world.directory / "weather-logs"
    logs.mkdir()
    return world.clone("clone"), logs


def collect(world, clone, *words, **options):
    result = world.signalbox("logs", "collect", "-C", clone, "--project", "weather", "--no-publish",
                             "--json", *words, **options)
    return json.loads(result.stdout) if result.stdout else result


def place(name):
    return f"data/details/weather/{HOST}/{name}"


def show(world, name, where=None):
    return world.git(where or world.remote, "show", f"main:{place(name)}")


def blobs(world):
    """All bytes that the remote ever took."""
    return world.run("git", "-C", world.remote, "log", "-p", "--all", "--format=%B").stdout


def test_the_end_of_a_log_is_published_masked_and_arrives_in_the_checkout(world):
    clone, logs = set_up(world)
    lines = [f"line {number}" for number in range(1000)] + [f"pushing with {TOKEN}"]
    (logs / "run.out").write_text("\n".join(lines) + "\n")
    assert collect(world, clone, logs)["collected"] == [place("run.out.log")]
    world.signalbox("sync", "-C", clone)
    text = show(world, "run.out.log")
    header, body = text.split("\n\n", 1)
    assert "# project: weather" in header and f"# host: {HOST}" in header
    assert "# source: weather-logs/run.out" in header and "# lines: 500" in header
    assert body.splitlines() == lines[501:-1] + ["pushing with ***"]
    assert (clone / place("run.out.log")).read_text() == text + "\n"
    assert not list((world.spool(clone).parent / "outbox").glob("*.file"))
    assert TOKEN not in blobs(world)
    assert not world.git(clone, "status", "--porcelain")


def test_a_log_that_says_the_same_makes_no_commit_whatever_its_time(world):
    clone, logs = set_up(world)
    (logs / "run.log").write_text("same\n")
    collect(world, clone, logs)
    world.signalbox("sync", "-C", clone)
    before = world.git(world.remote, "rev-parse", "main")
    os.utime(logs / "run.log", (1_900_000_000, 1_900_000_000))
    found = collect(world, clone, logs)
    assert found["unchanged"] == 1 and not found["collected"]
    world.signalbox("sync", "-C", clone)
    assert world.git(world.remote, "rev-parse", "main") == before


def test_the_newest_are_kept_within_number_and_bytes(world):
    clone, logs = set_up(world)
    for number in range(6):
        (logs / f"run-{number}.log").write_text(f"{number}\n")
        os.utime(logs / f"run-{number}.log", (1_700_000_000 + number,) * 2)
    collect(world, clone, "--keep-files", "4", logs)
    world.signalbox("sync", "-C", clone)
    names = world.git(world.remote, "ls-tree", "--name-only", f"main:{place('')}".rstrip("/"))
    assert names.splitlines() == [f"run-{number}.log" for number in (2, 3, 4, 5)]
    size = len(show(world, "run-5.log")) + 1
    found = collect(world, clone, "--keep-bytes", str(2 * size), logs)
    assert sorted(found["removed"]) == [place("run-2.log"), place("run-3.log")]
    world.signalbox("sync", "-C", clone)
    names = world.git(world.remote, "ls-tree", "--name-only", f"main:{place('')}".rstrip("/"))
    assert names.splitlines() == ["run-4.log", "run-5.log"]
    assert not (clone / place("run-2.log")).exists()


def test_a_place_may_be_a_link_of_ones_own(world):
    clone, logs = set_up(world)
    (logs / "run.log").write_text("fine\n")
    (world.directory / "logs-now").symlink_to(logs)
    (world.directory / "run-now.log").symlink_to(logs / "run.log")
    found = collect(world, clone, world.directory / "logs-now")
    assert found["collected"] == [place("run.log")]
    assert collect(world, clone, world.directory / "run-now.log")["unchanged"] == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("target, ending", [("run.log", ""), (".", ""), (".", "/")])
def test_a_place_that_is_another_users_link_is_named_and_left_out(world, target, ending):
    clone, logs = set_up(world)
    (logs / "run.log").write_text("not yours\n")
    link = world.directory / "theirs"
    link.symlink_to(logs / target)
    os.chown(link, 65534, 65534, follow_symlinks=False)
    found = collect(world, clone, f"{link}{ending}")
    assert not found["collected"]
    assert found["left_out"] == [f"{link}{ending}: it is a symbolic link of another user"]


def test_what_is_no_log_is_named_and_left_out(world):
    clone, logs = set_up(world)
    outside = world.directory / "outside.log"
    outside.write_text("not yours\n")
    (logs / "link.log").symlink_to(outside)
    (logs / "binary.log").write_bytes(b"\x7fELF\0\0\0")
    os.mkfifo(logs / "fifo.log")
    (logs / "notes.md").write_text("no log\n")
    (logs / "bad-utf8.log").write_bytes(b"caf\xe9\n\x1b[31mred\x1b[0m\n 1%\r 50%\r100%\n" + b"x" * 9000)
    found = collect(world, clone, logs)
    assert found["collected"] == [place("bad-utf8.log")]
    assert sorted(line.split("/")[-1].split(":")[0] for line in found["left_out"]) == [
        "binary.log", "fifo.log", "link.log"]
    world.signalbox("sync", "-C", clone)
    body = show(world, "bad-utf8.log").split("\n\n", 1)[1].splitlines()
    assert body[:3] == ["caf\ufffd", "red", "100%"]
    assert len(body[3]) <= 4096 and body[3].endswith("[cut: 9000 bytes]")


def test_a_pattern_that_cannot_be_used_stops_the_collection(world):
    clone, logs = set_up(world)
    (logs / "run.log").write_text("text\n")
    text = (clone / "signalbox.toml").read_text()
    (clone / "signalbox.toml").write_text(
        text.replace("\n[secrets]\n", "\n[secrets]\npatterns = ['fine', 'lab-(']\n", 1))
    result = collect(world, clone, logs, check=False)
    assert result.returncode == 2 and "lab-(" in result.stderr
    assert not (world.spool(clone).parent / "outbox").exists()


def test_a_log_that_the_remote_refuses_does_not_keep_the_reports(world):
    clone, logs = set_up(world)
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nwhile read old new ref; do\n"
                    "git grep -q forbidden $new -- data/details && exit 1\ndone\nexit 0\n")
    hook.chmod(0o755)
    (logs / "bad.log").write_text("forbidden\n")
    (logs / "good.log").write_text("fine\n")
    collect(world, clone, logs)
    event = world.report(clone, "weather", "running")
    world.signalbox("sync", "-C", clone, check=False)
    world.signalbox("sync", "-C", clone, check=False)
    world.assert_published_once(event)
    assert show(world, "good.log").endswith("fine")
    assert list((world.spool(clone).parent / "outbox" / "refused").iterdir())
    assert collect(world, clone, logs)["collected"] == []
    later = world.report(clone, "weather", "completed")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event, later)


def test_a_refused_log_that_waits_alone_is_no_error_that_reports_would_wait_for(world):
    clone, logs = set_up(world)
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nwhile read old new ref; do\n"
                    "git grep -q forbidden $new -- data/details && exit 1\ndone\nexit 0\n")
    hook.chmod(0o755)
    (logs / "bad.log").write_text("forbidden\n")
    collect(world, clone, logs)
    for _ in range(3):
        told = world.signalbox("sync", "-C", clone)
        assert "refuses files of the outbox" in told.stderr
    state = json.loads((world.spool(clone).parent / "state.json").read_text())
    assert state["last_error"] == "" and not state["not_before"] and not state["health_refused"]
    event = world.report(clone, "weather", "completed")
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(event)


def test_a_name_that_holds_a_secret_is_not_collected(world):
    clone, logs = set_up(world)
    token = "ghp_" + "Ab3dE9" * 6
    (logs / f"run-{token}.log").write_text("text\n")
    assert collect(world, clone, logs)["collected"] == []
    refused = world.signalbox("logs", "collect", "-C", clone, "--project", token, logs, check=False)
    assert refused.returncode == 2 and token not in refused.stderr


def test_show_and_list_give_messages_and_logs_of_a_job(world):
    clone, logs = set_up(world)
    world.report(clone, "model", "running", "0", "5", "began\x1b[2J")
    (logs / "slurm-model-12.out").write_text("from the model\n")
    (logs / "other.log").write_text("from another\n")
    collect(world, clone, logs)
    text = world.signalbox("logs", "show", "-C", clone, "model").stdout
    assert r"began\x1b[2J" in text and "from the model" in text and "from another" not in text
    found = json.loads(world.signalbox("logs", "show", "-C", clone, "weather", "--json").stdout)
    assert sorted(log["lines"][0] for log in found["logs"]) == ["from another", "from the model"]
    rows = json.loads(world.signalbox("logs", "list", "-C", clone, "--json").stdout)
    assert {(row["job"], row["published"]) for row in rows} == {("model", False), ("", False)}
    world.signalbox("sync", "-C", clone)
    assert "published" in world.signalbox("logs", "list", "-C", clone).stdout


def test_follow_prints_what_comes_and_ends_with_its_reader(world):
    clone, _ = set_up(world)
    world.report(clone, "model", "running", "0", "5", "first")
    with subprocess.Popen([PROGRAM, "logs", "show", "--follow", "-C", str(clone), "model"],
                          env=world.environment, stdout=subprocess.PIPE, text=True) as process:
        assert "first" in process.stdout.readline()
        world.report(clone, "model", "running", "0", "9", "second")
        assert "second" in process.stdout.readline()
        process.stdout.close()
        wait_until(lambda: process.poll() is not None, "the follower ended")
        assert process.returncode == 0
