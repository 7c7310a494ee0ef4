"""A person works in the clone: the reports reach the remote all the same, and the person's state is
byte for byte what it was (except views, which are Signalbox's own)."""

import os
import pathlib
import shutil
import signal
import subprocess

import pytest
from examination import HOURS, backdate
from harness import PROGRAM, fingerprint, wait_until


def move_remote(world, path="notes.txt", text="two\n"):
    """Somebody else pushes a change to the branch."""
    desk = world.directory / "desk"
    if not desk.exists():
        world.clone("desk")
    world.git(desk, "pull", "-q", "--rebase")
    (desk / path).write_text(text)
    world.git(desk, "add", path)
    world.git(desk, "commit", "-qm", f"Change {path}")
    world.git(desk, "push", "-q")


def without_view(parts, job="job"):
    return {name: value for name, value in parts.items() if name != f"data/status/{job}.json"}


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("a")


def sync_leaves_alone(world, clone, where=None):
    """Syncs with one report waiting; everything but the job's view must stay what it was."""
    before = fingerprint(world, clone)
    event = world.report(where or clone, "job", "running")
    world.signalbox("sync", "-C", where or clone)
    world.assert_published_once(event)
    after = fingerprint(world, clone)
    assert without_view(after) == without_view(before)
    return world.status(where or clone)["clone"]["checkout_obstacle"]


def test_a_clean_checkout_follows_the_branch(world, clone):
    move_remote(world)
    event = world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
    assert world.git(clone, "status", "--porcelain") == ""
    assert (clone / "notes.txt").read_text() == "two\n"
    assert world.view("job")["revision"] == event
    assert world.git(clone, "diff-files", "--name-only") == ""
    world.git(clone, "fsck", "--strict")


def test_local_commits_stay(world, clone):
    (clone / "mine.txt").write_text("mine\n")
    world.git(clone, "add", "mine.txt")
    world.git(clone, "commit", "-qm", "Mine")
    assert "commits that are not at the remote" in sync_leaves_alone(world, clone)
    # What the obstacle tells the person to do.
    world.git(clone, "checkout", "-q", "--", "data/status")
    world.git(clone, "clean", "-qf", "data/status")
    world.git(clone, "pull", "-q", "--rebase")
    world.git(clone, "push", "-q")
    world.signalbox("sync", "-C", clone)
    assert world.status(clone)["clone"]["checkout_obstacle"] == ""


def test_staged_changes_to_a_file_that_moves_stay(world, clone):
    move_remote(world)
    (clone / "notes.txt").write_text("staged\n")
    world.git(clone, "add", "notes.txt")
    assert "'notes.txt' has staged changes" in sync_leaves_alone(world, clone)


def test_unstaged_changes_to_a_file_that_moves_stay(world, clone):
    move_remote(world)
    (clone / "notes.txt").write_text("unstaged\n")
    assert "'notes.txt' has changes that are not committed" in sync_leaves_alone(world, clone)


def test_changes_to_other_files_stay_while_the_checkout_follows(world, clone):
    (clone / "notes.txt").write_text("unstaged\n")
    (clone / "new.txt").write_text("staged\n")
    world.git(clone, "add", "new.txt")
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
    assert world.git(clone, "status", "--porcelain").splitlines() == [
        "A  new.txt", " M notes.txt"]


def test_an_untracked_file_in_the_way_stays(world, clone):
    move_remote(world, "plan.txt")
    (clone / "plan.txt").write_text("untracked\n")
    assert "'plan.txt' is in the way, untracked" in sync_leaves_alone(world, clone)


def test_a_merge_in_progress_stays(world, clone):
    world.git(clone, "checkout", "-qb", "topic")
    (clone / "notes.txt").write_text("topic\n")
    world.git(clone, "commit", "-qam", "Topic")
    world.git(clone, "checkout", "-q", "main")
    (clone / "notes.txt").write_text("main\n")
    world.git(clone, "commit", "-qam", "Main")
    world.git(clone, "push", "-q")
    assert world.run("git", "-C", clone, "merge", "topic", check=False).returncode != 0
    assert sync_leaves_alone(world, clone) == "a merge is in progress"
    assert (clone / ".git/MERGE_HEAD").exists()


