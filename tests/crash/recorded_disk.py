"""What a command did to the files of a directory, from a recording of its system calls (and of all the
processes that it started), and what a disk may hold of it after the power was cut.

Of a journaling file system (ext4 in ordered mode, xfs): names come and go in order, an fsync of
anything brings all earlier ones to the disk, and bytes that were not synced are there, missing, cut
or zeros, each write on its own."""

import ast
import os
import pathlib
import re
import shutil

RECORDED = ("openat,open,creat,close,write,pwrite64,writev,lseek,rename,renameat,renameat2,link,linkat,"
            "symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,truncate,fsync,fdatasync,"
            "chdir,fchdir,clone,clone3,fork,vfork,mmap")
TRACER = ("strace", "-f", "-qq", "-y", "-s", "100000000", "-e", f"trace={RECORDED}", "-e", "signal=none")
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(?:<([^>]*)>)?", re.DOTALL)
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$", re.DOTALL)
UNFINISHED = " <unfinished ...>"
TEXT = r'"(?:[^"\\]|\\.)*"'
ARGUMENT = re.compile(rf'{TEXT}|(?:AT_FDCWD|\d+)<[^>]*>(?:\(deleted\))?|[^,\s"]+')


def text_of(quoted):
    return ast.literal_eval("b" + quoted)


def whole_lines(path):
    """One line a call, in the order in which the calls came to their ends."""
    waiting = {}
    for line in path.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        process = line.split(" ", 1)[0]
        if line.endswith(UNFINISHED):
            waiting[process] = line[:-len(UNFINISHED)]
            continue
        resumed = RESUMED.match(line)
        yield waiting.pop(process, "") + resumed.group(3) if resumed else line


class File:
    def __init__(self, content=b"", mode=0o644):
        self.content = content  # what a process reads
        self.durable = content  # as of the last fsync
        self.pending = []  # writes since then: (offset, bytes), or (length, None)
        self.mode = mode

    def write(self, offset, data):
        self.pending.append((offset, data))
        self.content = with_write(self.content, offset, data)

    def sync(self):
        self.durable, self.pending = self.content, []

    def after_power_cut(self, chance):
        """Nothing of what was not synced, or some of it."""
        content = self.durable
        if chance is None:
            return content
        for offset, data in self.pending:
            fate = chance.choice(("kept", "lost", "zeros", "cut"))
            if fate == "lost":
                continue
            if data is not None and fate == "zeros":
                data = bytes(len(data))
            if data is not None and fate == "cut":
                data = data[:chance.randrange(len(data) + 1)]
            content = with_write(content, offset, data)
        return content


def with_write(content, offset, data):
    if data is None:
        return content[:offset].ljust(offset, b"\0")
    return content[:offset].ljust(offset, b"\0") + data + content[offset + len(data):]


class Names:
    """A tree of names: a dict is a directory, a str a symbolic link."""

    def __init__(self, root, saved):
        self.root = pathlib.Path(root)
        self.tree = load(saved)

    def parts(self, path):
        path = os.path.normpath(path)
        prefix = str(self.root)
        if path == prefix:
            return []
        return path[len(prefix) + 1:].split("/") if path.startswith(prefix + "/") else None

    def directory(self, parts):
        found = self.tree
        for part in parts:
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def get(self, path):
        parts = self.parts(path)
        return None if parts is None else self.directory(parts)

    def put(self, path, entry):
        parts = self.parts(path)
        self.directory(parts[:-1])[parts[-1]] = entry

    def take(self, path):
        parts = self.parts(path)
        return self.directory(parts[:-1]).pop(parts[-1])


def load(directory):
    tree = {}
    for entry in os.scandir(directory):
        if entry.is_symlink():
            tree[entry.name] = os.readlink(entry.path)
        elif entry.is_dir():
            tree[entry.name] = load(entry.path)
        elif entry.is_file():
            tree[entry.name] = File(pathlib.Path(entry.path).read_bytes(), entry.stat().st_mode & 0o7777)
    return tree


