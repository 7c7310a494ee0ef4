"""`signalbox watch`: a sync that never ends."""

import configparser
import pathlib
import signal
import subprocess

import pytest
from harness import PROGRAM, wait_until


@pytest.fixture
def watching(world):
    started = []

    def start(*options):
        watch = subprocess.Popen(
            [PROGRAM, "watch", "-C", world.monitor, *options], env=world.environment, stdout=subprocess.PIPE, text=True
        )
        started.append(watch)
        assert watch.stdout.readline() == f"watching {world.monitor}\n"
        return watch

    yield start
    for watch in started:
        watch.kill()
        watch.wait()


def is_published(world, event):
    return world.published()[event] == 1


def test_what_another_node_records_is_published_as_it_comes(world, watching):
    watching("--every", "86400")
    for number in range(3):
        # As a node without network does it: no publisher is started.
        event = world.report(world.monitor, "job", "running", str(number))
        wait_until(lambda event=event: is_published(world, event), "the report is at the remote")


def test_a_file_of_another_program_is_taken_in_as_it_comes(world, watching):
    world.report(world.monitor, "first", "running")
    world.signalbox("sync", "-q", "-C", world.monitor)
    watching("--every", "86400")
    wait_until(lambda: world.waiting(world.monitor) == 0, "the first sync is over")
    (world.monitor / "data/status/old.json").write_text('{"job_name": "old", "status": "failed"}\n')
    wait_until(lambda: any(event["job"] == "old" for event in world.events()), "the file is an event")


def test_news_of_the_remote_come_by_the_period(world, watching):
    watching("--every", "5")
    other = world.clone("other")
    world.report(other, "elsewhere", "completed")
    world.signalbox("sync", "-q", "-C", other)
    wait_until((world.monitor / "data/status/elsewhere.json").exists, "the other clone's job is here")


def test_it_outlives_a_remote_that_is_away(world, watching):
    watch = watching("--every", "5")
    away = world.remote.with_name("away.git")
    world.remote.rename(away)
    event = world.report(world.monitor, "job", "failed")
    wait_until(lambda: "error" in world.signalbox("status", "-C", world.monitor).stdout, "a publish failed")
    assert watch.poll() is None
    away.rename(world.remote)
    wait_until(lambda: is_published(world, event), "the report is at the remote")


def test_it_ends_by_a_signal_at_once_and_leaves_no_lock(world, watching):
    watch = watching()
    wait_until(lambda: not (world.monitor / ".git/dashboard_sync.lock").exists(), "the first sync is over")
    watch.send_signal(signal.SIGTERM)
    assert watch.wait(10) == -signal.SIGTERM
    assert not (world.monitor / ".git/dashboard_sync.lock").exists()
    event = world.report(world.monitor, "job", "completed")
    world.signalbox("sync", "-q", "-C", world.monitor)
    world.assert_published_once(event)


def test_wrong_periods_are_refused(world):
    for every in ("4", "86401", "x", "-1"):
        done = world.signalbox("watch", "-C", world.monitor, f"--every={every}", check=False)
        assert done.returncode == 2 and "from 5 to 86400" in done.stderr


def test_the_unit_file_is_one_and_names_the_command():
    path = pathlib.Path(__file__).resolve().parents[2] / "share/systemd/signalbox-watch@.service"
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read(path)
    words = unit["Service"]["ExecStart"].split()
    assert words[:3] == ["/usr/bin/env", "signalbox", "watch"] and words[3].startswith("--repository=/%I")
    assert unit["Service"]["Restart"] == "on-failure"
