"""A world whose clone is on a share of two hosts, and whose remote is outside the cluster."""

import pathlib
import subprocess
import threading

from harness import ID, PATIENCE, PROGRAM, World, wait_until

from hosts import OUTSIDE

PUSH_TIMEOUT = 20  # seconds

# A push is held in the remote's hook: "arrived" appears, and it goes on when "release" is there.
HOLD = """#!/bin/sh
mv hold held 2>/dev/null || exit 0
: >arrived
while [ ! -e release ]; do sleep 0.05; done
"""


class Client(World):
    """The world's verbs, on one host of the lab."""

    def __init__(self, world, host, clone):  # no super(): the world is made already
        self.world = world
        self.host = host
        self.clone = pathlib.Path(clone)
        self.remote = f"git://{OUTSIDE}/{world.remote.name}"
        self.environment = dict(world.environment, XDG_STATE_HOME="/run/state")
        self.running = []

    def words(self, words, cwd="/", env=None):
        variables = dict(self.environment, **(env or {}))
        return self.host.command(["env", "-i", "-C", str(cwd),
                                  *(f"{key}={value}" for key, value in variables.items()),
                                  *(str(word) for word in words)])

    def run(self, *words, cwd=None, check=True, env=None, stdin=None, timeout=PATIENCE * 2):
        return self.world.run(*self.words(words, cwd or "/", env), check=check, stdin=stdin or b"",
                              timeout=timeout)

    def start(self, *words):
        """In the background; its lines are in what is returned, as they come."""
        return Running(self.words(words))

    def report_often(self, count, job="job_$((n % 3))"):
        """As a job does: `count` reports one after the other, each starting its publisher."""
        return self.start("sh", "-c", f"for n in $(seq {count}); do "
                          f"'{PROGRAM}' report -C '{self.clone}' {job} running $n $((n % 100)); done")

    def wait_for_the_share(self):
        """A client that was cut off connects again in its own time."""
        wait_until(lambda: self.run("ls", self.clone, check=False).returncode == 0,
                   "the share is back")

    def sync(self, check=True):
        return self.signalbox("sync", "-C", self.clone, check=check)

    def locks(self):
        """The lock files of git itself in the clone, printed where a test gives up on them."""
        found = self.run("find", self.clone / ".git", "-name", "*.lock",
                         "-not", "-path", "*/.git/signalbox/*").stdout
        print(found, end="")
        return found


class Running:
    def __init__(self, words):
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        self.lines.extend(self.process.stdout)

    def acknowledged(self):
        """The ids that a report said it recorded, so far: the ledger, kept outside of the share."""
        return [ID.search(line).group() for line in self.lines if line.startswith("recorded ")]

    def finish(self):
        self.process.wait(timeout=PATIENCE * 2)
        self.reader.join()
        return self

    def has_finished(self):
        return self.process.poll() is not None


class SharedWorld(World):
    """One clone on the share, the hosts of the lab as its clients, and a bare remote that both
    reach by git:// and the test by path."""

    def __init__(self, directory, lab, mount):
        super().__init__(directory)
        self.remote = lab.remotes / f"{self.directory.name}.git"
        self.make_remote()
        seed = self.directory / "seed"
        with open(seed / "signalbox.toml", "a", encoding="ascii") as settings:
            settings.write(f"push_timeout = {PUSH_TIMEOUT}\n")
        self.git(seed, "commit", "-qam", "Give up early")
        self.git(seed, "push", "-q", "origin", "HEAD:main")
        hook = self.remote / "hooks" / "pre-receive"
        hook.write_text(HOLD, encoding="ascii")
        hook.chmod(0o755)
        clone = pathlib.Path(mount) / self.directory.name
        self.clients = [Client(self, host, clone) for host in lab.clients]
        first = self.clients[0]
        first.run("git", "clone", "-q", first.remote, clone)
        first.git(clone, "config", "user.name", "Person")

    def publish_and_stop_in_the_middle(self, client):
        """A publish whose push has arrived at the remote, which has not said yes yet."""
        (self.remote / "hold").touch()
        publish = client.start(PROGRAM, "publish", "-C", client.clone)
        wait_until((self.remote / "arrived").exists, "the push arrives")
        return publish

    def let_the_push_land(self):
        before = self.git(self.remote, "rev-parse", "main")
        (self.remote / "release").touch()
        wait_until(lambda: self.git(self.remote, "rev-parse", "main") != before, "the push lands")

    def let_the_age_limit_pass(self, client):
        """The lock of a host that shows no sign of life is now as old as it must be to be judged so
        by another one."""
        client.run("touch", "-c", "-d", "10 minutes ago", client.clone / ".git/dashboard_sync.lock")

    def assert_nothing_is_lost(self, acknowledged):
        """All that was said to be recorded is at the remote once, and nothing blocks anybody."""
        for client in self.clients:
            client.sync()
        self.assert_published_once(*acknowledged)
        counts = self.published()
        assert max(counts.values()) == 1
        newest = {}
        for event in self.events():
            newest[event["job"]] = max(newest.get(event["job"], ""), event["id"])
        for job, revision in newest.items():
            assert self.view(job)["revision"] == revision
        assert ".nfs" not in self.git(self.remote, "ls-tree", "-r", "--name-only", "main")
        for client in self.clients:
            assert client.waiting(client.clone) == 0
        first = self.clients[0]
        # Not at once: a file system may show a name for a while after another host deleted it.
        wait_until(lambda: not first.locks(), "no lock of git is left")
        tip = self.git(self.remote, "rev-parse", "main")
        assert first.git(first.clone, "rev-parse", "HEAD") == tip
        assert first.git(first.clone, "status", "--porcelain") == ""
        first.git(first.clone, "fsck", "--strict")
        self.git(self.remote, "fsck", "--strict")
