"""Every command that writes, killed at calls that may change something. A kill at any other call leaves
what a kill at the next of these leaves."""

import pytest
from commands import COMMANDS
from matrix import note
from points import Strikes, changing, spread

MOST = 16
KILLED = {-9, 137}


def was_killed(command, call, result):
    # A script lives on when the program that it called was killed, and says so.
    return result.returncode in KILLED or command.name == "update_job_status.sh"


@pytest.mark.parametrize("kind", COMMANDS, ids=[kind.name for kind in COMMANDS])
def test_a_command_that_is_killed_loses_nothing(world, kind):
    strikes = Strikes(world, kind, changing)
    points = strikes.at(spread(strikes.calls, MOST), "signal=KILL", was_killed)
    note("kill -9", kind.name, points)
