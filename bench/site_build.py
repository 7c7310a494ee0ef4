"""What the dashboard costs: a build from nothing, and one after a single report."""

import datetime
import gzip
import hashlib
import json
import statistics
import zlib

REPORTS_A_RUN = 10
SHARD_OF_HISTORY = 1 << 20  # bytes: as publishers compact a day
RUN_LASTS = 600  # seconds


def measure(bench, scale):
    bench.say("the dashboard")
    for jobs, events in ((100, 10_000), (5_000, 1_000_000)):
        building(bench, jobs // scale, events // scale)


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def event_of(number, run, report, begun):
    """One of the reports of a run, ten minutes in all; every run is a day after the one before."""
    at = stamp(begun + report * RUN_LASTS // REPORTS_A_RUN)
    name = f"job{number:05}"
    identity = f"{at:%Y%m%dT%H%M%S}{number % 1000:03}-{number // 1000:04x}-5f2c91ab-{number:06x}{report:06x}"
    ended = report == REPORTS_A_RUN - 1
    status = "running" if not ended else "failed" if (number + run) % 50 == 0 else "completed"
    event = {"id": identity, "job": name, "status": status, "time": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
             "run_id": f"{name}-{run}", "host": f"node{number % 40}",
             "start_time": f"{stamp(begun):%Y-%m-%dT%H:%M:%SZ}"}
    if ended:
        event["end_time"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    event |= {"duration": report * RUN_LASTS // REPORTS_A_RUN, "progress": report * 11, "cpu_usage": 50 + report,
              "memory_usage": 1000 + report, "message": f"step {report} of the run"}
    return event


def view_of(event):
    """As the publisher renders it (docs/formats/view.md)."""
    view = {"job_name": event["job"], "status": event["status"], "last_updated": event["time"][:19] + "Z",
            "start_time": event["start_time"]}
    if "end_time" in event:
        view["end_time"] = event["end_time"]
    view |= {"duration": event["duration"], "progress": event["progress"], "cpu_usage": event["cpu_usage"],
             "memory_usage": event["memory_usage"], "next_scheduled_run": "", "config": {},
             "log_entries": [event["message"]], "run_id": event["run_id"], "host": event["host"],
             "revision": event["id"]}
    body = json.dumps(view, indent=2).removesuffix("\n}")
    return f'{body},\n  "checksum": "{zlib.crc32(body.encode()):08x}"\n}}\n'


def write_history(directory, lines):
    """Lines of one day, sorted, as files of at most a megabyte."""
    directory.mkdir(parents=True)
    lines.sort()
    while lines:
        size, count = 0, 0
        while count < len(lines) and size + len(lines[count]) < SHARD_OF_HISTORY:
            size += len(lines[count])
            count += 1
        content = "".join(lines[:count]).encode()
        first = json.loads(lines[0])["id"]
        blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
        (directory / f"{first}-{blob[:10]}.ndjson").write_bytes(content)
        del lines[:count]


def fill(bench, clone, jobs, events):
    runs = max(events // jobs // REPORTS_A_RUN, 1)
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    midnight = int(now) // 86400 * 86400
    for run in range(runs):
        day = midnight - (runs - run) * 86400
        lines = []
        for number in range(jobs):
            begun = day + number * (86400 - RUN_LASTS) // jobs
            for report in range(REPORTS_A_RUN):
                event = event_of(number, run, report, begun)
                lines.append(json.dumps(event, separators=(",", ":")) + "\n")
            if run == runs - 1:
                (clone / f"data/status/{event['job']}.json").write_text(view_of(event))
        write_history(clone / f"data/history/{stamp(day):%Y/%m/%d}", lines)
    bench.git(clone, "add", "-A")
    bench.git(clone, "commit", "-qm", "A past")
    bench.git(clone, "push", "-q", "origin", "HEAD")
    bench.run(bench.program, "sync", "-q", "-C", clone)


def building(bench, jobs, events):
    name = f"{jobs} jobs, {events} events"
    _, (clone,) = bench.world(f"site_{jobs}")
    fill(bench, clone, jobs, events)
    out = bench.directory / f"out_{jobs}"
    build = [bench.program, "site", "build", "-C", clone, "--out", out]
    whole = bench.timed(build)
    for index in (clone / ".git/signalbox").glob("index-*"):
        bench.say(f"the index has {index.stat().st_size >> 20} MB")
    again = bench.directory / f"again_{jobs}"
    files = bench.timed([*build[:-1], again])
    bench.row(f"site from nothing, {name}", f"{whole:.2f} s; its files alone {files:.2f} s")
    bench.row(f"site of nothing new, {name}", f"{statistics.median(bench.timed(build) for _ in range(9)) * 1e3:.0f} ms")
    waiting, published = [], []
    for number in range(9):
        bench.run(bench.program, "report", "-C", clone, "--no-publish", f"job{number:05}", "running", "1", "5", "go")
        waiting.append(bench.timed(build))
        bench.run(bench.program, "publish", "-q", "-C", clone)
        bench.timed(build)
        bench.run(bench.program, "report", "-C", clone, "--no-publish", f"job{number:05}", "running", "1", "9", "go on")
        bench.run(bench.program, "publish", "-q", "-C", clone)
        published.append(bench.timed(build))
    for what, times in (("waits", waiting), ("is published", published)):
        took = statistics.median(times) * 1e3
        bench.row(f"site after one report that {what}, {name}", f"{took:.0f} ms", "<= 50 ms", took <= 50)
    first = sum(len(gzip.compress((out / path).read_bytes()))
                for path in ("index.html", "app.js", "app.css", "favicon.svg"))
    bench.row(f"first view, gzipped, {name}", f"{first / 1000:.0f} kB", "<= 150 kB", first <= 150_000)
