"""The predecessor's past, imported: every content that a status file ever had becomes one event, and
what is shown now stays as it is. The repository ships a small past; a real one is taken where it is
found."""

import json
import os
import pathlib
import threading

import pytest
from harness import PROGRAM, World, fingerprint

HERE = pathlib.Path(__file__).resolve()
SMALL = HERE.parent.parent / "data" / "small-trace.ndjson"
BUNDLE = pathlib.Path("shared", "data", "monitor-history.bundle")
REAL = pathlib.Path(os.environ.get("SIGNALBOX_PAST", "") or next(
    (place / BUNDLE for place in HERE.parents[2].parents if (place / BUNDLE).is_file()),
    HERE.parents[3] / BUNDLE))


class Past:
    """A repository of the predecessor that a test writes commit by commit."""

    def __init__(self, world):
        self.world = world
        self.remote = world.directory / "remote.git"
        self.path = world.directory / "past"
        self.time = 1755400000  # 2025-08-17T03:06:40Z
        world.run("git", "init", "-q", "--bare", self.remote)
        world.run("git", "init", "-q", self.path)
        world.git(self.path, "remote", "add", "origin", self.remote)
        (self.path / "signalbox.toml").write_text("[publish]\npushes_per_minute = 600\n")

    def commit(self, name, content, at=None):
        """`content`: bytes, a document, or None for a file that a person removes. `name`: a job, or a
        path."""
        path = self.path / (name if "/" in name else f"data/status/{name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes)
                             else json.dumps(content, indent=2).encode())
        self.time = at or self.time + 60
        self.world.git(self.path, "add", "-A")
        date = f"{self.time} +0200"
        self.world.run("git", "-C", self.path, "commit", "-q", "--allow-empty", "-m", f"Update {name}",
                       env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})
        return self.world.git(self.path, "rev-parse", "HEAD")

    def publish(self):
        self.world.git(self.path, "push", "-q", "origin", "HEAD:main")
        return self.world.clone("a")


def document(status, when=None, **fields):
    if when:
        fields["last_updated"] = when
    return {"status": status, **fields}


@pytest.fixture
def past(world):
    return Past(world)


def run_import(world, clone, *words, **options):
    return json.loads(world.signalbox("import", "-C", clone, "--json", *words, **options).stdout)


def small_past(world):
    past = Past(world)
    for line in SMALL.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        past.commit(entry["path"], None if entry.get("deleted") else entry["content"].encode(),
                    entry["committed_at"])
    past.commit("data/history/2025-08-17.json", b"[]\n")
    past.commit("retired", document("completed", "2025-08-17T09:00:00Z"))
    past.commit("retired", None)
    return past.publish()


def real_past(world):
    if not REAL.is_file():
        pytest.skip(f"no past at {REAL}; name a bundle with SIGNALBOX_PAST")
    world.run("git", "clone", "-q", "--bare", REAL, world.remote)
    world.git(world.remote, "symbolic-ref", "HEAD", "refs/heads/dev")
    world.git(world.remote, "branch", "-M", "dev", "main")
    return world.clone("a")


def contents_in_the_past(world, clone):
    """By job: the set of contents that its file ever had, by plain git."""
    contents = {}
    log = world.git(clone, "log", "--raw", "-m", "--root", "--no-renames", "--no-abbrev",
                    "--format=", "--", "data/status/*.json")
    for line in set(log.splitlines()):
        meta, path = line.split("\t")
        blob = meta.split()[3]
        if set(blob) != {"0"}:
            content = world.run("git", "-C", clone, "cat-file", "blob", blob).stdout
            contents.setdefault(pathlib.PurePosixPath(path).stem, set()).add(content)
    return contents


def is_document(content):
    try:
        return isinstance(json.loads(content)["status"], str)
    except (ValueError, KeyError, TypeError):
        return False


def shown(world, clone):
    """By job what its file says, of those that say something."""
    views = {}
    for path in sorted((clone / "data/status").glob("*.json")):
        try:
            view = json.loads(path.read_text())
            views[path.stem] = (view["status"], view.get("last_updated"), view.get("progress"))
        except ValueError:
            pass
    return views


