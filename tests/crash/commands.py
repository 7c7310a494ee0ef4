"""The commands that write, each with work to do: the rows of the table in docs/reliability.md."""

import collections
import json
import pathlib
import sys

from harness import ID, PROGRAM
from recovery import assert_nothing_is_lost, wait_until_quiet

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(ROOT / "tests/retention"))
import past  # noqa: E402

DRAFT = "A person's draft.\n"
RECORDED = "recorded "


def commit(where, branch, files, message):
    """A person's commit, straight into a repository: {path: text, None to delete}."""
    world, repository = where
    parts = [f"commit refs/heads/{branch}\ncommitter Person <person@example.org> now\n"
             f"data {len(message.encode())}\n{message}\nfrom refs/heads/{branch}^0\n"]
    for path, text in files.items():
        parts.append(f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n")
    world.run("git", "-C", repository, "fast-import", "--quiet", "--date-format=now",
              stdin="".join(parts).encode())


class Command:
    """A clone in which one command is run again and again, each time with something to do.

    `place` is where it works, within the world; all that it writes is in `root`, but for the spool
    in the user's state directory."""

    name = ""
    says = ""  # when it did its work
    talks = True  # to the remote
    pushes = True
    needs_room = True  # on the disk
    codes = frozenset()  # exit codes of its own, besides those of docs/manual/exit-codes.md

    def __init__(self, world, place="clone"):
        self.world = world
        self.acknowledged = {}
        self.make(place)

    def make(self, place):
        self.world.make_remote()
        self.clone = self.root = self.world.clone(place)
        self.report("first", "running")
        self.world.signalbox("publish", "-C", self.clone)
        self.draft()

    def draft(self):
        """What a person has under way: a staged file, an edited one, an untracked one."""
        (self.clone / "staged.txt").write_text(DRAFT)
        self.world.git(self.clone, "add", "staged.txt")
        (self.clone / "notes.txt").write_text(DRAFT)
        (self.clone / "draft.txt").write_text(DRAFT)

    def report(self, *words):
        self.acknowledged[self.world.report(self.clone, *words)] = f"{words[0]} {words[1]}"

    def arrange(self, number):
        """Work for the run of this number."""

    def words(self, number, tracer=()):
        """The command, and what it is started with."""
        raise NotImplementedError

    def environment(self):
        return {}

    def acknowledgement(self, number):
        """The job and the status that the run acknowledges."""
        return None

    def output(self, result):
        """What the run told its caller."""
        return result.stdout

    def note(self, number, stdout):
        """What it acknowledged."""
        for line in stdout.splitlines():
            if line.startswith(RECORDED):
                self.acknowledged[ID.search(line).group()] = self.acknowledgement(number)

    def may_end_with(self, code):
        return code in {0, 1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 75} | self.codes

    def again(self, number):
        """What a person does next, after every run."""

    def settle(self):
        """Everybody is well again, and syncs twice."""
        wait_until_quiet(self.root)
        for _ in range(2):
            self.world.signalbox("sync", "-C", self.clone)
        wait_until_quiet(self.root)
        self.check()

    def check(self):
        assert_nothing_is_lost(self)


class Report(Command):
    name = "report"
    says = "recorded job"
    talks = False

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "report", "-C", self.clone, "--no-publish", f"job_{number % 5}",
                "running", str(number), "50", "text"]

    def acknowledgement(self, number):
        return f"job_{number % 5} running"

    def may_end_with(self, code):
        return code == 0


