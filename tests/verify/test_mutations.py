"""`signalbox verify` passes what is good, and of a history with one thing changed it names the one rule
that the change breaks. The history is a real one: two clones, people, an old script's file, a job
taken out, a run whose end arrives late. Each test changes a copy of it."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess

import pytest
from harness import PATIENCE, PROGRAM, World
from past import Past


class Story:
    """A world with a branch, and the journal of its writers."""

    def __init__(self, directory):
        self.world = world = World(directory)
        world.make_remote()
        self.a, self.b = world.clone("a"), world.clone("b")
        self.journal = world.directory / "journal"
        self.journal.mkdir()
        self.events = {}
        self.tell()

    def report(self, clone, job, status, run=None):
        words = ["--run-id", run] if run else []
        event = self.world.report(clone, job, status, *words)
        with open(self.journal / f"{clone.name}.{job}", "a", encoding="utf-8") as file:
            file.write(" ".join(filter(None, [event, job, status, run])) + "\n")
        return event

    def sync(self, *clones):
        for clone in clones or (self.a, self.b):
            self.world.signalbox("sync", "-C", clone)

    def tell(self):
        world, a, b, report, sync = self.world, self.a, self.b, self.report, self.sync
        for step in range(3):
            self.events[f"weather {step}"] = report(a, "weather", "running")
            report(b, "tides", "running" if step < 2 else "completed")
            sync()
        person = world.clone("person")
        (person / "notes.txt").write_text("two\n")
        (person / "plan.txt").write_text("a plan\n")
        world.git(person, "add", "-A")
        world.git(person, "commit", "-qm", "Plan")
        world.git(person, "push", "-q")
        # An old script's file is adopted: an event that nobody acknowledged.
        sync()
        (a / "data/status/legacy.json").write_text(
            '{"job_name": "legacy", "status": "running", "progress": 5}\n')
        sync()
        (a / "data/status/legacy.json").write_text(
            '{"job_name": "legacy", "status": "completed", "progress": 100}\n')
        sync()
        # The end of a run arrives after a later report of it: it shadows that report.
        self.events["end"] = report(b, "model", "completed", "77")
        late = report(a, "model", "running", "77")
        assert late > self.events["end"]
        self.events["late"] = late
        sync(a)
        assert world.view("model")["revision"] == late
        sync(b)
        assert world.view("model")["revision"] == self.events["end"]
        # A run that has not ended, and a job that is taken out.
        for _ in range(3):
            self.events["open"] = report(a, "open", "running", "78")
            report(b, "retired", "completed")
            sync()
        world.git(person, "pull", "-q", "--ff-only")
        world.git(person, "rm", "-q", "data/status/retired.json")
        world.git(person, "commit", "-qm", "Take out a job")
        world.git(person, "push", "-q")
        sync()
        self.events["newest"] = report(b, "weather", "completed")
        sync()

    def copy(self, tmp_path):
        """The story in a directory of one's own."""
        place = pathlib.Path(tmp_path) / "story"
        shutil.copytree(self.world.directory, place, symlinks=True)
        told = object.__new__(Story)
        told.world = object.__new__(World)
        told.world.directory = place
        told.world.remote = place / "remote.git"
        told.world.environment = dict(self.world.environment, HOME=str(place / "home"),
                                      XDG_STATE_HOME=str(place / "state"))
        told.a, told.b, told.journal = place / "a", place / "b", place / "journal"
        for clone in (told.a, told.b, place / "person"):
            told.world.git(clone, "remote", "set-url", "origin", told.world.remote)
        told.events = self.events
        return told

    def verify(self, remote=None, *words, check=False):
        return self.world.signalbox("verify", "--json", "--journal", self.journal, *words,
                                    remote or self.world.remote, check=check)

    def verdict(self, remote=None, *words):
        done = self.verify(remote, *words)
        assert done.stdout, done.stderr
        document = json.loads(done.stdout)
        assert done.returncode == (0 if document["verdict"] == "proven" else 1)
        return document

    def broken(self, remote=None, *words):
        return {rule["rule"]: rule for rule in self.verdict(remote, *words)["rules"]
                if not rule["holds"]}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return Story(tmp_path_factory.mktemp("told"))


@pytest.fixture
def story(told, tmp_path):
    return told.copy(tmp_path)


