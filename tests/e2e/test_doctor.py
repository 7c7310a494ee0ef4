"""signalbox doctor: a healthy clone is all ok, and each thing that goes wrong is named."""

import json
import os
import re
import subprocess
import time

import pytest
from examination import HOURS, ago, backdate, doctor, edit_state, old_event, verdict
from harness import PROGRAM, wait_until


def crontab(world, text):
    """A crontab of this user's: a program of that name, first in $PATH."""
    programs = world.directory / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "crontab").write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    (programs / "crontab").chmod(0o755)
    world.environment["PATH"] = f"{programs}:{os.environ['PATH']}"


@pytest.fixture
def clone(world):
    world.make_remote(pushes_per_minute=6)
    place = world.clone("monitor")
    world.report(place, "alpha", "completed", "60")
    world.signalbox("sync", "-C", place)
    crontab(world, f"*/15 * * * * signalbox sync -q -C {place}")
    return place


def test_a_healthy_clone_is_all_ok(world, clone):
    checks = doctor(world, clone)
    file_system = subprocess.run(["stat", "-f", "-c", "%T", clone], capture_output=True, text=True,
                                 check=True).stdout.strip()
    ours = {"file-system"} if file_system in ("tmpfs", "nfs", "fuseblk") else set()
    assert {name for name, check in checks.items() if check["verdict"] != "ok"} <= ours, checks
    assert set(checks) == {
        "clone", "git", "remote", "push", "last-publish", "branch", "checkout", "stash", "reflog",
        "schedule", "sync", "status-files", "jobs", "index", "clones", "clock", "clock-events",
        "spool", "spool-unreadable", "spool-damaged", "spool-refused", "fallback",
        "fallback-orphaned", "lock", "git-locks", "temporary-files", "file-system", "kernel-locks",
        "disk", "state-disk", "quota", "sharing", "directory-entries", "object-size",
        "repository-size", "push-rate"}


def test_looking_changes_nothing(world, clone):
    world.report(clone, "beta", "running")
    before = sorted((path, path.read_bytes()) for path in clone.rglob("*") if path.is_file())
    remote = world.git(world.remote, "rev-parse", "main")
    doctor(world, clone)
    after = sorted((path, path.read_bytes()) for path in clone.rglob("*") if path.is_file())
    assert [path for path, _ in before] == [path for path, _ in after]
    assert [pair for pair in before if "index-" not in pair[0].name] == [
        pair for pair in after if "index-" not in pair[0].name]
    assert world.git(world.remote, "rev-parse", "main") == remote


def test_the_table_fits_80_columns_and_names_what_to_do(world, clone):
    old_event(world, clone, 2 * HOURS)
    result = world.signalbox("doctor", "-C", clone, check=False)
    assert result.returncode == 4
    lines = result.stdout.splitlines()
    # A path is never broken: it is there to be copied.
    assert all(len(line) <= 80 for line in lines if str(world.directory) not in line)
    assert "\x1b" not in result.stdout
    assert any(re.match(r"broken +spool +1 event waits", line) for line in lines)
    assert any("-> signalbox sync" in line for line in lines)
    assert re.fullmatch(r"\d+ checks, 1 broken, \d+ ok", lines[-2])
    assert lines[-1].startswith("'signalbox doctor --fix'")


def test_a_place_without_a_clone_is_broken(world):
    checks = doctor(world, world.directory / "nowhere")
    assert list(checks) == ["clone"]
    assert checks["clone"]["verdict"] == "broken"


def test_a_repository_that_is_no_monitor_is_told(world):
    world.run("git", "init", "-q", "other")
    assert verdict(world, world.directory / "other", "clone") == "warning"


def test_settings_that_cannot_be_used_are_broken_and_the_rest_is_looked_at(world, clone):
    (clone / "signalbox.toml").write_text("[publish\n")
    checks = doctor(world, clone)
    assert checks["repository"]["verdict"] == "broken"
    assert "signalbox.toml" in checks["repository"]["found"]
    assert checks["spool"]["verdict"] == "ok"


