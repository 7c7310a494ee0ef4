"""The predecessor's protocol (bench/baseline/) and Signalbox, one after the other in the same
scenario: writers through clones of one remote, a sync loop in each, perhaps a holder of the lock
that was killed just before."""

import dataclasses
import json
import pathlib
import re
import statistics
import subprocess
import threading

BASELINE = pathlib.Path(__file__).resolve().parent / "baseline"
SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"
SYNC_EVERY = 1  # seconds


@dataclasses.dataclass
class Scenario:
    writers: int
    reports: int  # of each writer
    clones: int = 2
    killed_holder: bool = False


@dataclasses.dataclass
class Protocol:
    name: str
    report: list  # followed by CLONE JOB STATUS DURATION PROGRESS
    sync: list    # followed by CLONE
    lock: str     # what a killed holder leaves, in the git directory


@dataclasses.dataclass
class Outcome:
    reports: int
    lost: int
    p50: float  # milliseconds
    p99: float
    commits: int
    kibibytes: int  # of the remote after gc


def predecessor():
    return Protocol("predecessor", [BASELINE / "update.sh"], [BASELINE / "sync.sh"],
                    "status_update.lock")


def program(path):
    return Protocol("signalbox", [path, "report", "-C"], [path, "sync", "-q", "-C"],
                    "dashboard_sync.lock")


def scripts():
    """The drop-in scripts; the program is found through $SIGNALBOX_BIN."""
    return Protocol("scripts", [SCRIPTS / "failsafe_git_update_safe.sh"],
                    [SCRIPTS / "locked_git_sync.sh"], "dashboard_sync.lock")


def leave_lock_of_a_killed_holder(clone, name):
    """Takes the lock as the guide's snippet does and dies by -9 while it holds it."""
    lock = clone / ".git" / name
    holder = subprocess.Popen(["bash", "-c", f'set -C; echo $$ >"{lock}"; exec sleep 1000'])
    while not lock.exists() or not lock.read_text():
        pass
    holder.kill()
    holder.wait()


def versions_at(bench, remote):
    """Every report is a version of its job's file (its duration counts the reports): one that no
    commit has is lost."""
    seen = set()
    for line in bench.git(remote, "log", "--format=", "--raw", "--no-abbrev", "-m", "main", "--",
                          "data/status").splitlines():
        parts = line.split()
        if len(parts) == 6 and parts[4] in "AM" and parts[5].endswith(".json"):
            try:
                text = json.loads(bench.git(remote, "cat-file", "blob", parts[3]))
            except ValueError:  # published half-written: it shows nobody's report
                continue
            seen.add((text["job_name"], text["duration"]))
    return len(seen)


def run(bench, protocol, scenario, name):
    remote, clones = bench.world(name, clones=scenario.clones)
    if scenario.killed_holder:
        for clone in clones:
            leave_lock_of_a_killed_holder(clone, protocol.lock)
    times, stop = [], threading.Event()

    def drive(number, clone):
        taken, _ = bench.write_at_once(
            scenario.writers // scenario.clones, scenario.reports,
            [*protocol.report, clone, f"c{number}_@W", "running", "@R", "50"],
            out=f"side_{number}")
        times.extend(taken)

    def sync(clone):
        while not stop.wait(SYNC_EVERY):
            bench.run(*protocol.sync, clone, check=False)

    writers = [threading.Thread(target=drive, args=pair) for pair in enumerate(clones)]
    loops = [threading.Thread(target=sync, args=(clone,)) for clone in clones]
    for thread in writers + loops:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in loops:
        thread.join()
    for clone in clones * 2:
        bench.run(*protocol.sync, clone, check=False)
    for clone in clones if protocol.name != "predecessor" else ():
        bench.run(bench.program, "sync", "-C", clone)  # an error here is one of the measurement

    arrived = (versions_at(bench, remote) if protocol.name == "predecessor"
               else sum(bench.ids_at(remote).values()))
    bench.git(remote, "gc", "-q", "--prune=now")
    size = re.search(r"size-pack: (\d+)", bench.git(remote, "count-objects", "-v")).group(1)
    times.sort()
    return Outcome(reports=len(times), lost=len(times) - arrived, p50=statistics.median(times),
                   p99=times[int(len(times) * 0.99)],
                   commits=int(bench.git(remote, "rev-list", "--count", "main")),
                   kibibytes=int(size))


def compare(bench, ours, scenario):
    """Rows of the table: the predecessor / ours."""
    what = (f"{scenario.writers} writers x {scenario.reports} reports, "
            f"{scenario.clones} clone{'s' if scenario.clones > 1 else ''}"
            + (", a holder was killed" if scenario.killed_holder else ""))
    bench.say(f"the predecessor's protocol and {ours.name}: {what}")
    place = f"side_{ours.name}_{scenario.writers}_{scenario.killed_holder}"
    old = run(bench, predecessor(), scenario, f"{place}_before")
    new = run(bench, ours, scenario, f"{place}_now")
    bench.lost += new.lost
    bench.row(f"{what}: lost, predecessor / {ours.name}",
              f"{old.lost} / {new.lost} of {new.reports}", "0 lost", new.lost == 0)
    bench.row(f"{what}: p50", f"{old.p50:.1f} ms / {new.p50:.1f} ms")
    bench.row(f"{what}: p99", f"{old.p99:.1f} ms / {new.p99:.1f} ms")
    bench.row(f"{what}: commits, KiB after gc",
              f"{old.commits}, {old.kibibytes} / {new.commits}, {new.kibibytes}")
