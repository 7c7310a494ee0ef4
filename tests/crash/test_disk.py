"""Every command that writes, on a small disk of its own (ext4 on a loop device) that is full, or that
was mounted read-only meanwhile. The user's own spool is on that disk too: nothing can be kept."""

import errno
import os

import pytest
from commands import COMMANDS
from matrix import note
from recovery import wait_until_quiet

FREE = (0, 8, 64)  # KB left for the command
SIZE = "24M"


@pytest.fixture
def disk(world):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    image, place = world.directory / "image", world.directory / "disk"
    place.mkdir()
    world.run("truncate", "-s", SIZE, image)
    world.run("/sbin/mkfs.ext4", "-q", "-b", "1024", "-m", "0", image)
    mounted = world.run("mount", "-o", "loop", image, place, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no loop device can be mounted here: {mounted.stderr.strip()}")
    world.state = place / "state"
    world.state.mkdir()
    world.environment["XDG_STATE_HOME"] = str(world.state)
    yield place
    world.run("umount", place, check=False)
    world.run("umount", "-l", place, check=False)


def fill(place, free):
    """A file that takes all room but so many KB."""
    path = place / "filler"
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 10):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC
        os.fsync(file.fileno())
        file.truncate(max(0, file.tell() - free * 1024))
    return path


def run_once(command, number):
    result = command.world.run(*command.words(number), env=command.environment(), check=False)
    assert command.may_end_with(result.returncode), (result.returncode, result.stderr)
    command.note(number, command.output(result))
    wait_until_quiet(command.root)
    return result


@pytest.mark.parametrize("kind", COMMANDS, ids=[kind.name for kind in COMMANDS])
def test_a_full_disk_loses_nothing_that_was_acknowledged(world, disk, kind):
    command = kind(world, "disk/clone")
    refused = 0
    for number, free in enumerate(FREE, start=1):
        command.arrange(number)
        filler = fill(disk, free)
        result = run_once(command, number)
        refused += command.says not in command.output(result)
        filler.unlink()
        command.again(number)
        command.settle()
    assert refused or not command.needs_room, "there was room enough each time"
    note("disk is full", kind.name, len(FREE))


@pytest.mark.parametrize("kind", COMMANDS, ids=[kind.name for kind in COMMANDS])
def test_a_disk_that_is_mounted_read_only_loses_nothing(world, disk, kind):
    command = kind(world, "disk/clone")
    command.arrange(1)
    wait_until_quiet(command.root)
    world.run("mount", "-o", "remount,ro", disk)
    try:
        result = run_once(command, 1)
    finally:
        world.run("mount", "-o", "remount,rw", disk)
    assert command.says not in command.output(result)
    command.again(1)
    command.settle()
    note("mounted read-only", kind.name, 1)
