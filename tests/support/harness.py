"""What the end-to-end tests share: a world of a remote, clones and the built program, looked at
from outside with plain git."""

import collections
import json
import os
import pathlib
import re
import subprocess
import time

PROGRAM = os.path.abspath(os.environ.get("SIGNALBOX", "build/signalbox"))
ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{4}-[0-9a-f]{8}-[0-9a-f]{12}")
PATIENCE = 60  # seconds until a test gives up; nothing is measured against it


class World:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        self.remote = self.directory / "remote.git"
        self.state = self.directory / "state"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory / "home"),
            "XDG_STATE_HOME": str(self.state),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        (self.directory / "home").mkdir()
        for key, value in (
            ("user.name", "Person"),
            ("user.email", "person@example.org"),
            ("init.defaultBranch", "main"),
            ("advice.detachedHead", "false"),
        ):
            self.run("git", "config", "--global", key, value)

    def run(self, *words, cwd=None, check=True, env=None, stdin=None, timeout=PATIENCE * 2):
        result = subprocess.run(
            [str(word) for word in words],
            cwd=str(cwd or self.directory),
            env=dict(self.environment, **(env or {})),
            capture_output=True,
            input=stdin,
            timeout=timeout,
            check=False,
        )
        result.stdout = result.stdout.decode("utf-8", "replace")
        result.stderr = result.stderr.decode("utf-8", "replace")
        if check:
            assert result.returncode == 0, f"{words}\n{result.stdout}\n{result.stderr}"
        return result

    def git(self, where, *words, check=True):
        return self.run("git", "-C", where, *words, check=check).stdout.rstrip("\n")

    def signalbox(self, *words, **options):
        return self.run(PROGRAM, *words, **options)

    def make_remote(self, pushes_per_minute=600):
        """A bare remote with one commit on main that lifts the push budget."""
        self.run("git", "init", "-q", "--bare", self.remote)
        seed = self.directory / "seed"
        self.run("git", "clone", "-q", self.remote, seed)
        self.signalbox("init", seed)
        with open(seed / "signalbox.toml", "a", encoding="utf-8") as file:
            file.write(f"pushes_per_minute = {pushes_per_minute}\n")
        (seed / "notes.txt").write_text("one\n")
        self.git(seed, "add", "-A")
        self.git(seed, "commit", "-qm", "Set up")
        self.git(seed, "push", "-q", "origin", "HEAD:main")
        return self.remote

    def clone(self, name, *options):
        path = self.directory / name
        self.run("git", "clone", "-q", *options, self.remote, path)
        return path

    def report(self, clone, *words, **options):
        """Records without publishing; the id of the event."""
        result = self.signalbox("report", "-C", clone, "--no-publish", *words, **options)
        found = ID.search(result.stdout)
        assert found, result.stdout + result.stderr
        return found.group()

    def events(self, where=None, branch="main"):
        """Every event line of the branch's history, as it stands: repeated ids are repeated."""
        text = self.git(where or self.remote, "grep", "-h", "-e", '^{"id"', branch, "--",
                        "data/history", check=False)
        return [json.loads(line) for line in text.splitlines()]

    def published(self, where=None, branch="main"):
        return collections.Counter(event["id"] for event in self.events(where, branch))

    def view(self, job, where=None, branch="main"):
        return json.loads(self.git(where or self.remote, "show", f"{branch}:data/status/{job}.json"))

    def waiting(self, clone):
        return self.status(clone)["clone"]["waiting"]

    def status(self, clone):
        return json.loads(self.signalbox("status", "-C", clone, "--json").stdout)

    def spool(self, clone):
        common = self.git(clone, "rev-parse", "--path-format=absolute", "--git-common-dir")
        return pathlib.Path(common) / "signalbox" / "spool"

    def assert_published_once(self, *ids):
        counts = self.published()
        for event in ids:
            assert counts[event] == 1, f"{event} is there {counts[event]} times"


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"gave up waiting until {what}")


def fingerprint(world, clone):
    """All that is a person's in a clone: HEAD, index, stash, operation in progress, every file."""
    parts = {
        "head": (world.git(clone, "rev-parse", "HEAD"),
                 world.git(clone, "symbolic-ref", "-q", "HEAD", check=False)),
        "index": world.git(clone, "ls-files", "-s", "-t"),
        "stash": world.git(clone, "stash", "list"),
        "branches": world.git(clone, "for-each-ref", "refs/heads"),
    }
    for path in sorted(pathlib.Path(clone).rglob("*")):
        name = str(path.relative_to(clone))
        # The log is ours, and git ignores it.
        if path.is_file() and not name.startswith((".git/", "logs/")):
            parts[name] = path.read_bytes()
    return parts
