"""Publishers that hold their lock for as long as a test wants, here and on other machines."""

import pathlib
import signal
import subprocess

from harness import PROGRAM, wait_until

# Another machine, as far as its name and its process ids tell: the same number means another
# process there.
ELSEWHERE = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
             'hostname "$0"; "$@" & wait $!')


class Gate:
    """While it is closed, a push to the remote does not end."""

    def __init__(self, world):
        self.world = world
        self.bar = world.directory / "bar"
        self.arrived = world.directory / "arrived"
        self.processes = []
        hook = world.remote / "hooks/pre-receive"
        hook.write_text(f"#!/bin/sh\n: > '{self.arrived}'\n"
                        f"while [ -e '{self.bar}' ]; do sleep 0.05; done\n")
        hook.chmod(0o755)

    def open(self):
        self.bar.unlink(missing_ok=True)

    def start(self, *words):
        process = subprocess.Popen([str(word) for word in words], env=self.world.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def holder(self, clone, *prefix):
        """A publisher of one report that stays in its push; the process that was started."""
        self.world.report(clone, "held", "running")
        self.arrived.unlink(missing_ok=True)
        self.bar.touch()
        process = self.start(*prefix, PROGRAM, "publish", "-C", clone)
        wait_until(self.arrived.exists, "the push is under way")
        return process

    def end(self):
        self.open()
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def descendant(process, name):
    """The PID, as seen from here, of the process of that name that this one started."""
    def find(pid):
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == name:
                return int(child)
            found = find(child)
            if found:
                return found
        return None
    return find(process.pid)
