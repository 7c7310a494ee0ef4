"""A person works in the clone: the reports reach the remote all the same, and the person's state is
byte for byte what it was (except views, which are Signalbox's own)."""

import pytest
from harness import fingerprint


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