def test_an_old_git_and_none_are_broken(world, clone):
    fake = world.directory / "bin" / "git"
    fake.write_text("#!/bin/sh\necho git version 2.25.1\n")
    fake.chmod(0o755)
    assert verdict(world, clone, "git") == "broken"
    fake.unlink()
    world.environment["PATH"] = str(world.directory / "bin")
    checks = doctor(world, clone)
    assert checks["git"]["verdict"] == "broken"
    assert checks["remote"]["verdict"] == "broken"


def test_a_remote_that_is_away_is_broken(world, clone):
    world.remote.rename(world.directory / "away")
    checks = doctor(world, clone)
    assert checks["remote"]["verdict"] == "broken"
    assert checks["remote"]["found"] == f"there is no repository at 'origin' ('{world.remote}')"
    assert "was moved or deleted" in checks["remote"]["advice"]
    assert "push" not in checks


def test_a_remote_that_wants_credentials_is_broken_without_a_prompt(world, clone):
    ssh = world.directory / "bin" / "ssh"
    ssh.write_text("#!/bin/sh\necho 'git@host: Permission denied (publickey).' >&2\nexit 255\n")
    ssh.chmod(0o755)
    world.git(clone, "remote", "set-url", "origin", "git@host:team/monitor.git")
    found = doctor(world, clone)["remote"]
    assert found["verdict"] == "broken"
    assert "ssh keys" in found["found"]


def test_a_remote_that_may_only_be_read_is_broken_for_pushing(world, clone):
    world.git(clone, "config", "remote.origin.receivepack", "false")
    checks = doctor(world, clone)
    assert checks["remote"]["verdict"] == "ok"
    assert checks["push"]["verdict"] == "broken"


def test_a_refusal_of_the_remote_stays_known(world, clone):
    hook = world.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    world.report(clone, "beta", "running")
    assert world.signalbox("publish", "-C", clone, check=False).returncode == 11
    checks = doctor(world, clone)
    assert checks["push"]["verdict"] == "ok"
    assert checks["last-publish"]["verdict"] == "broken"
    assert "protected branch" in checks["last-publish"]["found"]


def test_where_the_local_branch_stands_is_told(world, clone):
    (clone / "mine.txt").write_text("mine\n")
    world.git(clone, "add", "mine.txt")
    world.git(clone, "commit", "-qm", "Mine")
    assert "1 commit here" in doctor(world, clone)["branch"]["found"]
    other = world.clone("other")
    world.report(other, "beta", "running")
    world.signalbox("sync", "-C", other)
    world.signalbox("sync", "-C", clone)
    checks = doctor(world, clone)
    assert checks["branch"]["verdict"] == "warning"
    assert "1 commit ahead of and" in checks["branch"]["found"]
    assert checks["checkout"]["verdict"] == "warning"
    world.git(clone, "switch", "-q", "-c", "feature")
    assert "'feature' is checked out" in doctor(world, clone)["branch"]["found"]
    world.git(clone, "checkout", "-q", "--detach")
    assert doctor(world, clone)["branch"]["found"] == "HEAD is detached"


def test_a_merge_in_progress_and_an_obstacle_are_told(world, clone):
    (clone / ".git/MERGE_HEAD").write_text(world.git(clone, "rev-parse", "HEAD") + "\n")
    found = doctor(world, clone)["checkout"]
    assert (found["verdict"], found["found"]) == ("warning", "a merge is in progress")


def test_a_stash_with_status_updates_is_a_warning_and_another_one_a_note(world, clone):
    (clone / "notes.txt").write_text("two\n")
    world.git(clone, "stash", "-q")
    assert verdict(world, clone, "stash") == "note"
    (clone / "data/status/alpha.json").write_text('{"status": "running"}\n')
    world.git(clone, "stash", "-q")
    found = doctor(world, clone)["stash"]
    assert found["verdict"] == "warning"
    assert "2 stash entries, 1 with changes of data/status" in found["found"]


def test_a_reset_and_a_forced_push_are_told_with_their_time(world, clone):
    world.git(clone, "reset", "-q", "--hard", "HEAD~1")
    found = doctor(world, clone)["reflog"]
    assert found["verdict"] == "warning"
    assert "reset: moving to HEAD~1" in found["found"] and time.strftime("%Y-%m") in found["found"]
    other = world.clone("other")
    world.git(other, "reset", "-q", "--hard", "HEAD~1")
    world.git(other, "push", "-qf", "origin", "main")
    world.git(clone, "fetch", "-q")
    assert "forced-update" in doctor(world, clone)["reflog"]["found"]