def test_a_rebase_in_progress_stays(world, clone):
    (clone / "notes.txt").write_text("mine\n")
    world.git(clone, "commit", "-qam", "Mine")
    move_remote(world)
    assert world.run("git", "-C", clone, "pull", "-q", "--rebase", check=False).returncode != 0
    sync_leaves_alone(world, clone)
    assert (clone / ".git/rebase-merge").exists()


def test_a_detached_head_stays(world, clone):
    world.git(clone, "checkout", "-q", "--detach")
    before = fingerprint(world, clone)
    event = world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert fingerprint(world, clone) == before
    assert world.status(clone)["clone"]["checkout_obstacle"] == "HEAD is detached"


def test_another_branch_stays(world, clone):
    world.signalbox("sync", "-C", clone)
    world.git(clone, "checkout", "-qb", "topic")
    before = fingerprint(world, clone)
    first = world.report(clone, "job", "running")
    second = world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(first, second)
    assert {event["run_id"] for event in world.events()} == {first}
    assert fingerprint(world, clone) == before


def test_a_linked_worktree_and_its_main_one_stay(world, clone):
    world.signalbox("sync", "-C", clone)
    linked = world.directory / "linked"
    world.git(clone, "worktree", "add", "-q", "-b", "topic", linked)
    before = fingerprint(world, linked)
    event = world.report(linked, "job", "running")
    world.signalbox("sync", "-C", linked)
    world.assert_published_once(event)
    assert without_view(fingerprint(world, linked))["index"] == before["index"]
    assert world.git(linked, "status", "--porcelain") == ""
    assert world.git(clone, "status", "--porcelain") == ""


def test_a_bare_clone_publishes(world, clone):
    bare = world.directory / "bare.git"
    world.run("git", "clone", "-q", "--bare", world.remote, bare)
    first = world.report(bare, "job", "running")
    second = world.report(bare, "job", "running")
    world.signalbox("sync", "-C", bare)
    world.assert_published_once(first, second)
    assert world.view("job")["run_id"] == first
    assert world.status(bare)["jobs"][0]["revision"] == second


def test_a_shallow_clone_publishes_and_stays_shallow(world, clone):
    for number in range(3):
        move_remote(world, text=f"{number}\n")
    shallow = world.directory / "shallow"
    world.run("git", "clone", "-q", "--depth=1", f"file://{world.remote}", shallow)
    event = world.report(shallow, "job", "running")
    world.signalbox("sync", "-C", shallow)
    world.assert_published_once(event)
    assert world.git(shallow, "rev-parse", "--is-shallow-repository") == "true"
    assert world.git(shallow, "status", "--porcelain") == ""


def test_a_sparse_checkout_stays_sparse(world, clone):
    (clone / "big").mkdir()
    (clone / "big/file.txt").write_text("big\n")
    world.git(clone, "add", "big")
    world.git(clone, "commit", "-qm", "Big")
    world.git(clone, "push", "-q")
    world.git(clone, "sparse-checkout", "set", "data")
    assert sync_leaves_alone(world, clone) == "the checkout is sparse"
    assert not (clone / "big").exists()


def test_another_git_command_that_holds_the_index_is_not_disturbed(world, clone):
    (clone / ".git/index.lock").write_text("")
    obstacle = sync_leaves_alone(world, clone)
    assert "another git command is at work" in obstacle
    assert (clone / ".git/index.lock").read_text() == ""
    (clone / ".git/index.lock").unlink()
    world.signalbox("sync", "-C", clone)
    assert world.git(clone, "status", "--porcelain") == ""