def store(tree, directory, content_of):
    os.makedirs(directory)
    for name, entry in tree.items():
        path = os.path.join(directory, name)
        if isinstance(entry, dict):
            store(entry, path, content_of)
        elif isinstance(entry, str):
            os.symlink(entry, path)
        else:
            pathlib.Path(path).write_bytes(content_of(entry))
            os.chmod(path, entry.mode)


def copied_tree(tree):
    """The names; the files are the same ones."""
    return {name: copied_tree(entry) if isinstance(entry, dict) else entry for name, entry in tree.items()}


class RecordedDisk:
    """`root` as it was before the command, of which `saved` is a copy; `apply` lets a call happen to it."""

    def __init__(self, root, saved):
        self.now = Names(root, saved)
        self.on_disk = copied_tree(self.now.tree)  # the names as of the last sync of anything
        self.history = []  # trees since then, a tree a change
        self.offsets = {}  # of a process's descriptors, by what they are open for
        self.cwd = {}
        self.said = b""  # to the caller
        self.mapped = set()

    def apply(self, line, first_cwd):
        """Whether the call changed something, or made a change lasting."""
        found = LINE.match(line)
        if not found or found.group(4).startswith("-") or found.group(4) == "?":
            return False
        process, call, rest, result, opened = found.groups()
        self.cwd.setdefault(process, first_cwd)
        words = [word.strip() for word in ARGUMENT.findall(rest)]
        handler = getattr(self, "on_" + call.removesuffix("64"), None)
        if call in ("clone", "clone3", "fork", "vfork"):
            self.cwd.setdefault(result, self.cwd[process])
            return False
        return bool(handler and handler(process, words, int(result), opened))

    def changed(self):
        self.history.append(copied_tree(self.now.tree))
        return True

    def path(self, process, quoted, at=None):
        name = os.fsdecode(text_of(quoted))
        base = re.search(r"<(.*)>", at).group(1) if at else self.cwd[process]
        return os.path.normpath(os.path.join(base, name))

    @staticmethod
    def descriptor(word):
        number, _, rest = word.partition("<")
        return number, rest.removesuffix("(deleted)").removesuffix(">")

    # The calls, by their names.

    def on_chdir(self, process, words, result, opened):
        self.cwd[process] = self.path(process, words[0])

    def on_fchdir(self, process, words, result, opened):
        self.cwd[process] = self.descriptor(words[0])[1]

    def on_openat(self, process, words, result, opened):
        flags = words[2]
        self.offsets[process, str(result)] = None if "O_APPEND" in flags else 0
        if self.now.parts(opened) is None or "O_TMPFILE" in flags:
            return False
        entry = self.now.get(opened)
        if "O_CREAT" in flags and entry is None:
            self.now.put(opened, File(mode=int(words[3], 8) & ~0o022))
            return self.changed()
        if "O_TRUNC" in flags and isinstance(entry, File) and entry.content:
            entry.write(0, None)
            return True
        return False

    def on_open(self, process, words, result, opened):
        return self.on_openat(process, ["", *words], result, opened)

    def on_lseek(self, process, words, result, opened):
        self.offsets[process, self.descriptor(words[0])[0]] = result

    def on_write(self, process, words, result, opened):
        number, path = self.descriptor(words[0])
        data = text_of(words[1])[:result]
        if number == "1" and path.startswith(("pipe:", "/dev/")):
            self.said += data
        entry = self.now.get(path)
        if not isinstance(entry, File):
            return False
        at = self.offsets.get((process, number))
        entry.write(len(entry.content) if at is None else at, data)
        if at is not None:
            self.offsets[process, number] = at + result
        return True

    def on_pwrite(self, process, words, result, opened):
        entry = self.now.get(self.descriptor(words[0])[1])
        if not isinstance(entry, File):
            return False
        entry.write(int(words[3]), text_of(words[1])[:result])
        return True

    def on_writev(self, process, words, result, opened):
        path = self.descriptor(words[0])[1]
        assert not isinstance(self.now.get(path), File), f"writev to {path} is not understood"

    def on_mmap(self, process, words, result, opened):
        if "MAP_SHARED" in words[3] and "PROT_WRITE" in words[2] and "<" in words[4]:
            self.mapped.add(self.descriptor(words[4])[1])

    def on_ftruncate(self, process, words, result, opened):
        return self.cut(self.descriptor(words[0])[1], int(words[1]))

    def on_truncate(self, process, words, result, opened):
        return self.cut(self.path(process, words[0]), int(words[1]))

    def cut(self, path, length):
        entry = self.now.get(path)
        if not isinstance(entry, File):
            return False
        entry.write(length, None)
        return True

    def on_fsync(self, process, words, result, opened):
        path = self.descriptor(words[0])[1]
        if self.now.parts(path) is None:
            return False
        entry = self.now.get(path)
        if isinstance(entry, File):
            entry.sync()
        self.on_disk, self.history = copied_tree(self.now.tree), []
        return True

    on_fdatasync = on_fsync

    def rename(self, source, target):
        if self.now.parts(source) is None:
            assert self.now.parts(target) is None, f"{source} comes from another file system"
            return False
        entry = self.now.take(source)
        self.now.put(target, entry)
        return self.changed()

    def on_rename(self, process, words, result, opened):
        return self.rename(self.path(process, words[0]), self.path(process, words[1]))

    def on_renameat(self, process, words, result, opened):
        return self.rename(self.path(process, words[1], words[0]), self.path(process, words[3], words[2]))

    on_renameat2 = on_renameat

    def link(self, source, target):
        if self.now.parts(source) is None:
            return False
        self.now.put(target, self.now.get(source))
        return self.changed()

    def on_link(self, process, words, result, opened):
        return self.link(self.path(process, words[0]), self.path(process, words[1]))

    def on_linkat(self, process, words, result, opened):
        return self.link(self.path(process, words[1], words[0]), self.path(process, words[3], words[2]))

    def on_symlink(self, process, words, result, opened):
        return self.make(self.path(process, words[1]), os.fsdecode(text_of(words[0])))

    def on_symlinkat(self, process, words, result, opened):
        return self.make(self.path(process, words[2], words[1]), os.fsdecode(text_of(words[0])))

    def on_mkdir(self, process, words, result, opened):
        return self.make(self.path(process, words[0]), {})

    def on_mkdirat(self, process, words, result, opened):
        return self.make(self.path(process, words[1], words[0]), {})

    def make(self, path, entry):
        if self.now.parts(path) is None:
            return False
        self.now.put(path, entry)
        return self.changed()

    def remove(self, path):
        if self.now.parts(path) is None:
            return False
        self.now.take(path)
        return self.changed()

    def on_unlink(self, process, words, result, opened):
        return self.remove(self.path(process, words[0]))

    on_rmdir = on_unlink

    def on_unlinkat(self, process, words, result, opened):
        return self.remove(self.path(process, words[1], words[0]))

    # What is left.

    def put_back(self):
        """The directory as it is at this moment."""
        self.replace(self.now.tree, lambda file: file.content)

    def put_back_after_power_cut(self, chance):
        """`chance` None: nothing lasts that was not synced."""
        names = self.on_disk
        if chance is not None and self.history:
            names = chance.choice([names, *self.history])
        self.replace(names, lambda file: file.after_power_cut(chance))

    def replace(self, names, content_of):
        shutil.rmtree(self.now.root, ignore_errors=True)
        store(names, self.now.root, content_of)


def differences(tree, other, where=""):
    """Paths at which two trees of names and bytes differ."""
    found = []
    for name in sorted(set(tree) | set(other)):
        path, one, two = f"{where}/{name}", tree.get(name), other.get(name)
        if isinstance(one, dict) and isinstance(two, dict):
            found += differences(one, two, path)
        elif isinstance(one, File) and isinstance(two, File):
            found += [] if one.content == two.content else [path]
        elif one != two:
            found.append(path)
    return found
