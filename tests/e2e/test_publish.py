"""From the spool to the remote: races, refusals, budgets, and remotes that misbehave."""

import datetime
import json
import os
import signal
import socket
import subprocess
import threading

import pytest
from harness import ID, PROGRAM, wait_until


def test_two_publishers_with_overlapping_batches_publish_each_event_once(world):
    world.make_remote()
    a, b = world.clone("a"), world.clone("b")
    ids = [world.report(a, f"job_{n}", "running") for n in range(20)]
    # The same spool in both clones: as after a copy, or a retry from elsewhere.
    world.spool(b).mkdir(parents=True)
    for path in world.spool(a).iterdir():
        (world.spool(b) / path.name).write_bytes(path.read_bytes())
    ids += [world.report(b, "other", "running")]
    threads = [threading.Thread(target=world.signalbox, args=("publish", "-C", place))
               for place in (a, b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.assert_published_once(*ids)
    assert world.waiting(a) == world.waiting(b) == 0


def test_two_publishers_in_one_clone_with_every_lock_broken_publish_once(world):
    world.make_remote()
    a = world.clone("a")
    ids = [world.report(a, f"job_{n}", "running") for n in range(50)]
    for name in ("publish.lock", "publisher.lock"):
        (a / ".git/signalbox" / name).unlink(missing_ok=True)
    stop = threading.Event()

    def break_locks():
        while not stop.is_set():
            for path in (a / ".git/signalbox/publish.lock", a / ".git/dashboard_sync.lock"):
                path.unlink(missing_ok=True)

    breaker = threading.Thread(target=break_locks)
    breaker.start()
    publishers = [subprocess.Popen([PROGRAM, "publish", "-C", str(a)], env=world.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                  for _ in range(6)]
    for publisher in publishers:
        publisher.wait()
    stop.set()
    breaker.join()
    world.signalbox("sync", "-C", a)
    world.assert_published_once(*ids)
    assert max(world.published().values()) == 1


def test_a_remote_that_is_a_thousand_commits_ahead(world):
    world.make_remote()
    a = world.clone("a")
    tip = world.git(world.remote, "rev-parse", "main")
    stream = "".join(
        f"commit refs/heads/main\ncommitter P <p@x> {1700000000 + n} +0000\ndata 2\nx\n"
        + (f"from {tip}\n" if n == 0 else "")
        + f"M 644 inline notes.txt\ndata {len(str(n))}\n{n}\n" for n in range(1000))
    world.run("git", "-C", world.remote, "fast-import", "--quiet", stdin=stream.encode())
    event = world.report(a, "job", "running")
    world.signalbox("publish", "-C", a)
    world.assert_published_once(event)
    assert world.git(world.remote, "rev-list", "--count", "main") == "1002"
    assert world.git(a, "status", "--porcelain") == ""


def test_a_hook_that_refuses_is_told_with_its_words_and_nothing_is_lost(world):
    world.make_remote()
    a = world.clone("a")
    hook = world.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'closed for maintenance' >&2\nexit 1\n")
    hook.chmod(0o755)
    event = world.report(a, "job", "running")
    result = world.signalbox("publish", "-C", a, check=False)
    assert result.returncode == 11
    assert "refused" in result.stderr and "closed for maintenance" in result.stderr
    assert world.waiting(a) == 1
    assert "closed for maintenance" in world.status(a)["clone"]["last_error"]
    hook.unlink()
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)
    assert world.status(a)["clone"]["last_error"] == ""


def test_a_remote_that_accepts_and_drops_the_answer_gets_each_event_once(world):
    world.make_remote()
    a = world.clone("a")
    hook = world.remote / "hooks/post-receive"
    # The ref has moved by then; git's other side dies before it can say so.
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")
    hook.chmod(0o755)
    events = [world.report(a, "job", "running") for _ in range(3)]
    result = world.signalbox("publish", "-C", a, check=False)
    assert result.returncode in (0, 17), result.stderr
    hook.unlink()
    world.signalbox("sync", "-C", a)
    world.assert_published_once(*events)
    assert world.waiting(a) == 0


def test_a_remote_that_dies_in_the_middle_of_a_push_loses_nothing(world):
    world.make_remote()
    a = world.clone("a")
    hook = world.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")
    hook.chmod(0o755)
    event = world.report(a, "job", "running")
    world.git(a, "config", "signalbox.branch", "main")
    (a / "signalbox.toml").write_text(
        (a / "signalbox.toml").read_text() + "deadline = 2\n")
    result = world.signalbox("publish", "-C", a, check=False)
    assert result.returncode in (15, 17), result.stderr
    assert world.events() == [] and world.waiting(a) == 1
    hook.unlink()
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)


def test_a_remote_that_hangs_is_given_up_and_no_process_stays(world):
    world.make_remote()
    a = world.clone("a")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    (a / "signalbox.toml").write_text(
        (a / "signalbox.toml").read_text() + "push_timeout = 1\ndeadline = 2\n")
    event = world.report(a, "job", "running")
    world.git(a, "remote", "set-url", "origin", f"http://127.0.0.1:{port}/x.git")
    result = world.signalbox("publish", "-C", a, check=False)
    assert result.returncode == 16, result.stderr
    ours = subprocess.run(["pgrep", "-f", f"127.0.0.1:{port}"], capture_output=True, check=False)
    assert ours.stdout == b""
    listener.close()
    world.git(a, "remote", "set-url", "origin", str(world.remote))
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)


