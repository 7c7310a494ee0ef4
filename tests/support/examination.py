"""What the stories of `doctor` share: asking it, and making things old."""

import json
import os
import time
import zlib

HOURS = 3600


def doctor(world, place, *options, env=None):
    result = world.signalbox("doctor", "--json", "-C", place, *options, check=False, env=env)
    document = json.loads(result.stdout)
    expected = {"ok": 0, "note": 0, "warning": 3, "broken": 4}[document["verdict"]]
    assert result.returncode == expected, result.stdout
    return {check["id"]: check for check in document["checks"]}


def verdict(world, place, check, **options):
    return doctor(world, place, **options)[check]["verdict"]


def backdate(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


def old_event(world, place, seconds, job="old"):
    """An event that waits since then."""
    event = world.report(place, job, "running")
    path = world.spool(place) / f"{event}.event"
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() - seconds)) + "000"
    older = stamp + event[len(stamp):]
    line = path.read_bytes().rsplit(b"\t", 1)[0].replace(event.encode(), older.encode())
    path.unlink()
    path.with_name(f"{older}.event").write_bytes(line + b"\t%08x\n" % zlib.crc32(line))
    return older


def edit_state(place, **values):
    path = place / ".git/signalbox/state.json"
    state = json.loads(path.read_text())
    state.update(values)
    path.write_text(json.dumps(state))


def ago(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))
