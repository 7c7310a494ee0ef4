"""A published branch as a list of commits that a test may change: read from a real one, written back
with plain git. And the bytes of views and segments, stated once more, independent of the program."""

import dataclasses
import json
import re
import shutil
import subprocess
import zlib

SEAL = ',\n  "checksum": "%08x"\n}\n'


@dataclasses.dataclass
class Commit:
    message: str
    files: dict  # path -> (mode, blob)
    parents: list  # places in the list, or ids of commits that are kept as they are


class Past:
    def __init__(self, world, source, name):
        self.world = world
        self.remote = world.directory / f"{name}.git"
        shutil.copytree(source, self.remote)
        self.commits = []
        places = {}
        for line in world.git(self.remote, "rev-list", "--reverse", "--topo-order", "--parents",
                              "main").splitlines():
            commit, *parents = line.split()
            places[commit] = len(self.commits)
            self.commits.append(Commit(world.git(self.remote, "log", "-1", "--format=%B", commit),
                                       self.tree(commit), [places[p] for p in parents]))

    def tree(self, commit):
        files = {}
        for line in self.world.git(self.remote, "ls-tree", "-r", commit).splitlines():
            mode, _, blob, path = re.match(r"(\S+) (\S+) (\S+)\t(.*)", line).groups()
            files[path] = (mode, blob)
        return files

    def blob(self, content):
        done = self.world.run("git", "-C", self.remote, "hash-object", "-w", "--stdin",
                              stdin=content)
        return ("100644", done.stdout.strip())

    def read(self, entry):
        return subprocess.run(["git", "-C", self.remote, "cat-file", "blob", entry[1]],
                              env=self.world.environment, check=True, capture_output=True).stdout

    def write(self):
        """Puts the list in the place of the branch; the ids of its commits."""
        stream = []
        for place, commit in enumerate(self.commits):
            message = commit.message.encode()
            stream += [b"commit refs/heads/main", b"mark :%d" % (place + 1),
                       b"committer Test <test@example.org> 1700000000 +0000",
                       b"data %d" % len(message), message]
            for word, parent in zip([b"from "] + [b"merge "] * 9, commit.parents):
                stream.append(word + (b":%d" % (parent + 1) if isinstance(parent, int)
                                      else parent.encode()))
            stream.append(b"deleteall")
            for path, (mode, blob) in sorted(commit.files.items()):
                stream.append(f"M {mode} {blob} {path}".encode())
        self.world.git(self.remote, "update-ref", "-d", "refs/heads/main")
        self.world.run("git", "-C", self.remote, "fast-import", "--quiet", "--force",
                       stdin=b"\n".join(stream) + b"\n")
        return self.world.git(self.remote, "rev-list", "--reverse", "--topo-order",
                              "main").splitlines()

    def ours(self):
        """Places of the commits that add a segment."""
        return [place for place, commit in enumerate(self.commits)
                if commit.parents and any(path.endswith(".ndjson")
                                          and path not in self.before(place)
                                          for path in commit.files)]

    def before(self, place):
        return self.commits[self.commits[place].parents[0]].files

    def lines(self):
        """Every event of the branch: its id, the file it is in, its line."""
        for path, entry in self.commits[-1].files.items():
            if path.endswith(".ndjson"):
                for line in self.read(entry).splitlines():
                    yield json.loads(line)["id"], path, line

    def file_of(self, event):
        return next(path for found, path, _ in self.lines() if found == event)

    def line_of(self, event):
        return next(line for found, _, line in self.lines() if found == event)

    def replace_segment(self, path, lines, directory=None, since=0):
        """In every commit from `since` on that has it, under the name that fits its content."""
        new = None
        if lines:
            content = b"".join(line + b"\n" for line in lines)
            entry = self.blob(content)
            first = json.loads(lines[0])["id"]
            new = f"{directory or path.rsplit('/', 1)[0]}/{first}-{entry[1][:10]}.ndjson"
        for commit in self.commits[since:]:
            if path in commit.files:
                del commit.files[path]
                if new:
                    commit.files[new] = entry
        return new

    def segment(self, lines, directory):
        """A segment with these lines: its path and entry."""
        entry = self.blob(b"".join(line + b"\n" for line in lines))
        return f"{directory}/{json.loads(lines[0])['id']}-{entry[1][:10]}.ndjson", entry

    def first_with(self, path):
        return next(place for place, commit in enumerate(self.commits) if path in commit.files)

    def view(self, job, place=-1):
        return json.loads(self.read(self.commits[place].files[f"data/status/{job}.json"]))

    def sealed(self, view):
        view = {name: value for name, value in view.items() if name != "checksum"}
        body = json.dumps(view, indent=2, ensure_ascii=False).encode()[:-2]
        return self.blob(body + (SEAL % zlib.crc32(body)).encode())


def spool_file(line):
    """The content of a spool file with this event line."""
    return line + b"\t%08x\n" % zlib.crc32(line)