@pytest.fixture
def past(story):
    return Past(story.world, story.world.remote, "mutated")


def only(broken, rule):
    assert set(broken) == {rule}, broken
    return broken[rule]["first"]


# What is good passes.

def test_the_story_as_it_happened_is_proven(story):
    document = story.verdict(None, "--clone", story.a, "--clone", story.b)
    assert document["verdict"] == "proven"
    assert document["counts"]["acknowledged"] == 15
    assert document["counts"]["events"] == 17
    assert document["counts"]["commits"] == int(
        story.world.git(story.world.remote, "rev-list", "--count", "main"))
    assert all(rule["checked"] > 0 for rule in document["rules"])


def test_the_same_history_written_again_by_plain_git_is_proven(story, past):
    past.write()
    assert not story.broken(past.remote)


def test_a_clone_stands_for_the_remote_it_publishes_to(story):
    done = story.world.signalbox("verify", "--journal", story.journal, "-C", story.a)
    assert "verdict: proven" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_a_url_is_fetched_and_nothing_of_it_is_left(story, tmp_path):
    place = tmp_path / "temporary"
    place.mkdir()
    done = story.world.signalbox("verify", "--journal", story.journal,
                                 f"file://{story.world.remote}", env={"TMPDIR": str(place)})
    assert "verdict: proven" in done.stdout
    assert not list(place.iterdir())


def test_an_interrupt_leaves_nothing_of_what_was_fetched(story, tmp_path):
    place = tmp_path / "temporary"
    place.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/monitor.git"
        with subprocess.Popen([PROGRAM, "verify", "--journal", story.journal, url],
                              env=dict(story.world.environment, TMPDIR=str(place))) as process:
            silent.settimeout(PATIENCE)
            with silent.accept()[0]:  # git waits for an answer that does not come
                assert list(place.iterdir())
                process.send_signal(signal.SIGINT)
                assert process.wait(PATIENCE) == -signal.SIGINT
    assert not list(place.iterdir())


def test_a_clone_with_a_url_fetches_beside_what_its_publisher_knows(story):
    world = story.world
    world.git(story.a, "remote", "set-url", "origin", f"file://{world.remote}")
    known = world.git(story.a, "rev-parse", "refs/signalbox/remotes/origin/main")
    story.report(story.b, "weather", "running")
    story.sync(story.b)
    done = world.signalbox("verify", "--journal", story.journal, "-C", story.a)
    assert "verdict: proven" in done.stdout
    assert world.git(story.a, "rev-parse", "refs/signalbox/remotes/origin/main") == known


def test_only_what_came_since_a_commit_is_looked_at(story):
    world = story.world
    since = world.git(world.remote, "rev-parse", "main~3")
    document = story.verdict(None, "--since", since)
    assert document["verdict"] == "proven"
    assert document["counts"]["commits"] == 3


def test_a_persons_merge_is_reported_and_no_violation(story):
    world = story.world
    person = world.directory / "person"
    (person / "notes.txt").write_text("three\n")
    world.git(person, "commit", "-qam", "On a line of my own")
    story.report(story.a, "tides", "running")
    story.sync()
    world.git(person, "pull", "-q", "--no-rebase", "--no-edit")
    world.git(person, "push", "-q")
    story.report(story.b, "tides", "completed")
    story.sync()
    document = story.verdict()
    assert document["verdict"] == "proven"
    assert document["counts"]["merges_by_people"] == 1


def test_a_view_that_a_person_set_back_is_theirs_and_mended_by_the_next_publish(story):
    world = story.world
    person = world.directory / "person"
    world.git(person, "pull", "-q", "--ff-only")
    world.git(person, "checkout", "HEAD~6", "--", "data/status/weather.json")
    world.git(person, "commit", "-qm", "Back")
    world.git(person, "push", "-q")
    first = only(story.broken(), "newest")
    assert first["event"] == story.events["newest"]
    story.sync()
    document = story.verdict()
    assert document["verdict"] == "proven"
    assert document["counts"]["views_set_back_by_people"] == 1


def test_a_file_of_another_program_is_counted_and_no_view(story):
    world = story.world
    person = world.directory / "person"
    world.git(person, "pull", "-q", "--ff-only")
    (person / "data/status/broken.json").write_text('{"status": "runn')
    world.git(person, "add", "-A")
    world.git(person, "commit", "-qm", "A torn file")
    world.git(person, "push", "-q")
    story.sync()
    document = story.verdict()
    assert document["verdict"] == "proven"
    assert document["counts"]["files_of_other_programs"] == 1


