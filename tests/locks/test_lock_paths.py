"""What may stand in the place of a lock, and file systems without kernel locks."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from harness import PROGRAM, World, wait_until

# As on a file system that has no locks; the program's own calls, not those of git.
NO_LOCKS = ("strace", "-qq", "-o", "/dev/null", "-e", "trace=fcntl,flock",
            "-e", "inject=fcntl,flock:error=ENOLCK")


def make_old(world, path):
    world.run("touch", "-h", "-d", "10 minutes ago", path)


def test_a_directory_in_place_of_the_lock_is_left_and_does_not_stop_publishing(world, clone):
    lock = clone / ".git/dashboard_sync.lock"
    lock.mkdir()
    (lock / "mine").touch()
    make_old(world, lock)
    event = world.report(clone, "job", "running")
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(event)
    assert (lock / "mine").exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_in_place_of_the_lock_is_never_written_or_deleted_through(
        world, clone, exists):
    target = world.directory / "mine"
    if exists:
        target.write_text("4711\n")
    lock = clone / ".git/dashboard_sync.lock"
    lock.symlink_to(target)
    make_old(world, lock)
    event = world.report(clone, "job", "running")
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(event)
    assert not lock.is_symlink()
    assert target.exists() == exists and (not exists or target.read_text() == "4711\n")


@pytest.mark.parametrize("name", ["publish.lock", "publisher.lock"])
@pytest.mark.parametrize("shape", ["directory", "link", "dangling"])
def test_what_stands_in_place_of_a_kernel_lock_is_left_and_stops_nothing(
        world, clone, name, shape):
    event = world.report(clone, "job", "running")
    target = world.directory / "mine"
    if shape == "link":
        target.write_text("mine\n")
    lock = clone / ".git/signalbox" / name
    if shape == "directory":
        lock.mkdir()
    else:
        lock.symlink_to(target)
    world.signalbox("publish", "-C", clone)
    later = world.report(clone, "job", "completed")
    world.signalbox("report", "-C", clone, "other", "completed")  # leaves a publisher behind
    wait_until(lambda: world.waiting(clone) == 0, "all is published")
    world.assert_published_once(event, later)
    assert lock.is_dir() if shape == "directory" else lock.is_symlink()
    assert target.exists() == (shape == "link")
    assert shape != "link" or target.read_text() == "mine\n"


class UsersWorld(World):
    """All of it is done by a user without rights, who can reach neither the tests nor the build."""

    AS_USER = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")

    def run(self, *words, **options):
        return super().run(*self.AS_USER, *words, **options)

    def signalbox(self, *words, **options):
        return self.run(self.directory / "program", *words, **options)


@pytest.fixture
def user():
    if os.geteuid() != 0:
        pytest.skip("two users need root")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signalbox-test-"))
    shutil.copy(PROGRAM, directory / "program")
    directory.chmod(0o777)
    before = os.umask(0)
    world = UsersWorld(directory)
    os.umask(before)
    world.make_remote()
    yield world
    shutil.rmtree(directory)


def test_an_unreadable_lock_of_another_user_is_over_when_it_is_old(user):
    world, clone = user, user.clone("a")
    lock = clone / ".git/dashboard_sync.lock"
    lock.write_text(f"{os.getpid()}\n")
    lock.chmod(0)
    result = world.signalbox("lock", "release", "--if-dead", "-C", clone, check=False)
    assert result.returncode == 75 and lock.exists()
    event = world.report(clone, "job", "running")
    subprocess.run(["touch", "-d", "10 minutes ago", lock], check=True)
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(event)
    assert not lock.exists()


def test_a_living_process_of_another_user_is_seen_to_live(user):
    world, clone = user, user.clone("a")
    lock = clone / ".git/dashboard_sync.lock"
    lock.write_text(f"{os.getpid()}\n")  # of root
    subprocess.run(["touch", "-d", "10 minutes ago", lock], check=True)
    result = world.signalbox("lock", "release", "--if-dead", "-C", clone, check=False)
    assert result.returncode == 75 and f"process {os.getpid()} runs" in result.stdout
    assert lock.exists()


def test_without_kernel_locks_publishers_at_once_publish_once(world, clone):
    ids = [world.report(clone, f"job_{n}", "running") for n in range(20)]
    publishers = [subprocess.Popen([*NO_LOCKS, PROGRAM, "publish", "-C", str(clone)],
                                   env=world.environment, stdout=subprocess.DEVNULL)
                  for _ in range(4)]
    assert [publisher.wait() for publisher in publishers] == [0] * 4
    world.assert_published_once(*ids)
    assert max(world.published().values()) == 1
    assert not (clone / ".git/dashboard_sync.lock").exists()
    seen = world.run(*NO_LOCKS, PROGRAM, "lock", "status", "-C", clone, "--json")
    kernel = json.loads(seen.stdout)["locks"]
    assert [lock["alive"] for lock in kernel] == ["unknown"]
    assert "no kernel locks here" in kernel[0]["reason"]


def test_without_kernel_locks_there_is_one_publisher_in_the_background(world, clone, gate):
    event = world.report(clone, "job", "completed")
    gate.bar.touch()
    gate.start(*NO_LOCKS, PROGRAM, "publish", "--detached", "-C", clone)
    wait_until(gate.arrived.exists, "the first one pushes")
    world.run(*NO_LOCKS, PROGRAM, "publish", "--detached", "-C", clone)  # and leaves
    assert gate.bar.exists() and world.events() == []
    gate.open()
    wait_until(lambda: world.waiting(clone) == 0, "all is published")
    world.assert_published_once(event)