def test_an_unreachable_remote_has_its_own_exit_code_and_the_event_waits(world):
    world.make_remote()
    a = world.clone("a")
    event = world.report(a, "job", "running")
    os.rename(world.remote, world.directory / "away.git")
    result = world.signalbox("sync", "-C", a, check=False)
    assert result.returncode == 15 and "no repository at 'origin'" in result.stderr
    os.rename(world.directory / "away.git", world.remote)
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)


def test_without_a_remote_the_local_branch_is_the_target(world):
    place = world.directory / "local"
    world.signalbox("init", place)
    world.git(place, "add", "-A")
    world.git(place, "commit", "-qm", "Set up")
    (place / "mine.txt").write_text("mine\n")
    world.git(place, "add", "mine.txt")
    ids = [world.report(place, "job", "running"), world.report(place, "job", "completed")]
    world.signalbox("publish", "-C", place)
    assert world.published(place) == dict.fromkeys(ids, 1)
    assert world.git(place, "status", "--porcelain") == "A  mine.txt"
    world.git(place, "fsck", "--strict")


def test_without_a_remote_or_a_commit_the_first_report_makes_the_branch(world):
    place = world.directory / "local"
    world.signalbox("init", place)
    event = world.report(place, "job", "running")
    world.signalbox("publish", "-C", place)
    assert world.published(place)[event] == 1


def test_an_empty_remote_gets_its_first_commit(world):
    world.run("git", "init", "-q", "--bare", world.remote)
    a = world.clone("a")
    event = world.report(a, "job", "running")
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)


def test_a_missing_identity_does_not_stop_a_publish(world):
    world.make_remote()
    a = world.clone("a")
    world.run("git", "config", "--global", "--unset", "user.name")
    world.run("git", "config", "--global", "--unset", "user.email")
    event = world.report(a, "job", "running")
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)
    assert world.git(world.remote, "log", "-1", "--format=%an", "main") == "Signalbox"


def test_commit_messages_name_the_jobs(world):
    world.make_remote()
    a = world.clone("a")
    world.report(a, "one", "running")
    world.signalbox("publish", "-C", a)
    assert world.git(world.remote, "log", "-1", "--format=%s", "main").startswith(
        "Update one status: running (")
    world.report(a, "one", "completed")
    world.report(a, "two", "failed")
    world.signalbox("publish", "-C", a)
    message = world.git(world.remote, "log", "-1", "--format=%B", "main").splitlines()
    assert message[0].startswith("Update status of 2 jobs (")
    assert message[2].startswith("Update one status: completed (")
    assert message[3].startswith("Update two status: failed (")


def test_only_owned_paths_change(world):
    world.make_remote()
    a = world.clone("a")
    for number in range(5):
        world.report(a, f"job_{number}", "running")
        world.signalbox("sync", "-C", a)
    names = world.git(world.remote, "log", "--author=Person", "--name-only", "--format=", "-5",
                      "main").split()
    assert all(name.startswith(("data/status/", "data/history/", "data/health/")) for name in names)