def compact(past, lines=lambda found: found):
    """A commit of Signalbox's that puts the whole day into one file, at the end of the past."""
    found = [line for _, _, line in sorted(past.lines())]
    files = {path: entry for path, entry in past.commits[-1].files.items()
             if not path.endswith(".ndjson")}
    by_day = {}
    for line in found:
        text = json.loads(line)["id"]
        by_day.setdefault(f"{text[:4]}/{text[4:6]}/{text[6:8]}", []).append(line)
    for day, of_day in by_day.items():
        path, entry = past.segment(lines(of_day), f"data/history/{day}")
        files[path] = entry
    last = past.commits[-1]
    past.commits.append(type(last)("Compact the history\n", files, [len(past.commits) - 1]))


def test_a_job_of_which_only_the_past_is_known_needs_no_view(story):
    world, person = story.world, story.world.directory / "person"
    world.git(person, "pull", "-q", "--ff-only")
    (person / "data/history/ended_20200817_120000.json").write_text(
        '{"job_name": "ended", "status": "completed", "last_updated": "2020-08-17T12:00:00Z"}\n')
    world.git(person, "add", "-A")
    world.git(person, "commit", "-qm", "A document of the predecessor's")
    world.git(person, "push", "-q")
    world.signalbox("import", "-C", story.a)
    assert [event["job"] for event in world.events() if event.get("imported")].count("ended") == 1
    assert not story.broken()


def test_a_compacted_history_holds_what_it_held(story, past):
    compact(past)
    past.write()
    assert not story.broken(past.remote)


def test_a_thinned_event_still_counts_as_published_once(story, past):
    thinned = story.events["weather 1"]
    compact(past, lambda lines: [
        json.dumps({"id": thinned, "job": "weather"}, separators=(",", ":")).encode()
        if json.loads(line)["id"] == thinned else line for line in lines])
    past.write()
    document = story.verdict(past.remote)
    assert document["verdict"] == "proven"
    assert document["counts"]["thinned_events"] == 1


@pytest.mark.parametrize("which, what", [("end", "the end of a run"), ("open", "the event that the job's view shows"),
                                          ("weather 1", "not as it is thinned")])
def test_an_event_that_is_never_thinned_so_is_named(story, past, which, what):
    thinned = story.events[which]
    job = which.split()[0].replace("end", "model")
    more = {"note": 1} if which == "weather 1" else {}
    compact(past, lambda lines: [
        json.dumps({"id": thinned, "job": job, **more}, separators=(",", ":")).encode()
        if json.loads(line)["id"] == thinned else line for line in lines])
    past.write()
    broken = story.broken(past.remote)
    assert what in broken["published"]["first"]["what"]
    assert broken["published"]["first"]["event"] == thinned


def test_a_commit_that_only_takes_a_segment_out_is_signalboxs_to_answer_for(story, past):
    adopted = next(event for event, _, line in past.lines() if json.loads(line)["job"] == "legacy")
    path = past.file_of(adopted)
    files = {name: entry for name, entry in past.commits[-1].files.items() if name != path}
    past.commits.append(type(past.commits[-1])("Compact the history\n", files, [len(past.commits) - 1]))
    commits = past.write()
    first = story.broken(past.remote)["owned"]["first"]
    assert first["event"] == adopted and first["commit"] == commits[-1]


def test_a_job_that_reports_again_after_a_person_took_it_out_needs_a_view(story):
    story.report(story.b, "retired", "running")
    story.sync()
    assert not story.broken()
    past = Past(story.world, story.world.remote, "again")
    removed = max(place for place, commit in enumerate(past.commits) if commit.message == "Take out a job\n\n"
                  or commit.message.strip() == "Take out a job")
    for commit in past.commits[removed:]:
        commit.files.pop("data/status/retired.json", None)
    past.write()
    assert only(story.broken(past.remote), "newest")["path"] == "data/status/retired.json"