def test_a_file_that_a_person_deleted_is_not_brought_back(world, clone):
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    (clone / "data/status/job.json").unlink()
    (clone / "notes.txt").unlink()
    world.report(clone, "other", "running")
    world.signalbox("sync", "-C", clone)
    assert not (clone / "data/status/job.json").exists()
    assert not (clone / "notes.txt").exists()


def test_a_directory_that_is_a_symbolic_link_is_not_written_through(world, clone):
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    outside = world.directory / "outside"
    (clone / "data/status").rename(outside)
    (clone / "data/status").symlink_to(outside)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    event = world.report(clone, "job", "completed")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


def test_nothing_of_a_person_is_ever_stashed_or_rewritten(world, clone):
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    assert world.git(clone, "stash", "list") == ""
    log = world.git(clone, "reflog", "--format=%gs", "HEAD").splitlines()
    assert log[0] == "signalbox: fast-forward" and len(log) == 2


def test_the_persons_hooks_do_not_run(world, clone):
    for name in ("pre-commit", "pre-push", "post-commit", "reference-transaction"):
        hook = clone / ".git/hooks" / name
        hook.write_text("#!/bin/sh\necho ran >> ../hook_ran\nexit 1\n")
        hook.chmod(0o755)
    event = world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert not list(world.directory.rglob("hook_ran"))


@pytest.mark.parametrize("path", ["data/status/README.md", "data/history/notes.md"])
def test_a_persons_edit_of_their_own_file_beside_the_views_stays(world, clone, path):
    move_remote(world, path)
    world.signalbox("sync", "-C", clone)
    move_remote(world, path, "three\n")
    (clone / path).write_text("edited\n")
    obstacle = sync_leaves_alone(world, clone)
    assert obstacle == f"'{path}' has changes that are not committed"


def slowed(world, clone, call, delay, path=None):
    """A sync that is slow at one of its system calls, or only on one path; the strace that runs
    it."""
    return subprocess.Popen(
        ["strace", "-qq", "-o", "/dev/null", *(("-P", str(path)) if path else ()),
         "-e", f"trace={call}", "-e", f"inject={call}:{delay}", PROGRAM, "sync", "-q", "-C",
         str(clone)],
        env=world.environment, stderr=subprocess.DEVNULL)


def test_an_edit_while_the_files_are_written_stays(world, clone):
    for name in ("aa.txt", "zz.txt"):
        move_remote(world, name, "one\n")
    world.signalbox("sync", "-C", clone)
    move_remote(world, "aa.txt")
    move_remote(world, "zz.txt")
    sync = slowed(world, clone, "rename", "delay_exit=1000000")
    wait_until(lambda: (clone / "aa.txt").read_text() == "two\n", "the first file is written")
    (clone / "zz.txt").write_text("important\n")
    assert sync.wait() == 0
    assert (clone / "zz.txt").read_text() == "important\n"
    assert world.git(clone, "status", "--porcelain") == " M zz.txt"
    assert world.git(clone, "show", "HEAD:zz.txt") == "two"


def test_a_file_that_a_person_removes_while_the_files_are_written_stays_removed(world, clone):
    for name in ("aa.txt", "zz.txt"):
        move_remote(world, name, "one\n")
    world.signalbox("sync", "-C", clone)
    move_remote(world, "aa.txt")
    move_remote(world, "zz.txt")
    sync = slowed(world, clone, "rename", "delay_exit=1000000")
    wait_until(lambda: (clone / "aa.txt").read_text() == "two\n", "the first file is written")
    (clone / "zz.txt").unlink()
    assert sync.wait() == 0
    assert world.git(clone, "status", "--porcelain") == " D zz.txt"