def test_the_budget_lets_an_end_pass_and_makes_progress_wait(world):
    world.make_remote(pushes_per_minute=6)
    a = world.clone("a")
    world.report(a, "job", "running")
    world.signalbox("publish", "-C", a)
    tip = world.git(world.remote, "rev-parse", "main")
    world.signalbox("report", "-C", a, "job", "running", "1", "50")
    wait_until(lambda: (a / ".git/signalbox/publisher.lock").exists(), "a publisher runs")
    assert world.git(world.remote, "rev-parse", "main") == tip
    world.signalbox("report", "-C", a, "job", "completed", "--wait")
    assert world.view("job")["status"] == "completed"
    assert world.waiting(a) == 0


def test_the_advertised_lock_keeps_old_scripts_out_and_theirs_keep_us_out(world):
    world.make_remote()
    a = world.clone("a")
    lock = a / ".git/dashboard_sync.lock"
    holder = subprocess.Popen(["sleep", "60"])
    try:
        lock.write_text(f"{holder.pid}\n")
        event = world.report(a, "job", "running")
        publisher = subprocess.Popen([PROGRAM, "publish", "-C", str(a)], env=world.environment)
        assert world.status(a)["clone"]["lock_holder"]["pid"] == holder.pid
        assert world.events() == []
        lock.unlink()
        assert publisher.wait(60) == 0
        world.assert_published_once(event)
        assert not lock.exists()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()


def test_a_publisher_that_was_killed_leaves_a_lock_that_stops_nobody(world):
    world.make_remote()
    a = world.clone("a")
    event = world.report(a, "job", "running")
    hook = world.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nsleep 30\n")
    hook.chmod(0o755)
    publisher = subprocess.Popen([PROGRAM, "publish", "-C", str(a)], env=world.environment)
    lock = a / ".git/dashboard_sync.lock"
    wait_until(lock.exists, "the lock is advertised")
    text = lock.read_text().splitlines()
    assert text[0] == str(publisher.pid) and text[4] == "publish"
    publisher.send_signal(signal.SIGKILL)
    publisher.wait()
    hook.unlink()
    assert lock.exists()
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)
    assert not lock.exists()


@pytest.mark.parametrize("text", ["[publish", "[publish]\npushes_per_minute = 0\n",
                                  "[publish]\nbranch = 5\n", "\0"])
def test_broken_settings_are_told_by_line_and_nothing_is_lost(world, text):
    world.make_remote()
    a = world.clone("a")
    good = (a / "signalbox.toml").read_text()
    (a / "signalbox.toml").write_text(text)
    event = world.report(a, "job", "running")
    result = world.signalbox("publish", "-C", a, check=False)
    assert result.returncode == 2 and "signalbox.toml" in result.stderr
    (a / "signalbox.toml").write_text(good)
    world.signalbox("publish", "-C", a)
    world.assert_published_once(event)


def test_a_damaged_spool_file_is_set_aside_and_named(world):
    world.make_remote()
    a = world.clone("a")
    good, bad = world.report(a, "job", "running"), world.report(a, "job", "failed")
    path = world.spool(a) / f"{bad}.event"
    path.write_bytes(path.read_bytes()[:-20])
    result = world.signalbox("sync", "-C", a)
    assert "damaged spool file" in result.stderr
    world.assert_published_once(good)
    assert (world.spool(a) / "damaged" / path.name).exists()
    assert len(json.loads(world.signalbox("status", "-C", a, "--json").stdout)["clone"]["damaged"]) == 1


def report_and_leave(world, clone, *words):
    """Records and leaves a publisher behind; the id of the event."""
    return ID.search(world.signalbox("report", "-C", clone, *words).stdout).group()


def publishers(clone):
    found = subprocess.run(["pgrep", "-f", f"publish --detached -C {clone}$"], capture_output=True,
                           check=False)
    return found.stdout.split()


def test_a_directory_among_the_events_keeps_no_event_and_no_publisher(world):
    world.make_remote()
    a = world.clone("a")
    stuck = world.spool(a) / "20260101T000000000-0000-00000000-000000000001.event"
    stuck.mkdir(parents=True)
    try:
        event = report_and_leave(world, a, "job", "running")
        wait_until(lambda: world.published()[event] == 1, "the event is published")
        wait_until(lambda: not publishers(a), "the publisher ends")
        assert stuck.is_dir()
        result = world.signalbox("sync", "-C", a)
        assert stuck.name in result.stderr
    finally:
        stuck.rmdir()


