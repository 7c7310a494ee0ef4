"""`signalbox run` in a real shell with job control, on a real terminal."""

import os
import pty
import re
import select
import time

import pytest
from harness import PATIENCE, PROGRAM

PROMPT = "ready> "


class Shell:
    def __init__(self, world):
        self.seen = ""
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(world.directory)
            environment = dict(world.environment, PS1=PROMPT, TERM="dumb", PROGRAM=PROGRAM)
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment)
        self.pid = pid
        self.until(PROMPT)

    def until(self, text):
        """What was printed up to and with `text`."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += os.read(self.terminal, 4096).decode(errors="replace")
        found, self.seen = self.seen.split(text, 1)
        return found

    def type(self, text):
        os.write(self.terminal, text.encode())

    def say(self, line):
        self.type(line + "\n")

    def run(self, line):
        self.say(line)
        self.until("\n")  # the echo
        return self.until(PROMPT).replace("\r", "").strip()

    def close(self):
        self.say("exit")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture
def shell(world):
    shell = Shell(world)
    yield shell
    shell.close()


RUN = '"$PROGRAM" run --job job --no-publish -- '


def test_the_terminal_is_the_commands_own(shell):
    script = "test -t 0 && test -t 1 && test -t 2 && tty && stty size"
    shell.run("stty rows 33 cols 77")
    assert shell.run(f"{RUN} sh -c '{script}'") == shell.run(f"sh -c '{script}'")


def test_ctrl_c_ends_the_command_once_and_the_shell_sees_it(shell):
    shell.say(RUN + """python3 -c '
import time
try:
    print("sta" + "nds", flush=True); time.sleep(60)
except KeyboardInterrupt:
    print("interrupted"); time.sleep(0.5); raise'""")
    shell.until("stands")
    shell.type("\x03")
    found = shell.until(PROMPT)
    assert found.count("interrupted") == 1
    assert shell.run("echo $?") == "130"


def test_ctrl_z_stops_the_job_and_fg_continues_it(shell):
    shell.say(RUN + "sh -c 'echo sta''nds; read line; echo \"got $line\"; exit 6'")
    shell.until("stands")
    shell.type("\x1a")
    assert "Stopped" in shell.until(PROMPT)
    assert re.search(r"\[1\]\+? +Stopped", shell.run("jobs"))
    shell.say("fg")
    shell.until("\n")
    shell.say("word")
    assert "got word" in shell.until(PROMPT)
    assert shell.run("echo $?") == "6"


def test_a_job_in_the_background_that_reads_is_stopped_and_killed_as_without(shell):
    assert "[1]" in shell.run(RUN + "cat &")
    deadline = time.monotonic() + PATIENCE
    while "Stopped" not in (found := shell.run("jobs")):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    shell.run("kill %1; kill -CONT %1")
    while shell.run("jobs"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_terminal_that_goes_away_hangs_up_the_command(world):
    shell = Shell(world)
    ended = world.directory / "ended"
    shell.say(RUN + f"sh -c 'trap \"echo hup > {ended}; exit 1\" HUP; echo sta''nds; while :; do sleep 0.1; done'")
    shell.until("stands")
    os.close(shell.terminal)
    os.waitpid(shell.pid, 0)
    deadline = time.monotonic() + PATIENCE
    while not (ended.exists() and ended.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert ended.read_text() == "hup\n"


def test_a_command_in_a_group_of_its_own_gets_ctrl_c_reads_and_goes_on_after_ctrl_z(shell):
    """timeout(1) makes a group, as a shell's job without us it would lead its own."""
    shell.say(RUN + "timeout 60 sh -c 'echo sta''nds; while read line; do echo \"got $line\"; done'")
    shell.until("stands")
    shell.say("one")
    shell.until("got one")
    shell.type("\x1a")
    assert "Stopped" in shell.until(PROMPT)
    shell.say("fg")
    shell.until("\n")
    shell.say("two")
    shell.until("got two")
    shell.type("\x03")
    shell.until(PROMPT)
    assert shell.run("echo $?") in ("124", "130")
    assert shell.run("echo the terminal is ours") == "the terminal is ours"


def test_a_shell_inside_that_suspends_goes_on(shell):
    shell.say(RUN + "bash --norc --noprofile --noediting -i")
    shell.until(PROMPT)
    shell.say("echo in''side; suspend")
    shell.until("inside")
    assert "Stopped" in shell.until(PROMPT)
    shell.say("fg")
    shell.until("\n")
    shell.say("echo go''ing; exit 5")
    shell.until("going")
    shell.until(PROMPT)
    assert shell.run("echo $?") == "5"
