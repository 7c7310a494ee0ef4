"""Every command that talks to the remote, over a line to a real web server that fails."""

import os

import pytest
from commands import COMMANDS, commit
from harness import wait_until
from matrix import REMOTE_FAULTS, comes_near, note
from recovery import wait_until_quiet
from web_server import Line, WebServer, missing_program

TALKING = [kind for kind in COMMANDS if kind.talks]


@pytest.fixture
def line(world):
    if missing := missing_program():
        assert os.environ.get("CI") != "true", f"{missing} is not installed"
        pytest.skip(f"{missing} is not installed")
    server = WebServer(world.directory / "web", world.directory)
    yield Line(server.port)
    server.stop()


@pytest.mark.parametrize("kind", TALKING, ids=[kind.name for kind in TALKING])
def test_a_remote_that_fails_loses_nothing(world, line, kind):
    command = kind(world)
    settings = world.git(world.remote, "show", "main:signalbox.toml")
    commit((world, world.remote), "main",
           {"signalbox.toml": settings + "\npush_timeout = 2\ndeadline = 3\n"}, "Wait less")
    world.signalbox("sync", "-C", command.clone)
    world.git(command.clone, "remote", "set-url", "origin", f"http://127.0.0.1:{line.port}/remote.git")
    faults = [fault for fault in REMOTE_FAULTS if comes_near(kind, fault)]
    for number, fault in enumerate(faults, start=1):
        command.arrange(number)
        line.set(fault.removeprefix("remote: "))
        result = world.run(*command.words(number), env=command.environment(), check=False)
        assert command.may_end_with(result.returncode), (fault, result.returncode, result.stderr)
        command.note(number, command.output(result))
        # Of a publisher in the background the first try: it would go on for a while.
        wait_until(lambda: line.met, f"the remote did it: {fault}")
        line.set(None)
        wait_until_quiet(command.root)
        command.again(number)
        command.settle()
        note(fault, kind.name, 1)
