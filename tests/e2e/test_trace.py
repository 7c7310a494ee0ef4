"""A monitor's status trace, replayed by concurrent writers through two clones into one remote, with
nothing lost. The repository ships a small trace; a real one is taken where it is found."""

import collections
import json
import os
import pathlib
import threading

import pytest
from harness import ID, World

HERE = pathlib.Path(__file__).resolve()
SMALL = HERE.parent.parent / "data" / "small-trace.ndjson"
REAL = pathlib.Path(os.environ.get("SIGNALBOX_TRACE", "")
                    or HERE.parents[3] / "shared" / "data" / "status-trace.ndjson")


def read_trace(path):
    """Per job, in order: documents as bytes, None for a deletion."""
    by_job = collections.defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        name = pathlib.PurePosixPath(entry["path"]).name
        by_job[name.removesuffix(".json")].append(
            None if entry.get("deleted") else entry["content"].encode())
    return by_job


def is_document(content):
    try:
        return isinstance(json.loads(content).get("status"), str)
    except (ValueError, AttributeError):
        return False


@pytest.mark.parametrize("trace", [SMALL, REAL], ids=["small", "real"])
def test_a_trace_replayed_by_two_clones_loses_nothing(tmp_path, trace):
    if not trace.is_file():
        pytest.skip(f"no trace at {trace}; name one with SIGNALBOX_TRACE")
    world = World(tmp_path)
    world.make_remote()
    clones = [world.clone("a"), world.clone("b")]
    by_job = read_trace(trace)
    assert by_job
    acknowledged = collections.defaultdict(list)
    journal = tmp_path / "journal"
    journal.mkdir()
    errors = []
    done = threading.Event()

    def replay(number, jobs):
        for job in jobs:
            # Every other report of a job goes through the other clone.
            for step, content in enumerate(by_job[job]):
                if content is None:
                    continue
                clone = clones[(number + step) % 2]
                result = world.signalbox("report", "-C", clone, "--strict", job, "--json", "-",
                                         stdin=content, check=False)
                if is_document(content):
                    found = ID.search(result.stdout)
                    if not found:
                        errors.append((job, content, result.stderr))
                    else:
                        acknowledged[job].append(found.group())
                        status = result.stdout.split()[2]
                        with open(journal / str(number), "a", encoding="utf-8") as file:
                            file.write(f"{found.group()} {job} {status}\n")
                elif ID.search(result.stdout):
                    errors.append((job, content, "an invalid document was recorded"))

    def sync(clone):
        while not done.is_set():
            world.signalbox("sync", "-q", "-C", clone, check=False)
            done.wait(0.3)

    names = sorted(by_job)
    writers = [threading.Thread(target=replay, args=(n, names[n::8])) for n in range(8)]
    loops = [threading.Thread(target=sync, args=(clone,)) for clone in clones]
    for thread in writers + loops:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in loops:
        thread.join()
    for clone in clones + clones:
        world.signalbox("sync", "-C", clone)

    assert not errors, errors[:3]
    ids = [event for events in acknowledged.values() for event in events]
    world.assert_published_once(*ids)
    assert max(world.published().values()) == 1
    for job, events in acknowledged.items():
        view = world.view(job)
        newest = max(event["id"] for event in world.events() if event["job"] == job)
        assert view["revision"] == newest
        assert newest in events
    for clone in clones:
        assert world.waiting(clone) == 0
        assert world.git(clone, "status", "--porcelain") == ""
        assert world.git(clone, "stash", "list") == ""
    world.signalbox("verify", "--journal", journal, world.remote,
                    "--clone", clones[0], "--clone", clones[1])


@pytest.mark.parametrize("trace", [SMALL, REAL], ids=["small", "real"])
def test_a_trace_written_into_the_files_is_adopted_document_by_document(tmp_path, trace):
    if not trace.is_file():
        pytest.skip(f"no trace at {trace}; name one with SIGNALBOX_TRACE")
    world = World(tmp_path)
    world.make_remote(pushes_per_minute=600)
    clone = world.clone("a")
    written = {}
    for step in range(max(len(contents) for contents in read_trace(trace).values())):
        for job, contents in read_trace(trace).items():
            if step < len(contents) and contents[step] is not None:
                (clone / "data/status" / f"{job}.json").write_bytes(contents[step])
                if is_document(contents[step]):
                    written.setdefault(job, {})[contents[step]] = json.loads(contents[step])
        world.signalbox("sync", "-q", "-C", clone)
    assert max(world.published().values()) == 1
    for job, documents in written.items():
        events = [event for event in world.events() if event["job"] == job]
        assert len(events) == len(documents)
        if not all("last_updated" in document for document in documents.values()):
            continue
        newest = max(document["last_updated"] for document in documents.values())
        view = world.view(job)
        assert view["last_updated"] == newest
        assert view["status"] in {document["status"] for document in documents.values()
                                  if document["last_updated"] == newest}