@pytest.mark.parametrize("make", [small_past, real_past], ids=["small", "real"])
def test_every_content_of_the_past_becomes_one_event_and_nothing_shown_changes(world, make):
    clone = make(world)
    before = shown(world, clone)
    files = {path.name for path in (clone / "data/status").iterdir()}
    contents = contents_in_the_past(world, clone)
    usable = {job: {text for text in texts if is_document(text)} for job, texts in contents.items()}
    blank = sum(not text.strip() for texts in contents.values() for text in texts)

    counted = run_import(world, clone)

    assert counted["versions"] == sum(map(len, contents.values()))
    assert counted["files"] == len(contents)
    assert counted["empty"] == blank > 0
    assert counted["invalid"] == counted["versions"] - blank - sum(map(len, usable.values()))
    assert (sum(counted[key] for key in ("new", "known", "duplicates", "empty", "invalid"))
            == counted["versions"] + counted["documents"])
    named = counted["unusable"]
    assert len(named) == counted["empty"] + counted["invalid"]
    for one in named:
        text = world.git(clone, "show", f"{one['commit']}:{one['path']}")
        assert (one["reason"] == "empty") == (not text.strip())
    events = world.events()
    assert max(world.published().values()) == 1
    for job, texts in usable.items():
        assert len([event for event in events if event["job"] == job]) == len(texts), job
    assert {event["id"][:6] for event in events} == {"202508"}
    assert shown(world, clone) == before
    assert {path.name for path in (clone / "data/status").iterdir()} == files
    assert world.git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize("make", [small_past, real_past], ids=["small", "real"])
def test_importing_again_changes_nothing_from_this_clone_or_another(world, make):
    clone = make(world)
    first = run_import(world, clone)
    tip = world.git(world.remote, "rev-parse", "main")
    other = world.clone("b")
    for again in (run_import(world, clone), run_import(world, other)):
        assert again["new"] == 0
        assert again["known"] == first["new"] + first["known"]
        assert again["versions"] == first["versions"]
    assert world.git(world.remote, "rev-parse", "main") == tip


