"""Every command that writes, told that one of its calls failed: an open, write, sync, rename, link,
mkdir, unlink or close of a file of the clone or of the user's spool."""

import itertools

import pytest
from commands import COMMANDS, Sync, commit
from harness import PROGRAM
from matrix import note
from points import POINTS, Strikes, failing, spread

MOST = 4
ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES")


def ended_by_itself(command, call, result):
    assert command.may_end_with(result.returncode), (call, result.returncode, result.stderr)
    return True


@pytest.mark.parametrize("kind", COMMANDS, ids=[kind.name for kind in COMMANDS])
def test_a_command_whose_call_fails_loses_nothing(world, kind):
    strikes = Strikes(world, kind, failing)
    for turn, error in enumerate(ERRORS):
        # Each error at other calls, until all of them are asked for.
        mine = strikes.calls if POINTS else strikes.calls[turn % len(strikes.calls)::len(ERRORS)]
        points = strikes.at(spread(mine, MOST), f"error={error}", ended_by_itself)
        note(error, kind.name, points)


def test_an_object_that_cannot_be_opened_leaves_no_file_out_of_the_checkout(world):
    """Each open of it in turn: the index must not be ahead of the files."""
    command = Sync(world)
    for number in itertools.count(1):
        command.newest = f"News {number}\n"
        commit((world, world.remote), "main", {"news.txt": command.newest}, "News")
        blob = world.git(world.remote, "rev-parse", "main:news.txt")
        trace = world.directory / "trace"
        path = command.clone / ".git/objects" / blob[:2] / blob[2:]
        world.run("strace", "-qq", "-o", trace, "-P", path, "-e", "trace=openat",
                  "-e", f"inject=openat:error=EACCES:when={number}", PROGRAM, "sync", "-C",
                  command.clone, check=False)
        command.settle()
        if "INJECTED" not in trace.read_text():
            break
    assert number > 2, "nobody opened it"
