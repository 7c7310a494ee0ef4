"""The program on a terminal of a given width."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from harness import PROGRAM


def on_a_terminal(world, *words, env=None, columns=80):
    """All that it shows there."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([PROGRAM, *map(str, words)], stdout=follower, stderr=follower,
                          env=dict(world.environment, **(env or {}))) as process:
        os.close(follower)
        out = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # nobody has the other end open any more
                break
            if not part:
                break
            out += part
        process.wait()
    os.close(leader)
    return out.decode().replace("\r\n", "\n")
