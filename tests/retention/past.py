"""A past for a monitor: reports with the ids of old days, which no clock here would give."""

import datetime
import json
import random
import zlib

UTC = datetime.timezone.utc
NOW = datetime.datetime.now(UTC)
# A day that is over for long enough to be compacted, and too young to be thinned.
LATELY = (NOW - datetime.timedelta(days=5)).replace(hour=0, minute=0, second=0, microsecond=0)
# A day that is old enough to be thinned.
OLD = LATELY - datetime.timedelta(days=60)


def at(day, hour, minute=0, second=0):
    return day.replace(hour=hour, minute=minute, second=second)


def event(job, time, status="running", run="77", **fields):
    """An event as a report of that time would have made it."""
    milliseconds = f"{time:%Y%m%dT%H%M%S}{time.microsecond // 1000:03d}"
    identity = f"{milliseconds}-0000-5f2c91ab-{random.getrandbits(48):012x}"
    stamp = f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
    return {"id": identity, "job": job, "status": status, "time": stamp, "run_id": run, **fields}


def spool(directory, *events):
    """Puts events into a spool, as `report` does."""
    directory.mkdir(parents=True, exist_ok=True)
    for what in events:
        line = json.dumps(what, separators=(",", ":"), ensure_ascii=False)
        checksum = f"{zlib.crc32(line.encode()):08x}"
        (directory / f"{what['id']}.event").write_text(f"{line}\t{checksum}\n")


def hour_of_progress(job, day, hour, run="77", count=12):
    """Progress every few minutes, with a change of status in the middle."""
    return [event(job, at(day, hour, number * 60 // count), run=run, progress=number,
                  status="waiting" if number == count // 2 else "running")
            for number in range(count)]


def day_directory(day):
    return f"data/history/{day:%Y/%m/%d}"


def files(world, day, branch="main", where=None):
    """The files that the branch has of a day, without the directory of the day."""
    directory = day_directory(day)
    listed = world.git(where or world.remote, "ls-tree", "-r", "--name-only", branch, "--",
                       directory + "/")
    return [path.removeprefix(directory + "/") for path in listed.splitlines()]


def is_thinned(line):
    return set(line) == {"id", "job"}
