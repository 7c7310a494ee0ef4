"""What the stories of races share."""

import json
import os
import pathlib
import subprocess

from harness import PROGRAM, wait_until


def race(world, *words, **options):
    result = world.signalbox("race", "--json", *words, check=False, **options)
    return result, json.loads(result.stdout) if result.stdout else None


def processes_of(directory):
    """Processes that have anything to do with a world: by their arguments, directory or files."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            about = (process / "cmdline").read_bytes() + os.fsencode(os.readlink(process / "cwd"))
            about += b"".join(os.fsencode(os.readlink(file)) for file in (process / "fd").iterdir())
        except OSError:
            continue  # ended meanwhile
        if os.fsencode(directory) in about:
            found.append(process.name)
    return found


def start(world, *words, **options):
    return subprocess.Popen([PROGRAM, "race", *words], env=world.environment, cwd=world.directory,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def wait_for_journals(temporary, count=1):
    def journals():
        return [path for path in temporary.glob("signalbox-race-*/journal/writer-*")
                if path.stat().st_size > 0]
    wait_until(lambda: len(journals()) >= count, "the writers report")
    return journals()[0].parent