class Script(Report):
    """A job's own line. The script hides the id of what it recorded, so the program that it calls
    writes it down; its publisher works in the background."""

    name = "update_job_status.sh"
    says = "Status update complete"
    talks = True

    def words(self, number, tracer=()):
        self.said = self.world.directory / f"said-{number}"
        program = self.world.directory / "traced-signalbox"
        words = " ".join(f"'{word}'" for word in (*tracer, PROGRAM))
        program.write_text(f"#!/bin/bash\nset -o pipefail\n{words} \"$@\" 2>>'{self.said}.errors' | tee -a '{self.said}'\n")
        program.chmod(0o755)
        return ["/bin/sh", SCRIPTS / "update_job_status.sh", f"job_{number % 5}", "running",
                str(number), "50", "text"]

    def environment(self):
        return {"MONITOR_PATH": str(self.clone),
                "SIGNALBOX_BIN": str(self.world.directory / "traced-signalbox")}

    def output(self, result):
        return self.said.read_text() if self.said.exists() else ""


class Publish(Command):
    name = "publish"
    says = "published 1 event"

    def arrange(self, number):
        self.report(f"job_{number % 5}", "running", "1", "50")

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "publish", "-C", self.clone]


class Alone(Publish):
    """Where no remote is, the clone's own branch is all there is."""

    name = "publish, no remote"
    talks = False

    def make(self, place):
        self.clone = self.root = self.world.directory / place
        self.world.remote = self.clone
        self.world.signalbox("init", self.clone)
        with open(self.clone / "signalbox.toml", "a", encoding="utf-8") as settings:
            settings.write("pushes_per_minute = 600\n")
        (self.clone / "notes.txt").write_text("one\n")
        self.world.git(self.clone, "add", "-A")
        self.world.git(self.clone, "commit", "-qm", "Set up")
        self.report("first", "running")
        self.world.signalbox("publish", "-C", self.clone)
        self.draft()


class Sync(Command):
    name = "sync"
    says = "published 1 event"
    newest = None

    def arrange(self, number):
        self.newest = f"News {number}\n"
        commit((self.world, self.world.remote), "main", {"news.txt": self.newest}, "News")
        self.report(f"job_{number % 5}", "running", "1", "50")

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "sync", "-C", self.clone]

    def check(self):
        super().check()
        if self.newest:
            assert (self.clone / "news.txt").read_text() == self.newest


class Compaction(Sync):
    """A sync that has days to compact and to thin."""

    name = "sync, days are over"
    says = "compacted the history of 1 day"

    def arrange(self, number):
        super().arrange(number)
        state = self.clone / ".git/signalbox/state.json"
        if state.exists():  # each time is the first look of the day
            values = {key: value for key, value in json.loads(state.read_text()).items()
                      if "compact" not in key}
            state.write_text(json.dumps(values))
        day = past.LATELY - past.datetime.timedelta(days=60 + number % 200)
        events = [event for hour in (1, 2) for event in past.hour_of_progress("weather", day, hour, count=4)]
        past.spool(self.world.spool(self.clone), *events)
        for event in events:
            self.acknowledged[event["id"]] = f"weather {event['status']} 77"
        self.world.signalbox("publish", "-C", self.clone)


class Import(Sync):
    name = "import"
    says = "new events  1"
    documents = 0

    def arrange(self, number):
        self.documents += 1
        time = f"{self.documents // 60 % 24:02}:{self.documents % 60:02}"
        name = f"data/history/old_20250817_{time.replace(':', '')}00.json"
        text = json.dumps({"job_name": "old", "status": "completed", "progress": self.documents % 100,
                           "last_updated": f"2025-08-17T{time}:00Z"})
        commit((self.world, self.world.remote), "main", {name: text}, "A document of the past")

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "import", "-C", self.clone]

    def settle(self):
        wait_until_quiet(self.root)
        self.world.signalbox("import", "-C", self.clone)
        super().settle()

    def check(self):
        super().check()
        old = collections.Counter(event["time"] for event in self.world.events() if event["job"] == "old")
        assert len(old) == self.documents and set(old.values()) <= {1}


class Release(Command):
    name = "lock release --if-dead"
    says = "released dashboard_sync.lock"
    talks = False

    def arrange(self, number):
        lock = self.clone / ".git/dashboard_sync.lock"
        if not lock.exists():
            lock.write_text("999999\n")

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "lock", "release", "--if-dead", "-C", self.clone]

    def settle(self):
        wait_until_quiet(self.root)
        self.world.signalbox("lock", "release", "--if-dead", "-C", self.clone)
        assert not (self.clone / ".git/dashboard_sync.lock").exists()
        super().settle()


