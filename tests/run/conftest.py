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
    world.environment["SIGNALBOX_REPO"] = str(world.monitor)
    world.environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return world


@pytest.fixture
def wrapped():
    """The words that start a command under `run`."""
    return lambda *words, job="job", options=(): [PROGRAM, "run", "--job", job, "--no-publish",
                                                   *options, "--", *map(str, words)]
