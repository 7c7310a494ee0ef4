"""Where a command can be struck: its own system calls, recorded once, then met one at a time."""

import collections
import os
import re

CALL = re.compile(r"^(\w+)\(")

# A kill at a call that changes nothing leaves what a kill at the next one leaves that does.
CHANGING = {"openat", "open", "write", "pwrite64", "writev", "rename", "renameat", "renameat2",
            "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat",
            "rmdir", "ftruncate", "truncate", "fsync", "fdatasync", "chmod", "fchmod", "fchmodat",
            "fcntl", "flock", "clone", "clone3", "vfork", "fork", "execve", "exit_group"}
READING = re.compile(r"O_RDONLY|F_GETFD|F_GETFL|F_SETFD|F_SETFL|F_DUPFD")
FAILING = {"openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "link", "linkat", "mkdir",
           "unlink", "close"}
POINTS = os.environ.get("SIGNALBOX_CRASH_POINTS", "")  # of each cell of the table: a number, or "every"
SETTLE_EVERY = 10

Call = collections.namedtuple("Call", "name number changes ours")


def system_calls(command, number):
    """What the program itself calls, in order: how many of that name so far, whether it may change
    something, and whether it is about a file of the clone or of the user's spool."""
    world, trace = command.world, command.world.directory / "trace"
    result = world.run(*command.words(number, ("strace", "-y", "-o", trace)),
                       env=command.environment())
    assert command.says in result.stdout, result.stdout + result.stderr
    seen = collections.Counter()
    calls = []
    for line in trace.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        if not found:
            continue
        name = found.group(1)
        seen[name] += 1
        if name == "execve" and seen[name] == 1:
            continue
        changes = name in CHANGING and not (READING.search(line) and "O_CREAT" not in line)
        ours = any(f"{quote}{place}" in line for quote in '<"' for place in (command.root, world.state))
        calls.append(Call(name, seen[name], changes, ours))
    return calls


def changing(calls):
    return [call for call in calls if call.changes]


def failing(calls):
    """Those that a disk can refuse. A close fails only where no other program is started: how many
    pipes are closed then differs from run to run, and one that stays open is no fault of a disk."""
    starts = any(call.name.startswith(("clone", "vfork", "fork")) for call in calls)
    return [call for call in calls if call.ours and call.name in FAILING
            and not (starts and call.name == "close")]


def spread(calls, most):
    """At most so many of them, or as many as were asked for, from the first to the last."""
    most = len(calls) if POINTS == "every" else int(POINTS or most)
    if len(calls) <= most:
        return calls
    return [calls[n * (len(calls) - 1) // (most - 1)] for n in range(most)]


class Strikes:
    """A command of a kind (commands.py), struck at call after call ("signal=KILL", "error=EIO"), each time
    with something to do; everybody gets well now and then."""

    def __init__(self, world, kind, choose):
        self.command = kind(world)
        self.command.arrange(0)
        self.calls = choose(system_calls(self.command, 0))
        assert len(self.calls) > 5, self.calls
        self.command.again(0)
        self.command.settle()
        self.number = 0

    def at(self, calls, effect, judge):
        """How many points there were. `judge` says of each whether it was struck."""
        command, struck, since = self.command, 0, []
        for call in calls:
            self.number += 1
            command.arrange(self.number)
            result, at = struck_at(command, self.number, call, effect)
            since.append((call, at, result.returncode, result.stderr))
            try:
                struck += judge(command, call, result)
                command.note(self.number, command.output(result))
                command.again(self.number)
                if len(since) == SETTLE_EVERY or call is calls[-1]:
                    command.settle()
                    since.clear()
            except AssertionError as error:
                error.add_note("\n".join(map(str, since)))
                raise
        assert struck > len(calls) * 0.6, f"{struck} of {len(calls)} were struck"
        return len(calls)


def struck_at(command, number, call, effect):
    """Runs the command; what it answered, and the call that was met as strace saw it."""
    world, trace = command.world, command.world.directory / "struck"
    trace.unlink(missing_ok=True)
    tracer = ("strace", "-qq", "-y", "-o", trace, "-e", f"trace={call.name}",
              "-e", f"inject={call.name}:{effect}:when={call.number}")
    result = world.run(*command.words(number, tracer), env=command.environment(), check=False)
    lines = trace.read_text(errors="replace").splitlines() if trace.exists() else []
    return result, [line for line in lines if "INJECTED" in line] or lines[-1:]