def test_every_tip_that_was_seen_is_judged(story, past):
    """Also the last of many on a side line."""
    world = story.world
    base = world.git(world.remote, "rev-parse", "main")
    tree = world.git(world.remote, "rev-parse", "main^{tree}")
    side = base
    tips = []
    for number in range(150):
        side = world.git(world.remote, "commit-tree", tree, "-p", side, "-m", f"side {number}")
        tips.append(side)
    merge = world.git(world.remote, "commit-tree", tree, "-p", base, "-p", side, "-m", "Merge")
    lost = world.git(world.remote, "commit-tree", tree, "-p", base, "-m", "lost")
    world.git(world.remote, "update-ref", "refs/heads/main", merge)
    seen = world.directory / "seen"
    seen.write_text("".join(f"{tip}\n" for tip in [*tips, lost]))
    first = only(story.broken(None, "--tips", seen), "no-force-push")
    assert first["commit"] == lost


def test_a_thinned_late_report_is_shadowed_as_before(story, past):
    late = story.events["late"]
    compact(past, lambda lines: [b'{"id":"%s","job":"model"}' % late.encode()
                                 if json.loads(line)["id"] == late else line for line in lines])
    past.write()
    assert not story.broken(past.remote)


def test_an_hour_compacted_by_the_program_itself_is_proven(story):
    from past import spool_file
    world = story.world
    ids = []
    for minute in range(4):
        event = f"20250817T06{minute:02}00000-0000-5f2c91ab-0123456789ab"
        line = json.dumps({"id": event, "job": "old", "status": "running",
                           "time": f"2025-08-17T06:{minute:02}:00.000Z"}, separators=(",", ":"))
        (world.spool(story.a) / f"{event}.event").write_bytes(spool_file(line.encode()))
        ids.append(event)
        story.sync(story.a)
    with open(story.journal / "old", "w", encoding="utf-8") as file:
        file.writelines(f"{event} old running\n" for event in ids)
    files = world.git(world.remote, "ls-tree", "--name-only", "-r", "main",
                      "data/history/2025/08/17").splitlines()
    assert len(files) == 1
    assert not story.broken()


# Each change is caught by the rule that it breaks, and by no other.

def test_a_lost_event_is_named(story, past):
    lost = story.events["weather 1"]
    path = past.file_of(lost)
    past.replace_segment(path, [line for event, found, line in past.lines()
                                if found == path and event != lost])
    past.write()
    first = only(story.broken(past.remote), "published")
    assert first["event"] == lost


def test_an_event_published_as_something_else_is_named(story, past):
    changed = story.events["weather 1"]
    path = past.file_of(changed)
    line = past.line_of(changed).replace(b'"status":"running"', b'"status":"waiting"')
    past.replace_segment(path, [line])
    past.write()
    first = only(story.broken(past.remote), "published")
    assert first["event"] == changed and "waiting" in first["what"]


def test_an_event_that_is_there_twice_is_named(story, past):
    twice = story.events["weather 1"]
    place = past.ours()[-1]
    path, entry = past.segment([past.line_of(twice), past.line_of(story.events["newest"])],
                               past.file_of(twice).rsplit("/", 1)[0])
    old = past.file_of(story.events["newest"])
    for commit in past.commits[place:]:
        del commit.files[old]
        commit.files[path] = entry
    past.write()
    first = only(story.broken(past.remote), "once")
    assert first["event"] == twice and first["path"] in (path, past.file_of(twice))


def test_an_event_in_another_hour_is_named(story, past):
    moved = story.events["weather 1"]
    path = past.file_of(moved)
    new = past.replace_segment(path, [past.line_of(moved)], "data/history/2001/01/01/01")
    past.write()
    first = only(story.broken(past.remote), "once")
    assert (first["event"], first["path"]) == (moved, new)


def test_a_view_that_stayed_behind_is_named(story, past):
    place = past.ours()[-1]
    old = past.before(place)["data/status/weather.json"]
    for commit in past.commits[place:]:
        commit.files["data/status/weather.json"] = old
    past.write()
    first = only(story.broken(past.remote), "newest")
    assert first["event"] == story.events["newest"]
    assert first["path"] == "data/status/weather.json"


def set_last_view(past, job, **fields):
    place = max(place for place in past.ours()
                if past.commits[place].files.get(f"data/status/{job}.json")
                != past.before(place).get(f"data/status/{job}.json"))
    entry = past.sealed(dict(past.view(job), **fields))
    for commit in past.commits[place:]:
        commit.files[f"data/status/{job}.json"] = entry


