import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from harness import World  # noqa: E402

# A crontab in a file of the test's: the user's own is nobody's to play with.
STAND_IN = """#!/bin/sh
crontab=$HOME/crontab
case $1 in
  -l) [ -f "$crontab" ] || { echo "no crontab for $(id -un)" >&2; exit 1; }; cat "$crontab" ;;
  -) cat >"$crontab" ;;
  *) exit 2 ;;
esac
"""


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "crontab").write_text(STAND_IN)
    (programs / "crontab").chmod(0o755)
    world.environment["PATH"] = f"{programs}:{world.environment['PATH']}"
    world.crontab = tmp_path / "home/crontab"
    world.make_remote()
    world.monitor = world.clone("it's 100% mine")
    return world
