"""Every command that writes, and the power is cut. Its system calls and those of each git that it
starts are recorded; at points between them the disk is put together as it may be when the machine
comes up again, and everybody goes on from there. The remote is another machine, and keeps all."""

import json
import os
import random
import shutil

import pytest
from commands import COMMANDS
from harness import PROGRAM
from matrix import note
from points import spread
from recorded_disk import TRACER, RecordedDisk, differences, load, whole_lines
from recovery import wait_until_quiet

MOST = 3
DISKS = [("nothing", None), ("some", 1), ("some", 2)]  # of what was not synced


class Recording:
    """One run of the command, and what its places were like before."""

    def __init__(self, world, kind):
        self.world, self.command = world, kind(world)
        self.command.arrange(0)
        world.state.mkdir(exist_ok=True)
        wait_until_quiet(self.command.root)
        self.told_before = dict(self.command.acknowledged)
        self.saved = world.directory / "saved"
        self.own = [self.command.root, world.state]
        self.far = [world.remote] if world.remote.exists() and world.remote != self.command.root else []
        for number, place in enumerate(self.own + self.far):
            shutil.copytree(place, self.saved / str(number), symlinks=True)
        trace = world.directory / "trace"
        result = world.run(*self.command.words(0, (*TRACER, "-o", trace)),
                           env=self.command.environment())
        assert self.command.says in result.stdout, result.stdout + result.stderr
        wait_until_quiet(self.command.root)
        self.lines = list(whole_lines(trace))

    def disks(self):
        return [RecordedDisk(place, self.saved / str(number))
                for number, place in enumerate(self.own + self.far)]

    def happen(self, disks, lines):
        """Which of the lines changed what this machine's disk holds."""
        changed = []
        for number, line in enumerate(lines):
            results = [disk.apply(line, str(self.world.directory)) for disk in disks]
            if any(results[:len(self.own)]):
                changed.append(number)
        return changed

    def points(self):
        """After which lines the power can be cut; and whether the recording is all that happened."""
        disks = self.disks()
        changed = self.happen(disks, self.lines)
        for disk in disks:
            mapped = {path.rsplit("/", 1)[-1] for path in disk.mapped}
            wrong = [path for path in differences(disk.now.tree, load(disk.now.root))
                     if path.rsplit("/", 1)[-1] not in mapped]
            assert not wrong, f"the recording of {disk.now.root} is not what happened: {wrong}"
        return changed

    def cut_power_after(self, line, chance):
        disks = self.disks()
        self.happen(disks, self.lines[:line + 1])
        for disk in disks[:len(self.own)]:
            disk.put_back_after_power_cut(chance)
        for disk in disks[len(self.own):]:
            disk.put_back()
        self.command.acknowledged = dict(self.told_before)
        self.command.note(0, disks[0].said.decode(errors="replace"))


def remove_what_doctor_names(world, clone):
    """A git that dies leaves its locks behind; a person removes them as `doctor` says."""
    if not (clone / ".git").is_dir():
        return
    for lock in (clone / ".git").rglob("*.lock"):
        os.utime(lock, (lock.stat().st_atime, lock.stat().st_mtime - 1200))
    world.signalbox("sync", "-C", clone, check=False)
    found = json.loads(world.signalbox("doctor", "--json", "-C", clone, check=False).stdout)
    for check in found["checks"]:
        if check["id"] == "git-locks" and check["verdict"] == "warning":
            world.run("sh", "-c", check["advice"].split(": ", 1)[1].replace(", ", "\n"))


@pytest.mark.parametrize("kind", COMMANDS, ids=[kind.name for kind in COMMANDS])
def test_what_was_acknowledged_outlives_a_power_cut(world, kind):
    recording = Recording(world, kind)
    points = spread(recording.points(), MOST)
    for number in points:
        for name, seed in DISKS:
            recording.cut_power_after(number, None if seed is None else random.Random(seed * 1000003 + number))
            try:
                if kind.name != "init":
                    remove_what_doctor_names(world, recording.command.clone)
                recording.command.again(0)
                recording.command.settle()
            except AssertionError as error:
                error.add_note(f"after {recording.lines[number][:300]}; {name} {seed}")
                raise
    note("power cut", kind.name, len(points) * len(DISKS))