def test_a_view_sealed_again_unchanged_is_no_violation(story, past):
    set_last_view(past, "weather")
    assert past.commits[-1].files == past.tree("main")


def test_a_view_that_says_something_else_than_its_event_is_named(story, past):
    set_last_view(past, "weather", status="failed")
    past.write()
    assert only(story.broken(past.remote), "newest")["event"] == story.events["newest"]


@pytest.mark.parametrize("field, value", [
    ("progress", 1), ("last_updated", "2001-01-01T00:00:00Z"), ("host", "nowhere"), ("duration", 99),
    ("memory_usage", 1), ("metrics", {"rows": 1}), ("config", {"a": "b"}), ("job_name", "other"),
    ("log_entries", [{"timestamp": "2001-01-01T00:00:00Z", "level": "info", "message": "x"}]),
    ("start_time", "2001-01-01T00:00:00Z")])
def test_a_view_with_another_field_than_its_event_is_named(story, past, field, value):
    set_last_view(past, "weather", **{field: value})
    past.write()
    assert only(story.broken(past.remote), "newest")["event"] == story.events["newest"]


def test_a_view_of_an_event_that_is_not_there_is_named(story, past):
    newest = story.events["newest"]
    set_last_view(past, "weather", revision=newest[:19] + "ffff" + newest[23:])
    past.write()
    assert "not in the" in only(story.broken(past.remote), "newest")["what"]


def test_a_view_of_a_report_that_an_end_shadows_is_named(story, past):
    late = past.first_with(past.file_of(story.events["late"]))
    entry = past.commits[late].files["data/status/model.json"]
    for commit in past.commits[late:]:
        commit.files["data/status/model.json"] = entry
    past.write()
    assert "ended" in only(story.broken(past.remote), "newest")["what"]


def test_a_job_without_a_view_that_nobody_took_out_is_named(story, past):
    for commit in past.commits:
        commit.files.pop("data/status/tides.json", None)
    past.write()
    assert only(story.broken(past.remote), "newest")["path"] == "data/status/tides.json"


def set_back_once(past, job):
    """One commit of Signalbox's, that says nothing of the job, shows its first event again."""
    path = f"data/status/{job}.json"
    shown = past.first_with(path)
    place = next(place for place in past.ours() if place > shown + 2
                 and past.before(place)[path] == past.commits[place].files[path]
                 and past.before(place)[path] != past.commits[shown].files[path])
    past.commits[place].files[path] = past.commits[shown].files[path]
    return place


@pytest.mark.parametrize("job", ["weather", "open", "tides"])
def test_a_job_that_went_back_for_one_commit_is_named(story, past, job):
    place = set_back_once(past, job)
    commits = past.write()
    first = only(story.broken(past.remote), "forward")
    assert first["commit"] == commits[place]
    assert first["event"] == past.view(job, place)["revision"]


def test_a_step_back_in_a_run_that_ended_later_is_named(story):
    """The end of the run comes after all that went back: it explains nothing."""
    for status in ("running", "running", "running", "running", "completed"):
        story.report(story.b, "done", status, "90")
        story.report(story.a, "weather", "running")
        story.sync(story.b, story.a)
    past = Past(story.world, story.world.remote, "later")
    assert not story.broken()
    place = set_back_once(past, "done")
    commits = past.write()
    assert only(story.broken(past.remote), "forward")["commit"] == commits[place]


def test_a_step_back_that_no_end_explains_is_named(story, past):
    """The report that the late end shadowed was of another run: then nothing shadows it."""
    late = story.events["late"]
    place = past.first_with(past.file_of(late))
    line = past.line_of(late).replace(b'"run_id":"77"', b'"run_id":"79"')
    past.replace_segment(past.file_of(late), [line])
    past.commits[place].files["data/status/model.json"] = past.sealed(
        dict(past.view("model", place), run_id="79"))
    past.write()
    (story.journal / "a.model").unlink()
    broken = story.broken(past.remote)
    # What went back then is behind still.
    assert set(broken) == {"forward", "newest"}
    assert broken["newest"]["first"]["event"] == late


