import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from harness import PROGRAM, World  # noqa: E402


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.make_remote()
    world.monitor = world.clone("monitor")
    # The program by its name, as a user has it.
    programs = tmp_path / "bin"
    programs.mkdir()
    os.symlink(PROGRAM, programs / "signalbox")
    world.without_program = dict(world.environment)
    world.environment.update(SIGNALBOX_REPO=str(world.monitor), PATH=f"{programs}:{os.environ['PATH']}")
    return world
