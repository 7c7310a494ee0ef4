#!/usr/bin/env python3
"""Seeds for the fuzzers from the pasts at hand: the small one of tests/data and, where it is found, a
real one (shared/data of a directory above, or $SIGNALBOX_PAST, a git bundle). Writes
DIRECTORY/<target>/, nothing into the repository.

    fuzz/seeds.py DIRECTORY
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGEST = 4096  # bytes: what is longer is mutated too slowly
MOST = 400  # files a target

# Which targets read a file of the predecessor's repository.
READERS = (
    ("data/status/", ("documents", "secrets", "text")),
    ("data/history/", ("documents",)),
    ("scripts/", ("crontabs",)),
    (".sh", ("crontabs",)),
    (".log", ("logs", "secrets")),
)


def targets_of(path):
    return {target for part, targets in READERS if part in path for target in targets}


def traces():
    yield ROOT / "tests/data/small-trace.ndjson"
    for place in ROOT.parents:
        yield place / "shared/data/status-trace.ndjson"


def files_of_traces():
    for trace in traces():
        if not trace.is_file():
            continue
        for line in trace.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if not entry.get("deleted"):
                yield entry["path"], entry["content"].encode()


def files_of_bundle():
    places = [os.environ.get("SIGNALBOX_PAST", "")] + [
        str(place / "shared/data/monitor-history.bundle") for place in ROOT.parents]
    bundle = next((place for place in places if place and os.path.isfile(place)), None)
    if bundle is None:
        return
    with tempfile.TemporaryDirectory() as directory:
        git = ["git", "-C", directory]
        subprocess.run(["git", "clone", "-q", "--bare", bundle, directory], check=True)
        objects = subprocess.run([*git, "rev-list", "--objects", "--all"], check=True,
                                 capture_output=True, text=True).stdout
        for line in objects.splitlines():
            name, _, path = line.partition(" ")
            if targets_of(path):
                found = subprocess.run([*git, "cat-file", "blob", name], check=False,
                                       capture_output=True)
                if found.returncode == 0:  # else a directory of that name
                    yield path, found.stdout


def main():
    out = pathlib.Path(sys.argv[1])
    written = {}
    for source in (files_of_traces(), files_of_bundle()):
        for path, content in source:
            for target in targets_of(path):
                if len(content) > LARGEST or written.get(target, 0) >= MOST:
                    continue
                file = out / target / hashlib.sha1(content).hexdigest()[:16]
                if not file.exists():
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                    written[target] = written.get(target, 0) + 1
    print(", ".join(f"{count} for {target}" for target, count in sorted(written.items())))


if __name__ == "__main__":
    main()