def place_of_ours(past):
    places = past.ours()
    return places[len(places) * 2 // 3]


def test_a_persons_path_that_a_publisher_lost_is_named(story, past):
    place = place_of_ours(past)
    for commit in past.commits[place:]:
        del commit.files["plan.txt"]
    commits = past.write()
    first = only(story.broken(past.remote), "owned")
    assert (first["commit"], first["path"]) == (commits[place], "plan.txt")


def test_a_persons_file_that_a_publisher_changed_is_named(story, past):
    place = place_of_ours(past)
    past.commits[place].files["notes.txt"] = past.blob(b"mine\n")
    commits = past.write()
    first = only(story.broken(past.remote), "owned")
    assert (first["commit"], first["path"]) == (commits[place], "notes.txt")


def test_a_path_that_a_publisher_added_is_named(story, past):
    place = place_of_ours(past)
    past.commits[place].files["data/else.txt"] = past.blob(b"mine\n")
    past.write()
    assert only(story.broken(past.remote), "owned")["path"] == "data/else.txt"


def test_a_view_that_a_publisher_removed_is_named(story, past):
    place = place_of_ours(past)
    del past.commits[place].files["data/status/weather.json"]
    past.write()
    assert only(story.broken(past.remote), "owned")["path"] == "data/status/weather.json"


def test_a_view_that_a_publisher_wrote_by_halves_is_named(story, past):
    place = next(p for p in past.ours() if past.commits[p].files.get("data/status/open.json")
                 != past.before(p).get("data/status/open.json"))
    whole = past.read(past.commits[place].files["data/status/open.json"])
    past.commits[place].files["data/status/open.json"] = past.blob(whole[:40])
    past.write()
    assert only(story.broken(past.remote), "owned")["path"] == "data/status/open.json"


def test_a_segment_that_was_changed_in_its_place_is_named(story, past):
    path = past.file_of(story.events["weather 0"])
    place = next(p for p in past.ours() if p > past.first_with(path))
    entry = past.blob(past.read(past.commits[-1].files[path]) + b"\n")
    for commit in past.commits[place:]:
        commit.files[path] = entry
    past.write()
    assert only(story.broken(past.remote), "owned")["path"] == path


def test_an_event_that_a_compaction_dropped_is_named(story, past):
    dropped = next(event for event, _, line in past.lines()
                   if json.loads(line)["job"] == "legacy"
                   and json.loads(line)["status"] == "running")
    compact(past, lambda lines: [line for line in lines if json.loads(line)["id"] != dropped])
    past.write()
    assert only(story.broken(past.remote), "owned")["event"] == dropped


def test_a_merge_that_publishes_is_named(story, past):
    place = past.ours()[-1]
    person = next(p for p, commit in enumerate(past.commits) if commit.message.startswith("Plan"))
    past.commits[place].parents.append(person)
    commits = past.write()
    assert only(story.broken(past.remote), "linear")["commit"] == commits[place]


def rewritten(story, past):
    """The branch with a commit of a person's that says something else: all after it are others."""
    place = next(p for p, commit in enumerate(past.commits) if commit.message.startswith("Plan"))
    before = story.world.git(past.remote, "rev-parse", "main")
    past.commits[place].message = "Plan B\n"
    past.write()
    return before


def test_a_rewritten_branch_is_known_by_a_tip_in_the_journal(story, past):
    before = rewritten(story, past)
    (story.journal / "watcher").write_text(f"tip {before}\n")
    first = only(story.broken(past.remote), "no-force-push")
    assert first["commit"] == before


def test_a_rewritten_branch_is_known_by_a_list_of_tips(story, past):
    before = rewritten(story, past)
    tips = story.world.directory / "tips"
    tips.write_text(f"{before}\n")
    assert only(story.broken(past.remote, "--tips", tips), "no-force-push")["commit"] == before


def test_a_rewritten_branch_is_known_by_where_the_check_was_to_begin(story, past):
    before = rewritten(story, past)
    assert only(story.broken(past.remote, "--since", before), "no-force-push")["commit"] == before


def test_a_rewritten_branch_is_known_by_the_reflog_of_the_remote(story):
    world = story.world
    world.git(world.remote, "config", "core.logAllRefUpdates", "always")
    story.report(story.a, "weather", "running")
    story.sync()
    assert not story.broken()
    past = Past(world, world.remote, "mutated")
    before = rewritten(story, past)
    # git deletes the log together with the branch; whoever forces a push leaves it.
    shutil.copytree(world.remote / "logs", past.remote / "logs", dirs_exist_ok=True)
    assert before in (past.remote / "logs/refs/heads/main").read_text()
    assert set(story.broken(past.remote)) == {"no-force-push"}


def test_a_rewritten_branch_is_known_by_the_reflog_of_a_clone(story, past):
    rewritten(story, past)
    assert set(story.broken(past.remote, "--clone", story.b)) == {"no-force-push"}


def test_a_tip_before_the_beginning_of_the_check_is_still_held(story):
    world = story.world
    tip = world.git(world.remote, "rev-parse", "main~6")
    (story.journal / "watcher").write_text(f"tip {tip}\n")
    assert not story.broken(None, "--since", "main~3")


@pytest.mark.parametrize("and_then", ["", "pop"])
def test_a_stash_is_found_also_after_it_was_popped(story, and_then):
    world = story.world
    (story.a / "notes.txt").write_text("half done\n")
    world.git(story.a, "stash")
    if and_then:
        world.git(story.a, "stash", and_then)
    assert not story.broken()
    only(story.broken(None, "--clone", story.a), "no-stash")


def test_writers_that_acknowledged_nothing_prove_nothing(story):
    for file in story.journal.iterdir():
        file.write_text("")
    only(story.broken(), "acknowledged")


def test_an_id_that_was_acknowledged_twice_is_named(story):
    twice = story.events["weather 0"]
    (story.journal / "another").write_text(f"{twice} weather running\n")
    assert only(story.broken(), "acknowledged")["event"] == twice


def test_a_remote_that_never_moved_proves_nothing(story):
    tip = story.world.git(story.world.remote, "rev-parse", "main")
    only(story.broken(None, "--since", tip), "moved")


def test_a_branch_that_only_people_moved_proves_nothing(story):
    world = story.world
    since = world.git(world.remote, "rev-parse", "main")
    person = world.directory / "person"
    world.git(person, "pull", "-q", "--ff-only")
    world.git(person, "commit", "-q", "--allow-empty", "-m", "Nothing")
    world.git(person, "push", "-q")
    only(story.broken(None, "--since", since), "moved")


def test_a_branch_that_is_gone_holds_nothing(story):
    broken = story.broken(None, "--branch", "gone")
    assert set(broken) == {"moved", "published"}
    assert broken["published"]["violations"] == 15


# The journal and the words.

def test_a_torn_last_line_is_counted_and_proves_nothing(story):
    file = story.journal / "a.weather"
    text = file.read_text()
    file.write_text(text[:-5])
    document = story.verdict()
    assert document["verdict"] == "proven"
    assert document["counts"]["torn_lines"] == 1
    assert document["counts"]["acknowledged"] == 14


@pytest.mark.parametrize("line", ["nonsense", "tip 123", "20250817T060000123-0000 a running",
                                  "20250817T060000123-0000-5f2c91ab-0123456789ab ../x running"])
def test_a_line_that_is_no_acknowledgement_is_wrong_usage(story, line):
    (story.journal / "another").write_text(line + "\n")
    done = story.verify()
    assert done.returncode == 2 and "line 1" in done.stderr and not done.stdout


@pytest.mark.parametrize("words", [["--since", "nothing-like-it"], ["--tips", "/nowhere"],
                                   ["--branch", "--upload-pack=x"]])
def test_words_that_cannot_be_used_are_wrong_usage(story, words):
    assert story.verify(None, *words).returncode == 2


def test_no_journal_is_wrong_usage(story):
    world = story.world
    assert world.signalbox("verify", world.remote, check=False).returncode == 2
    done = world.signalbox("verify", "--journal", "nowhere", world.remote, check=False)
    assert done.returncode == 2


def test_what_is_neither_a_directory_nor_a_url_is_wrong_usage(story):
    assert story.verify("nowhere").returncode == 2
    assert story.verify("ext::sh -c true").returncode == 2


def test_a_past_that_is_cut_off_is_refused_with_a_way_out(story):
    world = story.world
    shallow = world.directory / "shallow"
    world.run("git", "clone", "-q", "--depth", "2", f"file://{world.remote}", shallow)
    done = story.verify(shallow)
    assert done.returncode == 1 and "shallow" in done.stderr and "hint:" in done.stderr


def test_a_verdict_changes_nothing(story):
    world = story.world

    def everything():
        return {str(path): path.read_bytes() for path in world.remote.rglob("*") if path.is_file()}
    before = everything()
    story.verdict()
    assert everything() == before


def test_a_view_that_goes_back_in_a_commit_without_a_segment_is_named(story, past):
    """It is a publisher's all the same: nobody else writes a sealed view under such a message."""
    path, first = "data/status/weather.json", past.first_with("data/status/weather.json")
    last = past.commits[-1]
    for view, message in ((past.commits[first].files[path], "Update weather status: running (x)\n"),
                          (last.files[path], "Bring 1 view up to the newest report\n")):
        past.commits.append(type(last)(message, dict(last.files, **{path: view}),
                                       [len(past.commits) - 1]))
    commits = past.write()
    assert only(story.broken(past.remote), "forward")["commit"] == commits[-2]


def test_a_details_commit_that_takes_a_persons_file_with_it_is_named(story, past):
    last = past.commits[-1]
    files = dict(last.files, **{"data/details/p/h/x.log": past.blob(b"# signalbox log 1\n\n")})
    del files["plan.txt"]
    past.commits.append(type(last)("Update 1 file of details\n", files, [len(past.commits) - 1]))
    past.write()
    assert only(story.broken(past.remote), "owned")["path"] == "plan.txt"


def test_a_merge_of_two_lines_that_publishers_wrote_to_is_named(story, past):
    """As `git pull` makes it of a publisher's commit that was left in a clone."""
    place = past.ours()[-1]
    ours = past.commits[place]
    base = place - 1
    assert ours.parents == [base] and place == len(past.commits) - 1
    other = past.ours()[-2]
    added = {path: entry for path, entry in past.commits[other].files.items()
             if path not in past.before(other)}
    without = {path: entry for path, entry in past.commits[base].files.items() if path not in added}
    side = type(ours)("Update status of 1 jobs (x)\n", {
        path: entry for path, entry in ours.files.items() if path not in added}, [other - 1])
    merged = ours.files
    past.commits[place:] = [side, type(ours)("Merge branch 'main'\n", merged, [base, place])]
    assert without != past.commits[base].files
    commits = past.write()
    assert story.broken(past.remote)["linear"]["first"]["commit"] == commits[-1]


def test_an_old_scripts_file_on_the_branch_that_no_event_tells_of_is_named(story):
    world, person = story.world, story.world.directory / "person"
    for progress in (20, 40, 60):
        world.git(person, "pull", "-q", "--ff-only")
        (person / "data/status/legacy.json").write_text(
            json.dumps({"job_name": "legacy", "status": "running", "progress": progress}))
        world.git(person, "commit", "-qam", "Update legacy status: running")
        world.git(person, "push", "-q")
        story.report(story.a, "weather", "running")
        story.sync()
    assert not story.broken()
    past = Past(world, world.remote, "overwritten")
    lost = next(event for event, _, line in past.lines()
                if json.loads(line)["job"] == "legacy" and json.loads(line).get("progress") == 40)
    path = past.file_of(lost)
    place = past.first_with(path)
    before = past.before(place)["data/status/legacy.json"]
    rest = [line for event, found, line in past.lines() if found == path and event != lost]
    assert b"checksum" not in past.read(before)
    past.replace_segment(path, rest)
    commits = past.write()
    broken = story.broken(past.remote)
    first = broken["owned"]["first"]
    assert (first["commit"], first["path"]) == (commits[place], "data/status/legacy.json")


def test_the_health_of_another_clone_that_a_publisher_changed_is_named(story, past):
    place = past.ours()[-1]
    own = [path for path in past.commits[place].files if path.startswith("data/health/")]
    assert len(own) == 2
    for path in own:
        record = json.loads(past.read(past.commits[place].files[path]))
        past.commits[place].files[path] = past.blob(json.dumps(dict(record, waiting=7)).encode())
    past.write()
    assert "two clones" in only(story.broken(past.remote), "owned")["what"]


def test_the_health_of_a_clone_that_was_removed_too_soon_is_named(story, past):
    place = past.ours()[-1]
    path = next(path for path in past.commits[place].files if path.startswith("data/health/"))
    for commit in past.commits[place:]:
        del commit.files[path]
    past.write()
    assert only(story.broken(past.remote), "owned")["path"] == path