def test_without_a_schedule_there_is_a_note_only(world, clone):
    crontab(world, "0 0 * * * backup")
    edit_state(clone, sync_period_seconds=0, last_sync=ago(50 * HOURS))
    checks = doctor(world, clone)
    assert checks["schedule"]["verdict"] == "note"
    assert checks["sync"]["verdict"] == "ok"


def test_a_systemd_timer_is_a_schedule(world, clone):
    crontab(world, "")
    units = world.directory / "home/.config/systemd/user"
    units.mkdir(parents=True)
    (units / "signalbox-sync.timer").write_text("[Timer]\nOnCalendar=*:0/15\n")
    assert verdict(world, clone, "schedule") == "ok"


@pytest.mark.parametrize("minutes, expected", [(25, "ok"), (35, "warning"), (65, "broken")])
def test_a_sync_that_is_late_by_its_schedule_is_told(world, clone, minutes, expected):
    edit_state(clone, last_sync=ago(minutes * 60))
    assert verdict(world, clone, "sync") == expected


@pytest.mark.parametrize("line", [
    "0 */6 * * * signalbox sync -q -C {clone}",
    "0 */6 * * * cd '{clone}' && SIGNALBOX_BIN='/usr/bin/signalbox' scripts/slurm_dashboard_sync.sh",
])
def test_the_schedule_of_the_crontab_counts(world, clone, line):
    crontab(world, line.format(clone=clone))
    edit_state(clone, last_sync=ago(5 * HOURS))
    checks = doctor(world, clone)
    assert "every 6h" in checks["schedule"]["found"]
    assert checks["sync"]["verdict"] == "ok"


@pytest.mark.parametrize("minutes, expected", [(25, "ok"), (35, "warning"), (65, "broken")])
def test_events_that_wait_too_long_are_told(world, clone, minutes, expected):
    old_event(world, clone, minutes * 60)
    found = doctor(world, clone)["spool"]
    assert found["verdict"] == expected
    assert "1 event waits" in found["found"]


def test_fix_starts_a_publisher_for_events_that_wait(world, clone):
    event = old_event(world, clone, 2 * HOURS)
    assert doctor(world, clone, "--fix")["spool"]["fixed"] == (
        "a publisher was started; `signalbox log` tells how it goes")
    wait_until(lambda: world.published()[event] == 1, "the event is published")
    wait_until(lambda: not list((clone / ".git").glob("dashboard_sync.lock")), "it is done")


def test_damaged_and_refused_events_are_named(world, clone):
    spool = world.spool(clone)
    for name in ("damaged", "refused"):
        (spool / name).mkdir(parents=True)
        (spool / name / "x.event").write_text("?")
    checks = doctor(world, clone)
    assert checks["spool-damaged"]["verdict"] == checks["spool-refused"]["verdict"] == "warning"
    assert "damaged/x.event" in checks["spool-damaged"]["found"]


def test_fallback_spools_are_told_and_fix_brings_them_home(world, clone):
    away = clone.with_name("away")
    clone.rename(away)
    event = world.report(clone, "beta", "running")
    checks = doctor(world, away)
    assert checks["fallback-orphaned"]["verdict"] == "warning"
    assert str(clone) in checks["fallback-orphaned"]["found"]
    away.rename(clone)
    assert verdict(world, clone, "fallback") == "warning"
    checks = doctor(world, clone, "--fix")
    assert checks["fallback"]["verdict"] == "ok"
    assert checks["fallback"]["fixed"] == "1 event brought home"
    assert (world.spool(clone) / f"{event}.event").exists()


def test_status_files_that_no_one_can_read_are_named(world, clone):
    (clone / "data/status/empty.json").write_text("")
    (clone / "data/status/torn.json").write_text('{"status": "runn')
    (clone / "data/status/directory.json").mkdir()
    found = doctor(world, clone)["status-files"]
    assert found["verdict"] == "warning"
    for name in ("empty.json (empty)", "torn.json", "directory.json"):
        assert name in found["found"]


