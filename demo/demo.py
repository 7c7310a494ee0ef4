#!/usr/bin/python3
"""The main job of Signalbox, for real: two clusters, eight jobs, two sync loops and a person
write to one branch at once. Ends by reading the remote with plain git."""

import argparse
import collections
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{12}")
WRITERS = 8
SHARED_JOB = "shared_model"


class Demo:
    def __init__(self, program, directory, reports):
        self.program = program
        self.directory = directory
        self.reports = reports
        self.remote = os.path.join(directory, "remote.git")
        self.clusters = [os.path.join(directory, name) for name in ("cluster_a", "cluster_b")]
        self.desk = os.path.join(directory, "person")
        self.journal = os.path.join(directory, "journal")
        self.environment = dict(
            os.environ,
            HOME=directory,
            XDG_STATE_HOME=os.path.join(directory, "state"),
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.path.join(directory, "gitconfig"),
        )
        for variable in ("SIGNALBOX_REPO", "MONITOR_PATH", "XDG_CONFIG_HOME"):
            self.environment.pop(variable, None)
        self.acknowledged = {}  # id -> (job, time of the acknowledgement)
        self.by_writer = collections.defaultdict(list)
        self.report_times = []
        self.published = {}  # id -> time it was seen at the remote
        self.failures = []
        self.person_commits = []
        self.lock = threading.Lock()
        self.done = threading.Event()

    def run(self, *words, cwd=None, check=True):
        result = subprocess.run(
            words, cwd=cwd, env=self.environment, text=True, capture_output=True, check=False
        )
        if check and result.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {result.stderr.strip()}")
        return result

    def git(self, where, *words, check=True):
        return self.run("git", "-C", where, *words, check=check).stdout.strip()

    def set_up(self):
        for key, value in (
            ("user.name", "Demo"),
            ("user.email", "demo@example.org"),
            ("init.defaultBranch", "main"),
        ):
            self.run("git", "config", "--file", self.environment["GIT_CONFIG_GLOBAL"], key, value)
        self.run("git", "init", "-q", "--bare", self.remote)
        self.run("git", "clone", "-q", self.remote, self.clusters[0])
        self.run(self.program, "init", self.clusters[0])
        # The default of 6 pushes a minute is for hosted remotes; this one is a directory.
        with open(os.path.join(self.clusters[0], "signalbox.toml"), "a", encoding="utf-8") as file:
            file.write("pushes_per_minute = 600\n")
        self.git(self.clusters[0], "add", "-A")
        self.git(self.clusters[0], "commit", "-qm", "Set up the monitor")
        self.git(self.clusters[0], "push", "-q", "-u", "origin", "HEAD:main")
        for clone in (self.clusters[1], self.desk):
            self.run("git", "clone", "-q", self.remote, clone)
        os.mkdir(self.journal)

    def note(self, who, line):
        """In the journal that `signalbox verify` takes: one file a writer."""
        with open(os.path.join(self.journal, who), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def job_of(self, writer):
        return SHARED_JOB if writer in (0, WRITERS // 2) else f"job_{writer}"

    def write(self, writer):
        clone = self.clusters[writer * 2 // WRITERS]
        for step in range(self.reports):
            status = "completed" if step == self.reports - 1 else "running"
            started = time.monotonic()
            result = self.run(
                self.program, "report", "-C", clone, self.job_of(writer),
                status, str(step),
                str(100 * (step + 1) // self.reports), f"step {step} of writer {writer}",
                check=False,
            )
            ended = time.monotonic()
            found = ID.search(result.stdout)
            if found:
                self.note(f"writer_{writer}", f"{found.group()} {self.job_of(writer)} {status}")
            with self.lock:
                self.report_times.append(ended - started)
                if result.returncode != 0 or not found:
                    self.failures.append(f"report exited {result.returncode}: {result.stderr}")
                else:
                    self.acknowledged[found.group()] = (self.job_of(writer), ended)
                    self.by_writer[writer].append(found.group())
            time.sleep(random.uniform(0.0, 0.2))

    def sync_loop(self, clone):
        while not self.done.is_set():
            result = self.run(self.program, "sync", "-q", "-C", clone, check=False)
            if result.returncode not in (0, 10, 75):
                with self.lock:
                    self.failures.append(f"sync exited {result.returncode}: {result.stderr}")
            self.done.wait(0.5)

    def person(self):
        number = 0
        while not self.done.is_set():
            number += 1
            with open(os.path.join(self.desk, "notes.txt"), "a", encoding="utf-8") as file:
                file.write(f"note {number}\n")
            self.git(self.desk, "add", "notes.txt")
            subject = f"Write note {number}"
            self.git(self.desk, "commit", "-qm", subject)
            for _ in range(20):
                self.git(self.desk, "pull", "-q", "--rebase")
                pushed = self.run("git", "-C", self.desk, "push", "-q", check=False)
                if pushed.returncode == 0:
                    self.person_commits.append(subject)
                    break
            self.done.wait(0.7)

    def watch(self):
        """Notes when each event is seen at the remote, from plain git."""
        tip = ""
        while True:
            last_look = self.done.is_set()
            new = self.git(self.remote, "rev-parse", "-q", "--verify", "main", check=False)
            if new and new != tip:
                seen = time.monotonic()
                self.note("watcher", f"tip {new}")
                words = ["diff", "--unified=0", "--no-renames", tip, new] if tip else ["show", new]
                text = self.git(self.remote, *words, "--", "data/history")
                with self.lock:
                    for line in text.splitlines():
                        if line.startswith("+{"):
                            self.published.setdefault(ID.search(line).group(), seen)
                tip = new
            if last_look:
                return
            time.sleep(0.05)

    def play(self):
        helpers = [threading.Thread(target=self.sync_loop, args=(c,)) for c in self.clusters]
        helpers += [threading.Thread(target=self.person), threading.Thread(target=self.watch)]
        writers = [threading.Thread(target=self.write, args=(w,)) for w in range(WRITERS)]
        for thread in helpers + writers:
            thread.start()
        total = WRITERS * self.reports
        while any(thread.is_alive() for thread in writers):
            self.progress(f"{len(self.acknowledged)}/{total} acknowledged, "
                          f"{len(self.published)} at the remote")
            time.sleep(0.1)
        for clone in self.clusters:
            self.wait_until_idle(clone)
        time.sleep(0.2)
        self.done.set()
        for thread in helpers:
            thread.join()
        self.progress("")

    def wait_until_idle(self, clone):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.run(self.program, "sync", "-q", "-C", clone, check=False)
            state = json.loads(self.run(self.program, "status", "-C", clone, "--json").stdout)
            if state["clone"]["waiting"] == 0:
                return
            time.sleep(0.2)

    @staticmethod
    def progress(text):
        if sys.stderr.isatty():
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def events_at_remote(self):
        counts = collections.Counter()
        jobs = {}
        for line in self.git(self.remote, "grep", "-h", "-e", '^{"id"', "main", "--",
                             "data/history").splitlines():
            event = json.loads(line)
            counts[event["id"]] += 1
            jobs[event["id"]] = event["job"]
        return counts, jobs

    def out_of_order(self, jobs):
        """A job's view must never go back along the branch, end at its newest event, and a writer's
        own reports must keep their order."""
        wrong = 0
        for job in set(jobs.values()):
            path = f"data/status/{job}.json"
            revisions = []
            for commit in self.git(self.remote, "rev-list", "--reverse", "--first-parent", "main",
                                   "--", path).splitlines():
                revisions.append(
                    json.loads(self.git(self.remote, "show", f"{commit}:{path}"))["revision"])
            wrong += sum(1 for a, b in zip(revisions, revisions[1:]) if b < a)
            newest = max(event for event, its_job in jobs.items() if its_job == job)
            wrong += 0 if revisions and revisions[-1] == newest else 1
        for ids in self.by_writer.values():
            wrong += sum(1 for a, b in zip(ids, ids[1:]) if b <= a)
        return wrong

    def verdict(self):
        counts, jobs = self.events_at_remote()
        lost = [i for i in self.acknowledged if i not in counts]
        doubled = [i for i, count in counts.items() if count > 1]
        log = self.git(self.remote, "log", "--format=%s", "main").splitlines()
        notes_lost = [s for s in self.person_commits if s not in log]
        disorder = self.out_of_order(jobs)
        to_remote = sorted(self.published[i] - at for i, (_, at) in self.acknowledged.items()
                           if i in self.published)
        stashes = sum(1 for clone in self.clusters if self.git(clone, "stash", "list"))
        proof = self.run(self.program, "verify", "--journal", self.journal, self.remote,
                         "--clone", self.clusters[0], "--clone", self.clusters[1], check=False)
        rows = [
            ("acknowledged reports", len(self.acknowledged)),
            ("published", len(self.acknowledged) - len(lost)),
            ("lost", len(lost)),
            ("doubled", len(doubled)),
            ("out of order", disorder),
            ("commits on the branch", len(log)),
            ("the person's commits, of them lost", f"{len(self.person_commits)}, {len(notes_lost)}"),
            ("stashes made", stashes),
            ("signalbox verify", "proven" if proof.returncode == 0 else "NOT PROVEN"),
            ("report returns, p50 / p99", milliseconds(self.report_times)),
            ("report to remote, p50 / p99", milliseconds(to_remote)),
        ]
        print()
        for name, value in rows:
            print(f"  {name:<36}{value}")
        for failure in self.failures[:5]:
            print(f"  failed: {failure.strip()}")
        good = not (lost or doubled or disorder or notes_lost or stashes or self.failures)
        good = good and len(self.acknowledged) == WRITERS * self.reports and proof.returncode == 0
        if proof.returncode != 0:
            print(proof.stdout + proof.stderr)
        print(f"\n  verdict: {'nothing lost' if good else 'NOT GOOD'}\n")
        return good


def milliseconds(times):
    if not times:
        return "none"
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered) * 1000:.0f} ms / {p99 * 1000:.0f} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=os.environ.get("SIGNALBOX", "build/signalbox"))
    parser.add_argument("--reports", type=int, default=40, help="reports a job")
    parser.add_argument("--directory", help="where to play; kept (default: a new one in /tmp)")
    options = parser.parse_args()
    directory = options.directory or tempfile.mkdtemp(prefix="signalbox-demo-")
    os.makedirs(directory, exist_ok=True)
    if not shutil.which("git"):
        sys.exit("error: git is not installed")
    demo = Demo(os.path.abspath(options.program), os.path.realpath(directory), options.reports)
    print(f"Two clusters, {WRITERS} jobs ('{SHARED_JOB}' runs on both), a sync loop in each, and a "
          "person who commits:\nall write to one branch at once.", flush=True)
    demo.set_up()
    demo.play()
    good = demo.verdict()
    print("Where to look:\n"
          f"  git -C {demo.remote} log --oneline main\n"
          f"  git -C {demo.remote} show main:data/status/{SHARED_JOB}.json\n"
          f"  {demo.program} status -C {demo.clusters[0]}\n"
          f"  {demo.program} history {SHARED_JOB} -C {demo.clusters[1]}\n"
          f"  {demo.program} verify --journal {demo.journal} {demo.remote}\n"
          f"  rm -rf {directory}      (when you have seen enough)")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