def test_an_event_that_only_another_user_can_read_keeps_no_publisher_busy(world):
    world.make_remote()
    a = world.clone("a")
    theirs = world.report(a, "theirs", "running")
    path = world.spool(a) / f"{theirs}.event"
    # Ends when the publisher that it left behind ends.
    world.run("strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "trace=openat",
              "-e", "inject=openat:error=EACCES", PROGRAM, "report", "-C", a, "ours", "running")
    assert world.view("ours")["status"] == "running"
    assert path.exists() and world.published()[theirs] == 0
    world.signalbox("sync", "-C", a)
    world.assert_published_once(theirs)


def test_a_delay_from_a_clock_that_was_far_ahead_ends(world):
    world.make_remote()
    a = world.clone("a")
    world.report(a, "first", "running")
    world.signalbox("sync", "-C", a)
    path = a / ".git/signalbox/state.json"
    path.write_text(json.dumps(dict(json.loads(path.read_text()),
                                    not_before="2099-01-01T00:00:00.000Z")))
    event = report_and_leave(world, a, "job", "completed")

    def has_an_end():
        """Published, or a delay that somebody will see the end of: none is longer than 600 s."""
        if world.published()[event]:
            return True
        until = json.loads(path.read_text())["not_before"]
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=601)
        return until is None or until < soon.strftime("%Y-%m-%dT%H:%M:%S")

    wait_until(has_an_end, "the event is published or the delay is a usual one")
    world.signalbox("sync", "-C", a)
    world.assert_published_once(event)


def test_events_that_arrive_while_a_sync_is_at_work_do_not_wait_for_the_next(world):
    world.make_remote()
    a = world.clone("a")
    hook = world.remote / "hooks/pre-receive"
    started = world.directory / "started"
    hook.write_text(f"#!/bin/sh\ntouch '{started}'\nsleep 3\n")
    hook.chmod(0o755)
    ids = [world.report(a, "job", "running")]
    sync = subprocess.Popen([PROGRAM, "sync", "-q", "-C", str(a)], env=world.environment)
    wait_until(started.exists, "the push is under way")
    ids += [world.report(a, "job", "running", "1", "50"), world.report(a, "job", "completed")]
    assert sync.wait() == 0
    wait_until(lambda: not list(world.spool(a).glob("*.event")), "nothing waits")
    world.assert_published_once(*ids)
    wait_until(lambda: not publishers(a), "the publisher ends")


def push_settings(world, change):
    """Somebody else pushes a changed signalbox.toml."""
    desk = world.directory / "desk"
    if not desk.exists():
        world.clone("desk")
    world.git(desk, "pull", "-q", "--rebase")
    settings = desk / "signalbox.toml"
    settings.write_text(change(settings.read_text()))
    world.git(desk, "commit", "-qam", "Change the settings")
    world.git(desk, "push", "-q")


@pytest.mark.parametrize("good, bad, cured", [
    ("\n[secrets]\n", "\n[secrets]\npatterns = ['lab-(']\n",
     "\n[secrets]\npatterns = ['lab-[0-9]+']\n"),
    ("pushes_per_minute = 600", "pushes_per_minute = 'x'", "pushes_per_minute = 500"),
    ("\n[publish]\n", "\n[publish]\nremote = 'nowhere'\n", "\n[publish]\nremote = 'origin'\n"),
])
@pytest.mark.parametrize("form", [(), ("--bare",)])
def test_bad_settings_that_were_pushed_are_cured_by_a_push(world, good, bad, cured, form):
    world.make_remote()
    clone = world.clone("a", *form)
    world.signalbox("sync", "-C", clone)
    push_settings(world, lambda text: text.replace(good, bad, 1))
    world.signalbox("sync", "-C", clone, check=False)
    event = world.report(clone, "job", "running", "1", "5", "lab-1234")
    refused = world.signalbox("sync", "-C", clone, check=False)
    assert refused.returncode == 2, refused.stderr
    assert world.events() == [] and len(list(world.spool(clone).glob("*.event"))) == 1
    push_settings(world, lambda text: text.replace(bad, cured, 1))
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)
    if "secrets" in good:
        assert "lab-1234" not in json.dumps(world.events())
    if not form:
        assert world.git(clone, "rev-parse", "HEAD") == world.git(world.remote, "rev-parse", "main")
