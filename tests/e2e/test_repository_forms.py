"""Clones that are not plain ones: each publishes, or says why not and keeps its events; and what is
the person's in them stays as it is."""

import pytest
from test_people import move_remote

NOBODY = "d" * 40  # no commit has this id


@pytest.fixture
def clone(world):
    world.make_remote()
    return world.clone("a")


def sync_publishes(world, clone, job="job"):
    event = world.report(clone, job, "running")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    assert world.view(job)["revision"] == event


def sync_refuses_and_keeps(world, clone, *words):
    """The error names what is wrong and what to do; the event stays in the spool."""
    event = world.report(clone, "job", "running")
    result = world.signalbox("sync", "-C", clone, check=False)
    assert result.returncode == 1
    assert "hint: " in result.stderr
    for word in words:
        assert word in result.stderr
    assert (world.spool(clone) / f"{event}.event").exists()


def test_a_mirror_publishes_and_deletes_nothing_else(world, clone):
    mirror = world.directory / "mirror.git"
    world.run("git", "clone", "-q", "--mirror", world.remote, mirror)
    world.git(clone, "push", "-q", "origin", "main:topic", "main:refs/tags/one")
    before = world.git(world.remote, "for-each-ref").splitlines()
    sync_publishes(world, mirror)
    sync_publishes(world, mirror)
    after = world.git(world.remote, "for-each-ref").splitlines()
    changed = set(before) ^ set(after)
    assert {line.split("\t")[1] for line in changed} == {"refs/heads/main"}
    assert "remote.origin.mirror=true" in world.git(mirror, "config", "--list")


def test_a_clone_with_settings_a_worktree_publishes(world, clone):
    world.git(clone, "config", "core.repositoryFormatVersion", "1")
    world.git(clone, "config", "extensions.worktreeConfig", "true")
    sync_publishes(world, clone)
    linked = world.directory / "linked"
    world.git(clone, "worktree", "add", "-q", "-b", "topic", linked)
    world.git(linked, "config", "--worktree", "core.bare", "false")
    sync_publishes(world, linked, "other")
    assert world.git(clone, "status", "--porcelain") == ""


def test_a_sha256_repository_is_refused_with_advice(world):
    world.run("git", "init", "-q", "--object-format=sha256", world.directory / "seed")
    world.git(world.directory / "seed", "commit", "-qm", "Set up", "--allow-empty")
    world.run("git", "clone", "-q", "--bare", world.directory / "seed", world.remote)
    sync_refuses_and_keeps(world, world.clone("a"), "git clone")


def test_a_partial_clone_is_refused_with_advice(world, clone):
    for job in ("one", "two"):
        sync_publishes(world, clone, job)
    world.git(world.remote, "config", "uploadpack.allowFilter", "true")
    partial = world.directory / "partial"
    world.run("git", "clone", "-q", "--filter=blob:none", f"file://{world.remote}", partial)
    sync_publishes(world, clone, "three")
    sync_refuses_and_keeps(world, partial, "partial", "--filter")


def test_a_clone_that_signs_its_pushes_publishes(world, clone):
    world.git(clone, "config", "push.gpgSign", "true")
    sync_publishes(world, clone)


@pytest.mark.parametrize("place", ["config", "toml"])
def test_a_password_in_the_name_of_the_remote_is_never_shown(world, clone, place):
    url = "https://user:SECRETPW@example.invalid/x"
    if place == "config":
        world.git(clone, "config", "signalbox.remote", url)
    else:
        with open(clone / "signalbox.toml", "a", encoding="utf-8") as file:
            file.write(f'remote = "{url}"\n')
    world.report(clone, "job", "running")
    for command in (("report",), ("sync",), ("publish",), ("publish", "--detached"), ("status",),
                    ("status", "--json"), ("history",)):
        job = ("job", "running") if command == ("report",) else ()
        result = world.signalbox(*command, "-C", clone, *job, check=False)
        assert "SECRETPW" not in result.stdout + result.stderr, command
    for path in (clone / ".git/signalbox").rglob("*"):
        assert not path.is_file() or b"SECRETPW" not in path.read_bytes(), path


def empty_index(world, clone):
    (clone / ".git/index").write_bytes(b"")


def damaged_index(world, clone):
    (clone / ".git/index").write_bytes(b"DIRC and then nothing that git knows")


def split_index(world, clone):
    world.git(clone, "update-index", "--split-index")


def sparse_index(world, clone):
    world.git(clone, "sparse-checkout", "set", "--cone", "--sparse-index", "data/status")


@pytest.mark.parametrize("make", [empty_index, damaged_index, split_index, sparse_index])
def test_an_index_of_another_form_is_not_needed_and_not_touched(world, clone, make):
    make(world, clone)
    index = (clone / ".git/index").read_bytes()
    head = world.git(clone, "rev-parse", "HEAD")
    move_remote(world)
    sync_publishes(world, clone)
    sync_publishes(world, clone)
    assert (clone / ".git/index").read_bytes() == index
    assert world.git(clone, "rev-parse", "HEAD") == head
    assert (clone / "notes.txt").read_text() == "one\n"
    assert world.status(clone)["clone"]["checkout_obstacle"] != ""
    assert not list((clone / ".git").glob("*.lock"))


def test_a_worktree_that_is_elsewhere_stays_and_nothing_is_written_beside_git(world, clone):
    elsewhere = world.directory / "elsewhere"
    elsewhere.mkdir()
    for path in clone.iterdir():
        if path.name != ".git":
            path.rename(elsewhere / path.name)
    world.git(clone, "config", "core.worktree", str(elsewhere))
    head = world.git(clone, "rev-parse", "HEAD")
    move_remote(world)
    sync_publishes(world, clone)
    assert [path.name for path in clone.iterdir()] == [".git"]
    assert world.git(elsewhere, f"--git-dir={clone}/.git", "status", "--porcelain") == ""
    assert world.git(clone, "rev-parse", "HEAD") == head
    assert "core.worktree" in world.status(clone)["clone"]["checkout_obstacle"]


def test_a_journal_that_names_a_pruned_commit_does_not_stop_a_clone_without_remote(world):
    place = world.directory / "local"
    world.signalbox("init", place)
    world.git(place, "add", "-A")
    world.git(place, "commit", "-qm", "Set up")
    head = world.git(place, "rev-parse", "HEAD")
    (place / ".git/signalbox-fast-forward").write_text(f"{head} {NOBODY}\n")
    event = world.report(place, "job", "running")
    world.signalbox("sync", "-C", place)
    assert world.published(place)[event] == 1
    assert world.git(place, "status", "--porcelain") == ""
    assert not (place / ".git/signalbox-fast-forward").exists()
