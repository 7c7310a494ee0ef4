"""Same events, same bytes, whatever was built before."""

import json
import random
import re
import shutil

import pytest
from site_files import files_of


class Story:
    """A clone in which jobs report in every way there is."""

    def __init__(self, world, seed):
        self.world, self.random = world, random.Random(seed)
        self.clone = world.monitor
        self.seconds = 0

    def report(self):
        job = self.random.choice(["weather", "ocean", "ice"])
        status = self.random.choice(["pending", "running", "running", "completed", "failed", "timeout"])
        options = []
        if self.random.random() < 0.5:
            options += ["--run-id", f"run{self.random.randrange(3)}"]
        if self.random.random() < 0.5:
            options += ["--next-run", "2030-01-01T00:00:00Z"]
        self.world.report(self.clone, job, status, str(self.random.randrange(9999)), str(self.random.randrange(100)),
                          f"message {self.random.randrange(5)}", *options)

    def write_a_file(self):
        self.seconds += self.random.randrange(-600, 4000)
        minutes, second = divmod(max(self.seconds, 0), 60)
        hour, minute = divmod(minutes, 60)
        document = {"status": self.random.choice(["running", "completed", "failed"]),
                    "last_updated": f"2025-08-{17 + hour // 24:02}T{hour % 24:02}:{minute:02}:{second:02}Z"}
        if self.random.random() < 0.5:
            document["start_time"] = f"2025-08-17T0{self.random.randrange(9)}:00:00Z"
        (self.clone / "data/status/legacy.json").write_text(json.dumps(document))
        self.sync()

    def sync(self):
        self.world.signalbox("sync", "-C", self.clone)

    def retire(self):
        self.sync()
        views = sorted(path.name for path in (self.clone / "data/status").glob("*.json"))
        if not views:
            return
        self.world.git(self.clone, "rm", "-q", f"data/status/{self.random.choice(views)}")
        self.world.git(self.clone, "commit", "-qm", "Retire a job")
        self.sync()

    def change_settings(self):
        settings = self.clone / "signalbox.toml"
        seconds = self.random.randrange(60, 9000)
        settings.write_text(re.sub(r"(?m)^(# )?long_running_seconds = \d+$", f"long_running_seconds = {seconds}",
                                   settings.read_text()))

    def step(self):
        steps = [self.report] * 8 + [self.sync] * 3 + [self.write_a_file] * 3 + [self.retire, self.change_settings]
        self.random.choice(steps)()


def build(world, out):
    world.signalbox("site", "build", "-C", world.monitor, "--out", out)
    return files_of(out)


def build_from_nothing(world, number):
    """In an empty directory, with an index that is made for it; the other index is put back."""
    own = world.monitor / ".git/signalbox"
    aside = world.directory / "aside"
    aside.mkdir()
    for index in own.glob("index-*"):
        shutil.move(index, aside / index.name)
    files = build(world, world.directory / f"full{number}")
    for index in own.glob("index-*"):
        index.unlink()
    for index in aside.iterdir():
        shutil.move(index, own / index.name)
    aside.rmdir()
    return files


@pytest.mark.parametrize("seed", range(4))
def test_builds_step_by_step_equal_a_build_from_nothing(world, seed):
    story = Story(world, seed)
    for number in range(25):
        story.step()
        step_by_step = build(world, world.directory / "out")
        whole = build_from_nothing(world, number)
        assert step_by_step.keys() == whole.keys()
        for path in whole:
            assert step_by_step[path] == whole[path], path
        shutil.rmtree(world.directory / f"full{number}")


def test_another_clone_builds_the_same(world):
    story = Story(world, 99)
    for _ in range(20):
        story.step()
    story.sync()
    world.git(story.clone, "add", "signalbox.toml")
    world.git(story.clone, "commit", "-qm", "Change settings")
    world.git(story.clone, "push", "-q", "origin", "HEAD:main")
    story.sync()
    here = build(world, world.directory / "here")
    world.monitor = world.clone("elsewhere")
    there = build(world, world.directory / "there")
    assert here.keys() == there.keys()
    for path in here:
        assert here[path] == there[path], path