def test_a_running_job_that_says_nothing_is_told(world, clone):
    old = world.clone("old")
    (old / "data/status/gone.json").write_text(
        json.dumps({"status": "running", "last_updated": ago(30 * HOURS)}))
    world.signalbox("sync", "-C", old)
    world.signalbox("sync", "-C", clone)
    found = doctor(world, clone)["jobs"]
    assert found["verdict"] == "warning"
    assert "gone (for 30h)" in found["found"]
    settings = clone / "signalbox.toml"
    settings.write_text(settings.read_text().replace("[doctor]\n", "[doctor]\nsilent_hours = 48\n"))
    assert verdict(world, clone, "jobs") == "ok"


def test_a_lock_of_a_dead_process_is_told_and_fix_takes_it_away(world, clone):
    lock = clone / ".git/dashboard_sync.lock"
    boot = open("/proc/sys/kernel/random/boot_id", encoding="ascii").read().strip()
    namespaces = " ".join(os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "time"))
    lock.write_text(f"999999\n{os.uname().nodename}\n{boot}\n1\nsync\n2026-01-01T00:00:00Z\n"
                    f"{namespaces}\n")
    found = doctor(world, clone)["lock"]
    assert (found["verdict"], found["fixable"]) == ("warning", True)
    assert "its owner is gone" in found["found"]
    assert lock.exists()
    assert doctor(world, clone, "--fix")["lock"]["verdict"] == "ok"
    assert not lock.exists()


def test_a_lock_of_a_live_process_and_of_another_host_are_left_alone(world, clone):
    lock = clone / ".git/dashboard_sync.lock"
    lock.write_text(f"{os.getpid()}\n")
    assert doctor(world, clone, "--fix")["lock"]["verdict"] == "ok"
    assert lock.exists()
    lock.write_text("1\nelsewhere\nboot\n1\nsync\n2026-01-01T00:00:00Z\n")
    assert doctor(world, clone, "--fix")["lock"]["verdict"] == "note"
    assert lock.exists()


@pytest.mark.parametrize("name", [".git/status_update.lock", ".git_sync_lock"])
def test_a_leftover_of_the_old_scripts_is_told_and_never_deleted(world, clone, name):
    path = clone / name
    if name.startswith(".git/"):
        path.write_text("999999\n")
    else:
        path.mkdir()
    backdate(path, 2 * HOURS)
    found = doctor(world, clone, "--fix")["lock"]
    assert found["verdict"] == "warning"
    assert found["advice"].startswith("rm -r ")
    assert path.exists()


@pytest.mark.parametrize("name", ["index.lock", "packed-refs.lock", "shallow.lock",
                                  "refs/heads/main.lock"])
def test_a_lock_that_git_left_is_told_by_its_age_and_never_deleted(world, clone, name):
    path = clone / ".git" / name
    path.write_text("")
    assert verdict(world, clone, "git-locks") == "ok"
    backdate(path, 5 * 60)
    assert verdict(world, clone, "git-locks") == "note"
    backdate(path, 2 * HOURS)
    found = doctor(world, clone, "--fix")["git-locks"]
    assert found["verdict"] == "warning" and f"rm '{path}'" in found["advice"]
    assert path.exists()


def temporary_files(world, clone):
    """One left behind wherever a process may have been killed, and a young one beside it."""
    own = clone / ".git/signalbox"
    places = [clone / ".git", clone / "data/status", clone / "logs", world.state / "signalbox/spool/x",
              own, *(own / name for name in ("spool", "spool/refused", "outbox", "outbox/refused",
                                             "set-aside", "waiting", "log"))]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".signalbox-tmp-fedcba9876543210").write_text("young")
        left = place / ".signalbox-tmp-0123456789abcdef"
        left.write_text("half")
        backdate(left, 2 * HOURS)
        yield left


def test_temporary_files_of_killed_processes_go_with_fix(world, clone):
    left = list(temporary_files(world, clone))
    found = doctor(world, clone)["temporary-files"]
    assert found["verdict"] == "note" and found["found"].startswith(f"{len(left)} files")
    assert doctor(world, clone, "--fix")["temporary-files"]["fixed"] == "deleted"
    assert not [path for path in left if path.exists()]


