"""What must be true of a clone and its remote when a command was struck and everybody is well again."""

import os
import pathlib

from harness import PROGRAM, wait_until

STAGED = ["A  staged.txt", " M notes.txt", "?? draft.txt"]


def wait_until_quiet(root):
    """Until no process works in there any more: publishers in the background, and gits of the killed."""
    wait_until(lambda: not processes_of(root), f"nobody works in {root}")


def processes_of(root):
    place, found = str(root), []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            at = os.readlink(process / "cwd")
        except OSError:
            continue  # gone meanwhile
        program = words[0].rsplit(b"/", 1)[-1]
        if program.startswith((b"git", b"signalbox", b"strace")) and (
                any(word.startswith(place.encode()) for word in words) or at.startswith(place)):
            found.append(process.name)
    return found


def assert_nothing_is_lost(command):
    world, clone = command.world, command.clone
    assert_published(command)
    assert world.waiting(clone) == 0
    assert_no_lock_stays(clone)
    assert_person_is_undisturbed(world, clone)
    assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
    for place in {clone, world.remote}:
        world.git(place, "fsck", "--strict")


def assert_published(command):
    """Each acknowledged report once, and every view the newest: by git grep, and by `verify`."""
    world = command.world
    counts = world.published()
    for event in command.acknowledged:
        assert counts[event] == 1, f"LOST: {event} is there {counts[event]} times"
    journal = world.directory / "journal"
    journal.mkdir(exist_ok=True)
    (journal / "all").write_text("".join(f"{event} {what}\n" for event, what in
                                         command.acknowledged.items()))
    proof = world.run(PROGRAM, "verify", "--journal", journal, world.remote, check=False)
    assert proof.returncode == 0, proof.stdout + proof.stderr


def assert_person_is_undisturbed(world, clone):
    status = world.git(clone, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert sorted(status) == sorted(STAGED), status
    for name in ("staged.txt", "notes.txt", "draft.txt"):
        assert (clone / name).read_text() == "A person's draft.\n"


def assert_no_lock_stays(clone):
    # Hidden temporary files of killed processes are nobody's lock; they are deleted by age. The
    # kernel locks in .git/signalbox/ are files that stay.
    names = [path.relative_to(clone / ".git") for path in (clone / ".git").rglob("*.lock*")]
    left = [str(name) for name in names
            if name.parts[0] != "signalbox" and not name.name.startswith(".signalbox-tmp-")]
    assert not left, left
