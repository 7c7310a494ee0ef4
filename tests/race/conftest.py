import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import pytest  # noqa: E402
from harness import World  # noqa: E402


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def temporary(world):
    """Where the race's worlds are made: empty when nothing was left behind."""
    path = world.directory / "tmp"
    path.mkdir()
    world.environment["TMPDIR"] = str(path)
    return path