def test_temporary_files_of_killed_processes_go_with_the_next_publish(world, clone):
    left = list(temporary_files(world, clone))
    world.report(clone, "weather", "running")
    world.signalbox("publish", "-C", clone)
    assert not [path for path in left if path.exists()]
    assert all(path.with_name(".signalbox-tmp-fedcba9876543210").exists() for path in left)


def test_a_report_from_the_future_is_told(world, clone):
    old_event(world, clone, -3 * HOURS, job="ahead")
    world.signalbox("publish", "-C", clone)
    found = doctor(world, clone)["clock-events"]
    assert found["verdict"] == "warning"
    assert re.search(r"ahead \(by (2h|3h)\)", found["found"])


def in_a_small_file_system(world, options, words):
    """In a mount namespace of its own, which goes away with the last process in it."""
    place = world.directory / "small"
    place.mkdir()
    script = (f"mount -t tmpfs -o {options} none {place} && git clone -q {world.remote} {place}/m && "
              f"{words}")
    return world.run("unshare", "-rm", "sh", "-ec", script, check=False)


def test_a_full_file_system_is_broken_and_memory_a_warning(world):
    world.make_remote(pushes_per_minute=6)
    place = world.directory / "small/m"
    result = in_a_small_file_system(
        world, "size=6m", f"{PROGRAM} doctor --json -C {place} || true; echo; echo =====; "
        f"dd if=/dev/zero of={place}/fill bs=64k 2>/dev/null || true; "
        f"{PROGRAM} doctor --json -C {place}")
    assert result.returncode == 4, result.stderr
    first, second = (json.loads(part) for part in result.stdout.split("====="))
    before = {check["id"]: check for check in first["checks"]}
    after = {check["id"]: check for check in second["checks"]}
    assert before["file-system"]["verdict"] == "warning"
    assert before["disk"]["verdict"] == "broken"  # less than 10 MiB, and yet it can be written
    assert "cannot" not in before["disk"]["found"]
    assert "No space left" in after["disk"]["found"]


def test_being_over_quota_is_told(world, clone):
    fake = world.directory / "bin" / "quota"
    fake.write_text("#!/bin/sh\necho 'Disk quotas for user me: over the limit on /home'\nexit 1\n")
    fake.chmod(0o755)
    found = doctor(world, clone)["quota"]
    assert found["verdict"] == "warning" and "/home" in found["found"]


def test_a_shared_clone_with_closed_files_is_told_and_fix_opens_ours(world, clone):
    world.report(clone, "beta", "running")
    (event,) = world.spool(clone).glob("*.event")
    world.git(clone, "config", "core.sharedRepository", "group")
    event.chmod(0o600)
    found = doctor(world, clone)["sharing"]
    assert found["verdict"] == "warning"
    checks = doctor(world, clone, "--fix")
    assert checks["sharing"]["verdict"] == "ok" and checks["sharing"]["fixed"]
    assert event.stat().st_mode & 0o777 == 0o660
    assert (clone / ".git/signalbox/spool").stat().st_mode & 0o2070 == 0o2070
    assert verdict(world, clone, "sharing") == "ok"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_of_several_users_in_a_clone_that_is_not_shared_are_told(world, clone):
    world.report(clone, "beta", "running")
    (event,) = world.spool(clone).glob("*.event")
    os.chown(event, 12345, 12345)
    assert verdict(world, clone, "sharing") == "warning"


def test_a_repository_near_its_hosts_limits_is_told(world, clone):
    (clone / "large.bin").write_bytes(os.urandom(2 << 20))
    (clone / "many").mkdir()
    for number in range(3001):
        (clone / "many" / str(number)).write_text("")
    world.git(clone, "add", "-A")
    world.git(clone, "commit", "-qm", "Many")
    world.git(clone, "push", "-q", "origin", "main")
    world.signalbox("sync", "-C", clone)
    checks = doctor(world, clone)
    assert checks["directory-entries"]["verdict"] == "warning"
    assert "3001, in 'many'" in checks["directory-entries"]["found"]
    assert checks["object-size"]["verdict"] == "warning"
    assert "2.0 MiB: 'large.bin'" in checks["object-size"]["found"]
    (clone / "signalbox.toml").write_text("[publish]\npushes_per_minute = 30\n")
    assert verdict(world, clone, "push-rate") == "note"
