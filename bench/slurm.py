"""What jobs of SLURM cost: the check of those that run, and an array whose tasks start together."""

import json
import os
import pathlib
import subprocess
import threading
import time

RUNNING = 10_000
TASKS = 1_000
AT_ONCE = 64


def measure(bench):
    bench.say("jobs of SLURM")
    reconciling(bench)
    array(bench)


def report_all(bench, clone, jobs, options=()):
    """Reports of (job, environment), many at once; seconds that each took."""
    todo = list(jobs)
    took = []
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not todo:
                    return
                job, environment = todo.pop()
            start = time.perf_counter()
            subprocess.run([bench.program, "report", "-q", "--strict", *options, "-C", str(clone), job, "running"],
                           env=dict(bench.environment, **environment), check=True)
            with lock:
                took.append(time.perf_counter() - start)

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took)


def reconciling(bench):
    _, (clone,) = bench.world("reconciling")
    in_allocation = {"SLURM_CLUSTER_NAME": "alps", "SLURMD_NODENAME": "n1"}
    report_all(bench, clone, ((f"job{number}", dict(in_allocation, SLURM_JOB_ID=str(number + 1)))
                              for number in range(RUNNING)), ["--no-publish"])
    programs = bench.directory / "programs"
    programs.mkdir()
    calls = bench.directory / "squeue-calls"
    listing = bench.directory / "squeue-output"
    listing.write_text("".join(f"{number + 1}|RUNNING|None|n1|alps|NONE|0|\n" for number in range(RUNNING)))
    (programs / "squeue").write_text(f"#!/bin/sh\necho >>{calls}\ncat {listing}\n")
    (programs / "squeue").chmod(0o755)
    environment = dict(bench.environment, PATH=f"{programs}:{bench.environment['PATH']}")
    bench.run(bench.program, "publish", "-q", "-C", clone)
    seconds = []
    for _ in range(5):
        for memory in (pathlib.Path(clone) / ".git/signalbox").glob("reconcile-*.json"):
            memory.unlink()
        start = time.perf_counter()
        done = subprocess.run([bench.program, "slurm", "reconcile", "--json", "-C", str(clone)], env=environment,
                              check=True, capture_output=True, text=True)
        seconds.append(time.perf_counter() - start)
        assert json.loads(done.stdout)["of_slurm"] == RUNNING, done.stdout
    questions = calls.read_text().count("\n") / len(seconds)
    middle = sorted(seconds)[len(seconds) // 2]
    bench.row(f"{RUNNING:,} running jobs against squeue", f"{middle:.2f} s, {questions:g} squeue", "<= 1 s, 1 squeue",
              middle <= 1 and questions == 1)


def array(bench):
    remote, (clone,) = bench.world("array", pushes_per_minute=6)
    before = int(bench.git(remote, "rev-list", "--count", "main"))
    most = publishers = 0
    running = True

    def count():
        nonlocal most
        while running:
            now = sum(b"--detached" in command.read_bytes() for command in commands())
            most = max(most, now)
            time.sleep(0.05)

    def commands():
        for command in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if bench.program.encode() in command.read_bytes():
                    yield command
            except OSError:
                continue

    def safe_count():
        try:
            count()
        except OSError:
            safe_count()

    counter = threading.Thread(target=safe_count)
    counter.start()
    start = time.perf_counter()
    took = report_all(bench, clone, (
        ("sweep", {"SLURM_JOB_ID": str(2000 + task), "SLURM_ARRAY_JOB_ID": "2000", "SLURM_ARRAY_TASK_ID": str(task),
                   "SLURM_ARRAY_TASK_COUNT": str(TASKS), "SLURM_CLUSTER_NAME": "alps", "SLURMD_NODENAME": "n1"})
        for task in range(TASKS)))
    seconds = time.perf_counter() - start
    pushes = int(bench.git(remote, "rev-list", "--count", "main")) - before
    running = False
    counter.join()
    allowed = 6 * (seconds / 60 + 1)
    bench.row(f"an array of {TASKS:,} tasks that report from {AT_ONCE} processes at once: a report, median and p99",
              f"{took[len(took) // 2] * 1e3:.1f} ms, {took[len(took) * 99 // 100] * 1e3:.0f} ms", "", None)
    bench.row("the same: pushes while they reported, publishers at once", f"{pushes} in {seconds:.1f} s, {most}",
              "<= 6 a minute, 1", pushes <= allowed and most <= 2)
    bench.run(bench.program, "publish", "-q", "-C", clone)
    status = json.loads(bench.run(bench.program, "status", "-C", clone, "--json").stdout)
    tasks = status["jobs"][0]["tasks"]
    bench.row("the same: tasks in its roll-up after a publish", f"{tasks['states'].get('running', 0):,}", f"{TASKS:,}",
              tasks["states"].get("running") == TASKS)
