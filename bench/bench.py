#!/usr/bin/python3
"""The figures of docs/benchmarks.md, each as a ratio within one run: this prints the table."""

import argparse
import collections
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import site_build
import slurm
import wrapped_run
from side_by_side import Scenario, compare, program, scripts

ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{12}")


class Bench:
    def __init__(self, build, directory):
        self.program = str(build / "signalbox")
        self.floor = str(build / "bench_floor")
        self.writers = str(build / "bench_writers")
        self.directory = directory
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "SIGNALBOX_BIN": self.program,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Bench", "GIT_AUTHOR_EMAIL": "bench@example.org",
            "GIT_COMMITTER_NAME": "Bench", "GIT_COMMITTER_EMAIL": "bench@example.org",
        }
        self.rows = []
        self.lost = 0

    def run(self, *words, check=True, **options):
        return subprocess.run([str(word) for word in words], env=self.environment, check=check,
                              capture_output=True, text=True, **options)

    def git(self, where, *words):
        return self.run("git", "-C", where, *words).stdout.strip()

    def world(self, name, clones=1, pushes_per_minute=600):
        """A bare remote and clones of it."""
        base = self.directory / name
        remote = base / "remote.git"
        self.run("git", "init", "-q", "--bare", "--initial-branch=main", remote)
        seed = base / "seed"
        self.run("git", "clone", "-q", remote, seed)
        self.git(seed, "checkout", "-q", "-B", "main")
        self.run(self.program, "init", seed)
        with open(seed / "signalbox.toml", "a", encoding="utf-8") as file:
            file.write(f"pushes_per_minute = {pushes_per_minute}\n")
        self.git(seed, "add", "-A")
        self.git(seed, "commit", "-qm", "Set up")
        self.git(seed, "push", "-q", "origin", "main")
        places = []
        for number in range(clones):
            places.append(base / f"clone_{number}")
            self.run("git", "clone", "-q", remote, places[-1])
        return remote, places

    def row(self, what, measured, target="", good=None):
        verdict = "" if good is None else ("met" if good else "NOT met")
        self.rows.append((what, measured, target, verdict))
        print(f"  {what}: {measured}" + (f"  (target {target}: {verdict})" if target else ""),
              flush=True)

    @staticmethod
    def say(text):
        print(f"-- {text}", flush=True)

    def timed(self, words):
        start = time.perf_counter()
        process = os.posix_spawn(words[0], [str(word) for word in words], self.environment,
                                 file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                                               (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
        _, status = os.waitpid(process, 0)
        assert status == 0, words
        return time.perf_counter() - start

    def paired(self, one, other, pairs):
        """Medians of two commands, run in turn, and the median of the pairs' ratios."""
        times = [(self.timed(one), self.timed(other)) for _ in range(pairs + 3)][3:]
        return (statistics.median(a for a, _ in times), statistics.median(b for _, b in times),
                statistics.median(a / b for a, b in times))

    def report_against_floor(self, pairs):
        self.say("report, as a process, against the floor")
        for name, options, most in (("publishing off", ["--no-publish"], 1.5),
                                    ("detached publisher", [], 2.5)):
            # The default budget: what a user runs.
            _, (clone,) = self.world("floor_" + options[0].strip("-") if options else "floor_on",
                                     pushes_per_minute=6)
            floor = self.directory / ("floor_files" + name.replace(" ", "_"))
            floor.mkdir()
            ours, theirs, ratio = self.paired(
                [self.program, "report", "-C", clone, *options, "job", "running", "10", "50", "text"],
                [self.floor, floor], pairs)
            self.row(f"report / floor, {name}", f"{ours * 1e3:.2f} ms / {theirs * 1e3:.2f} ms = "
                     f"{ratio:.2f}x", f"<= {most}x", ratio <= most)
            self.run(self.program, "sync", "-C", clone)

    def start_up(self):
        self.say("what start-up pays for")
        ldd = self.run("ldd", self.program, check=False)
        relocations = self.run("readelf", "-rW", self.program).stdout
        count = sum(1 for line in relocations.splitlines() if re.match(r"^[0-9a-f]{16} ", line))
        self.row("shared libraries (ldd)", (ldd.stderr or ldd.stdout).strip().splitlines()[0])
        self.row("relocations at start-up (readelf -r)", str(count))

    def ids_at(self, remote):
        text = self.run("git", "-C", remote, "grep", "-h", "-e", '^{"id"', "main", "--",
                        "data/history", check=False).stdout
        return collections.Counter(ID.search(line).group() for line in text.splitlines())

    def write_at_once(self, writers, reports, words, pause_ms=0, out="times"):
        """The sorted times of each report in milliseconds, and of all together in seconds."""
        out = self.directory / out
        start = time.perf_counter()
        self.run(self.writers, out, writers, reports, pause_ms, *words, timeout=3600)
        elapsed = time.perf_counter() - start
        lines = [line.split() for line in out.read_text().splitlines()]
        assert all(status == "0" for _, status, _ in lines)
        return sorted(int(nanoseconds) / 1e6 for _, _, nanoseconds in lines), elapsed

    def many_writers(self, writers, reports):
        total = writers * reports
        self.say(f"{writers} writers x {reports} reports into one clone")
        remote, (clone,) = self.world("many", pushes_per_minute=6)
        report = [self.program, "report", "-C", clone, "job_@W", "running", "@R", "50", "text"]
        alone, _ = self.write_at_once(1, reports, [*report[:4], "alone", *report[5:]])
        self.run(self.program, "sync", "-C", clone)
        before = sum(self.ids_at(remote).values())
        times, elapsed = self.write_at_once(writers, reports, report)
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            self.run(self.program, "sync", "-q", "-C", clone, check=False)
            state = json.loads(self.run(self.program, "status", "-C", clone, "--json").stdout)
            if state["clone"]["waiting"] == 0:
                break
        counts = self.ids_at(remote)
        published = sum(counts.values()) - before
        self.lost += total - published
        median_alone, p99 = statistics.median(alone), times[int(len(times) * 0.99)]
        self.row(f"{total} reports recorded / published once",
                 f"{len(times)} / {published}", "all", published == total == len(times)
                 and max(counts.values()) == 1)
        self.row(f"closed loop, report p50 / p99 ({total / elapsed:.0f} reports/s)",
                 f"{statistics.median(times):.2f} ms / {p99:.2f} ms")
        self.row("closed loop, report p99 / single-writer median",
                 f"{p99:.2f} ms / {median_alone:.2f} ms = {p99 / median_alone:.1f}x", "<= 5x",
                 p99 <= 5 * median_alone)
        # With no pause, writers wait for the processors. The floor shows how much of it is that.
        floor = self.directory / "floor_many"
        for writer in range(writers):
            (floor / str(writer)).mkdir(parents=True)
        words = [self.floor, str(floor) + "/@W"]
        alone_floor, _ = self.write_at_once(1, reports, words)
        floor_times, _ = self.write_at_once(writers, reports, words)
        floor_p99 = floor_times[int(len(floor_times) * 0.99)]
        self.row("closed loop, the floor's p99 / its single-writer median",
                 f"{floor_p99:.2f} ms / {statistics.median(alone_floor):.2f} ms = "
                 f"{floor_p99 / statistics.median(alone_floor):.1f}x")
        paced, _ = self.write_at_once(writers, max(reports // 5, 5), report, pause_ms=500)
        self.run(self.program, "sync", "-C", clone)
        paced_p99 = paced[int(len(paced) * 0.99)]
        self.row(f"a report every 500 ms from each of {writers}, p99 / single-writer median",
                 f"{paced_p99:.2f} ms / {median_alone:.2f} ms = {paced_p99 / median_alone:.1f}x",
                 "<= 5x", paced_p99 <= 5 * median_alone)

    def publisher(self, events):
        self.say(f"the publisher, {events} events from spool to remote")
        remote, (clone,) = self.world("publisher")
        self.write_at_once(16, events // 16, [self.program, "report", "-C", clone, "--no-publish",
                                              "job_@W", "running", "@R", "50", "text"])
        start = time.perf_counter()
        process = subprocess.Popen([self.program, "publish", "-q", "-C", clone],
                                   env=self.environment)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        published = sum(self.ids_at(remote).values())
        self.lost += events - published
        self.row("publisher, spool to remote and retired",
                 f"{events} events in {elapsed:.2f} s = {events / elapsed:.0f} events/s",
                 ">= 5000/s", events / elapsed >= 5000)
        self.row("publisher, peak memory (with its git children's own maximum)",
                 f"{usage.ru_maxrss / 1024:.0f} MB", "<= 64 MB", usage.ru_maxrss <= 64 * 1024)

    def idle_sync(self, pairs):
        self.say("sync with nothing to do against git fetch with nothing to do")
        _, (clone,) = self.world("idle")
        self.run(self.program, "report", "-C", clone, "--no-publish", "job", "running")
        self.run(self.program, "sync", "-C", clone)
        git = shutil.which("git")
        ours, theirs, ratio = self.paired([self.program, "sync", "-q", "-C", clone],
                                          [git, "-C", clone, "fetch", "-q", "origin"], pairs)
        self.row("sync / git fetch, nothing to do",
                 f"{ours * 1e3:.1f} ms / {theirs * 1e3:.1f} ms = {ratio:.2f}x", "<= 1.3x",
                 ratio <= 1.3)

    def many_jobs(self, jobs, pairs):
        self.say(f"a clone of {jobs} jobs")
        _, (clone,) = self.world("jobs")
        publish = [self.program, "publish", "-q", "-C", clone]
        self.write_at_once(16, jobs // 16, [self.program, "report", "-C", clone, "--no-publish",
                                            "job_@W_@R", "running", "@R", "50", "text"])
        every = self.timed(publish)
        self.run(self.program, "report", "-C", clone, "--no-publish", "job_0_0", "completed")
        one = self.timed(publish)
        self.row(f"publish of one report / of one of every job, {jobs} jobs",
                 f"{one * 1e3:.0f} ms / {every * 1e3:.0f} ms")
        git = shutil.which("git")
        ours, theirs, ratio = self.paired([self.program, "sync", "-q", "-C", clone],
                                          [git, "-C", clone, "fetch", "-q", "origin"], pairs)
        self.row(f"sync / git fetch, nothing to do, {jobs} jobs",
                 f"{ours * 1e3:.1f} ms / {theirs * 1e3:.1f} ms = {ratio:.2f}x")

    def print_table(self, command):
        kind = self.run("stat", "-f", "-c", "%T", self.directory).stdout.strip()
        print(f"\nMeasured with `{command}` on {datetime.date.today()}: {os.cpu_count()} cores, "
              f"{kind}, Linux {platform.release()}.\n")
        print("| figure | measured | target | |\n| --- | --- | --- | --- |")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options = parser.parse_args()
    scale = 10 if options.quick else 1
    with tempfile.TemporaryDirectory(prefix="signalbox-bench-") as directory:
        bench = Bench(options.build.resolve(), pathlib.Path(directory).resolve())
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(
            resource.RLIMIT_NOFILE)[1]))
        bench.start_up()
        bench.report_against_floor(300 // scale)
        bench.idle_sync(100 // scale)
        bench.publisher(12800 // scale)
        bench.many_jobs(4800 // scale, 20 // scale)
        bench.many_writers(64 // (4 if scale > 1 else 1), 200 // scale)
        wrapped_run.measure(bench, max(10 // scale, 2))
        slurm.measure(bench)
        site_build.measure(bench, scale)
        few = max(10 // scale, 3)
        compare(bench, program(bench.program), Scenario(writers=8, reports=few))
        for writers, reports in ((8, few), (64, max(4 // scale, 1))):
            for killed_holder in (False, True):
                compare(bench, scripts(), Scenario(writers=writers, reports=reports,
                                                   killed_holder=killed_holder))
        bench.print_table("./dev bench" + (" --quick" if options.quick else ""))
    sys.exit(1 if bench.lost else 0)


if __name__ == "__main__":
    main()