def test_a_branch_checked_out_just_before_the_index_is_locked_stays(world, clone):
    world.git(clone, "branch", "feature")
    event = world.report(clone, "job", "running")
    sync = slowed(world, clone, "link", "delay_enter=3000000", clone / ".git/index.lock")
    wait_until(lambda: any(b"fast-forward" in path.read_bytes() for path in temporary_files(clone)),
               "the lock of the index is about to be taken")
    world.git(clone, "checkout", "-q", "feature")
    index = world.git(clone, "ls-files", "-s")
    assert sync.wait() == 0
    world.assert_published_once(event)
    assert world.git(clone, "ls-files", "-s") == index
    assert world.git(clone, "symbolic-ref", "--short", "HEAD") == "feature"
    assert world.git(clone, "diff", "--cached", "--name-only") == ""
    assert "branch" in world.status(clone)["clone"]["checkout_obstacle"]


def temporary_files(clone):
    return [path for path in (clone / ".git").glob(".signalbox-tmp-*") if path.exists()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_while_the_checkout_moves_leaves_no_lock_of_the_index(world, clone, number):
    move_remote(world)
    world.report(clone, "job", "running")
    lock = clone / ".git/index.lock"
    sync = slowed(world, clone, "link", "delay_exit=2000000", lock)
    wait_until(lambda: lock.exists() and lock.read_text(), "the index is locked")
    os.kill(int(lock.read_text().split()[0]), number)
    assert sync.wait() != 0
    assert not lock.exists() and not (clone / ".git/dashboard_sync.lock").exists()
    world.git(clone, "add", "-A")
    assert world.git(clone, "status", "--porcelain") == ""
    assert not temporary_files(clone)


def test_a_git_that_does_not_come_back_after_it_moved_the_branch_leaves_nothing_staged(world,
                                                                                      clone):
    move_remote(world)
    world.report(clone, "job", "running")
    tools = world.directory / "tools"
    tools.mkdir()
    (tools / "git").write_text(f"#!/bin/sh\n{shutil.which('git')} \"$@\"; code=$?\n"
                               "case \"$*\" in *update-ref*refs/heads/main*) sleep 7;; esac\n"
                               "exit $code\n")
    (tools / "git").chmod(0o755)
    world.signalbox("sync", "-C", clone, check=False,
                    env={"PATH": f"{tools}:{world.environment['PATH']}"})
    assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
    assert world.git(clone, "status", "--porcelain") == ""
    assert world.status(clone)["clone"]["checkout_obstacle"] == ""


def test_the_lock_of_a_killed_fast_forward_goes_when_nothing_is_left_to_move(world, clone):
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    lock = clone / ".git/index.lock"
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    namespaces = " ".join(os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "time"))
    gone = subprocess.Popen(["true"])
    gone.wait()
    lock.write_text(f"{gone.pid}\n{os.uname().nodename}\n{boot}\n1\nfast-forward\n"
                    f"2025-08-17T06:00:00Z\n{namespaces}\n")
    world.signalbox("sync", "-C", clone)
    assert not lock.exists()


def test_the_lock_of_another_git_command_stays(world, clone):
    world.report(clone, "job", "running")
    world.signalbox("sync", "-C", clone)
    lock = clone / ".git/index.lock"
    lock.write_text("")
    world.signalbox("sync", "-C", clone)
    assert lock.exists()


@pytest.mark.parametrize("name", ["refs/remotes/origin/main.lock", "packed-refs.lock", "index.lock"])
def test_a_lock_that_a_killed_git_left_is_named_by_a_sync_and_stays(world, name):
    world.make_remote()
    clone = world.clone("a")
    world.signalbox("sync", "-C", clone)
    lock = clone / ".git" / name
    lock.write_text("")
    assert str(lock) not in world.signalbox("sync", "-C", clone).stderr  # a git may be at work
    backdate(lock, 2 * HOURS)
    with open(lock, encoding="ascii"):  # as a git has it
        assert str(lock) not in world.signalbox("sync", "-C", clone).stderr
    event = world.report(clone, "job", "running")
    result = world.signalbox("sync", "-C", clone)
    assert f"'{lock}' is there for 2h" in result.stderr and f"rm '{lock}'" in result.stderr
    assert lock.exists()
    world.assert_published_once(event)
