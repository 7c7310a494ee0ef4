import os
import pathlib

import pytest

PROGRAM = pathlib.Path(os.path.abspath(os.environ.get("SIGNALBOX", "build/signalbox"))).parent / "tests/simulate"


@pytest.fixture
def simulate():
    return PROGRAM