def test_two_clones_that_import_at_once_make_each_event_once(world):
    clones = [small_past(world), world.clone("b")]
    usable = sum(is_document(text) for texts in contents_in_the_past(world, clones[0]).values()
                 for text in texts)
    threads = [threading.Thread(target=run_import, args=(world, clone)) for clone in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(world.published().values()) == 1
    assert len(world.events()) == usable
    assert [world.waiting(clone) for clone in clones] == [0, 0]


def test_a_dry_run_counts_and_writes_nothing(world, past):
    past.commit("alpha", document("running", "2025-08-17T03:00:00Z"))
    past.commit("alpha", document("completed", "2025-08-17T04:00:00Z"))
    clone = past.publish()
    before = fingerprint(world, clone), world.git(world.remote, "rev-parse", "main")
    counted = run_import(world, clone, "--dry-run")
    assert (counted["new"], counted["dry_run"]) == (2, True)
    assert (fingerprint(world, clone), world.git(world.remote, "rev-parse", "main")) == before
    assert not world.spool(clone).exists()


def test_what_was_adopted_before_is_known(world, past):
    past.commit("alpha", document("running", "2025-08-17T03:00:00Z", progress=10))
    clone = past.publish()
    world.signalbox("sync", "-C", clone)
    assert run_import(world, clone)["known"] == 1
    (clone / "data/status/alpha.json").write_text(
        json.dumps(document("running", "2025-08-17T03:30:00Z", progress=50)))
    world.signalbox("sync", "-C", clone)
    counted = run_import(world, clone)
    assert (counted["new"], len(world.events())) == (0, 2)


def test_a_retired_job_gets_its_past_but_no_file_until_it_reports(world, past):
    past.commit("alpha", document("running", "2025-08-17T03:00:00Z"))
    past.commit("alpha", document("completed", "2025-08-17T04:00:00Z"))
    past.commit("alpha", None)
    clone = past.publish()
    assert run_import(world, clone)["new"] == 2
    world.signalbox("sync", "-C", clone)
    assert not (clone / "data/status/alpha.json").exists()
    rows = json.loads(world.signalbox("history", "alpha", "-C", clone, "--json").stdout)
    assert [row["status"] for row in rows] == ["completed", "running"]
    world.report(clone, "alpha", "running")
    world.signalbox("sync", "-C", clone)
    assert world.view("alpha")["status"] == "running"


def test_a_job_that_went_back_in_time_still_shows_what_it_showed(world, past):
    past.commit("alpha", document("running", "2025-08-17T09:00:00Z", progress=90))
    past.commit("alpha", document("running", "2025-08-17T03:00:00Z", progress=30))
    past.commit("beta", document("failed", "2099-01-01T00:00:00Z"))
    past.commit("beta", document("completed", "2025-08-17T03:00:00Z"))
    # Without a time of their own; the first one came back.
    past.commit("gamma", document("running"))
    past.commit("gamma", document("failed"))
    past.commit("gamma", document("running"))
    clone = past.publish()
    before = shown(world, clone)
    assert run_import(world, clone)["versions"] == 6
    after = shown(world, clone)
    assert [after[job][0] for job in after] == [before[job][0] for job in before]
    assert world.view("alpha")["progress"] == 30
    assert {event["id"][:8] for event in world.events()} == {"20250817"}


def test_an_empty_file_gets_its_last_good_content_back(world, past):
    past.commit("alpha", document("completed", "2025-08-17T03:00:00Z"))
    past.commit("alpha", b"")
    clone = past.publish()
    assert run_import(world, clone)["empty"] == 1
    assert world.view("alpha")["status"] == "completed"


def test_the_documents_of_the_history_directory_are_events_with_their_own_end_time(world, past):
    past.commit("data/history/alpha_20250817_180000.json",
                document("completed", end_time="2025-08-17T16:00:00Z", duration=60))
    past.commit("data/history/alpha_20250816_180000.json", document("failed"))
    past.commit("data/history/2025-08-15.json", json.dumps(
        [{"job_name": "beta", "status": "completed", "end_time": "2025-08-15T12:00:00Z"},
         {"status": "completed"}]).encode())
    past.commit("data/history/2025-08-14.json", b"[]")
    past.commit("data/history/beta_20250813_000000.json", b"{")
    past.commit("data/history/notes.txt", b"mine")
    clone = past.publish()
    counted = run_import(world, clone)
    assert (counted["documents"], counted["new"], counted["invalid"]) == (5, 3, 2)
    assert sorted(event["time"] for event in world.events()) == [
        "2025-08-15T12:00:00.000Z", "2025-08-16T18:00:00.000Z", "2025-08-17T16:00:00.000Z"]
    assert run_import(world, clone)["new"] == 0
    rows = json.loads(world.signalbox("history", "alpha", "-C", clone, "--json").stdout)
    assert [row["status"] for row in rows] == ["completed", "failed"]
    assert not list((clone / "data/status").glob("*.json"))


def test_names_and_sizes_that_no_document_has_are_named_and_left_out(world, past):
    past.commit("data/status/-rf.json", document("running"))
    past.commit("huge", b'{"status":"running","x":"' + b"x" * (2 << 20) + b'"}')
    past.commit("data/status/sub/deep.json", document("running"))
    clone = past.publish()
    counted = run_import(world, clone)
    assert {one["path"]: one["reason"] for one in counted["unusable"]} == {
        "data/status/-rf.json": "job name '-rf' does not start with a letter or digit",
        "data/status/huge.json": "larger than a document may be"}
    assert (counted["versions"], world.events()) == (2, [])


def test_a_list_of_a_day_says_which_of_its_entries_is_unusable_and_why(world, past):
    entries = [{"job_name": "alpha", "status": "completed", "end_time": "2025-08-17T03:00:00Z"},
               {"job_name": "a b", "status": "completed"}, {"status": "completed"},
               {"job_name": "beta"}]
    past.commit("data/history/2025-08-17.json", entries)
    clone = past.publish()
    counted = run_import(world, clone)
    assert [(one["path"], one["reason"]) for one in counted["unusable"]] == [
        ("data/history/2025-08-17.json", reason) for reason in (
            "entry 2: job name 'a b' holds a character that is not allowed",
            "entry 3 names no job",
            'entry 4: the document has no usable "status"')]
    assert [event["job"] for event in world.events()] == ["alpha"]


def test_versions_that_only_a_merged_branch_had_count_too(world, past):
    past.commit("alpha", document("running", "2025-08-17T03:00:00Z"))
    world.git(past.path, "checkout", "-q", "-b", "side")
    past.commit("alpha", document("failed", "2025-08-17T03:10:00Z"))
    world.git(past.path, "checkout", "-q", "main")
    past.commit("beta", document("running", "2025-08-17T03:20:00Z"))
    world.git(past.path, "merge", "-q", "-s", "ours", "-m", "Merge", "side")
    clone = past.publish()
    run_import(world, clone)
    assert sorted(event["status"] for event in world.events() if event["job"] == "alpha") == [
        "failed", "running"]
    assert world.view("alpha")["status"] == "running"


def test_a_shallow_clone_says_that_its_past_is_not_whole(world, past):
    for step in range(3):
        past.commit("alpha", document("running", f"2025-08-17T03:0{step}:00Z"))
    past.publish()
    shallow = world.directory / "shallow"
    world.run("git", "clone", "-q", "--depth", "1", f"file://{world.remote}", shallow)
    result = world.signalbox("import", "-C", shallow, "--json")
    assert json.loads(result.stdout)["whole"] is False
    assert "git fetch --unshallow" in result.stderr


def test_an_import_that_was_killed_is_finished_by_the_next_one(tmp_path):
    """The second push is refused once: the events wait, and the next import publishes them."""
    world = World(tmp_path)
    past = Past(world)
    for step in range(3):
        past.commit("alpha", document("running", f"2025-08-17T03:0{step}:00Z"))
    clone = past.publish()
    world.signalbox("sync", "-C", clone)
    hook = world.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    refused = world.run(PROGRAM, "import", "-C", clone, check=False)
    assert refused.returncode == 11
    assert world.waiting(clone) == 2
    hook.unlink()
    counted = run_import(world, clone)
    assert (counted["new"], world.waiting(clone), len(world.events())) == (0, 0, 3)
