import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from harness import World  # noqa: E402


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.make_remote()
    world.monitor = world.clone("monitor")
    return world