class Doctor(Command):
    """Brings home what waits in the user's state directory, and takes away a dead publisher's lock."""

    name = "doctor --fix"
    says = "1 event brought home"
    pushes = False
    codes = frozenset({3, 4})

    def arrange(self, number):
        spool = self.clone / ".git/signalbox/spool"
        aside = spool.with_name("spool-aside")
        spool.rename(aside)
        spool.write_text("")  # no directory: the report goes to the state directory
        try:
            self.report(f"job_{number % 5}", "running", "1", "50")
        finally:
            spool.unlink()
            aside.rename(spool)

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "doctor", "--fix", "-C", self.clone]


class Collect(Command):
    name = "logs collect"
    says = "collected 1"
    last = None

    def arrange(self, number):
        logs = self.world.directory / "logs"
        logs.mkdir(exist_ok=True)
        self.last = f"line {number}"
        with open(logs / "weather.log", "a", encoding="utf-8") as log:
            log.write(f"{self.last}\n")

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "logs", "collect", "-C", self.clone, "--project", "weather",
                self.world.directory / "logs"]

    def settle(self):
        wait_until_quiet(self.root)
        if self.last:
            self.world.run(*self.words(0))
        super().settle()

    def check(self):
        super().check()
        if self.last:
            found = self.world.git(self.world.remote, "grep", "-h", "-e", "^line", "main", "--",
                                   "data/details")
            assert found.splitlines()[-1] == self.last


class Init(Command):
    """Makes a repository where none is."""

    name = "init"
    says = "made the repository"
    talks = False

    def make(self, place):
        self.world.make_remote()
        self.root = self.world.directory / place
        self.root.mkdir()

    def arrange(self, number):
        self.clone = self.root / f"made-{number}"

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "init", self.clone]

    def again(self, number):
        self.world.signalbox("init", self.clone)
        assert (self.clone / "signalbox.toml").read_text()
        assert (self.clone / "data/status").is_dir()
        self.world.git(self.clone, "fsck", "--strict")
        self.world.report(self.clone, "job", "running")

    def settle(self):
        pass  # after every run


class Apply(Command):
    """Replaces the predecessor's scripts, each of which is kept beside its successor."""

    name = "migrate apply"
    says = "installed; the old one is"
    talks = False
    OLD = "#!/bin/sh\necho old\n"

    def make(self, place):
        super().make(place)
        files = {f"scripts/{script.name}": self.OLD for script in SCRIPTS.glob("*.sh")}
        commit((self.world, self.world.remote), "main", files, "The scripts as they were")
        self.world.signalbox("sync", "-C", self.clone)

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "migrate", "apply", "-C", self.clone]

    def again(self, number):
        """Whatever was done by halves, what was there is kept and comes back."""
        self.world.signalbox("migrate", "apply", "-C", self.clone)
        for script in SCRIPTS.glob("*.sh"):
            there = self.clone / "scripts" / script.name
            assert there.read_bytes() == script.read_bytes(), script.name
            assert there.with_name(there.name + ".before-signalbox").read_text() == self.OLD
        self.world.signalbox("migrate", "undo", "-C", self.clone)
        for script in SCRIPTS.glob("*.sh"):
            assert (self.clone / "scripts" / script.name).read_text() == self.OLD


class Undo(Apply):
    name = "migrate undo"
    needs_room = False
    says = "the old one is back"

    def arrange(self, number):
        self.world.signalbox("migrate", "apply", "-C", self.clone)

    def words(self, number, tracer=()):
        return [*tracer, PROGRAM, "migrate", "undo", "-C", self.clone]


COMMANDS = [Init, Report, Script, Publish, Alone, Sync, Compaction, Import, Apply, Undo, Release,
            Doctor, Collect]
