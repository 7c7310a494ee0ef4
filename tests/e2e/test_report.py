"""A report: where it finds its repository, what it writes, where it goes when it cannot."""

import json
import os
import subprocess
import time

import pytest
from harness import ID, PROGRAM, wait_until

DEEPEST = b'{"status": "running", "deep": ' + b"[" * 63 + b"]" * 63 + b"}"


def test_a_report_is_published_in_the_background(world):
    world.make_remote()
    clone = world.clone("a")
    result = world.signalbox("report", "-C", clone, "weather", "running", "12", "34", "hello",
                             "--cpu", "1.5", "--memory", "20", "--next-run", "2030-01-01T00:00:00Z",
                             "--config", "grid=fine", "--metric", "rows=5", "--run-id", "slurm_7")
    event = ID.search(result.stdout).group()
    wait_until(lambda: world.published()[event] == 1, "the event is at the remote")
    view = world.view("weather")
    assert view["job_name"] == "weather" and view["status"] == "running"
    assert (view["duration"], view["progress"]) == (12, 34)
    assert (view["cpu_usage"], view["memory_usage"]) == (1.5, 20)
    assert view["config"] == {"grid": "fine"} and view["metrics"] == {"rows": 5}
    assert view["run_id"] == "slurm_7" and view["revision"] == event
    assert view["next_scheduled_run"] == "2030-01-01T00:00:00Z"
    assert view["log_entries"] == ["hello"]
    subject = world.git(world.remote, "log", "-1", "--format=%s", "main")
    assert subject == f"Update weather status: running ({view['last_updated']})"


def test_the_first_five_fields_have_the_predecessors_order_and_types(world):
    world.make_remote()
    clone = world.clone("a")
    world.report(clone, "job", "completed", "5")
    text = (clone / "data/status/job.json").read_text()
    names = list(json.loads(text))
    assert names[:4] == ["job_name", "status", "last_updated", "start_time"]
    for name, kind in (("duration", int), ("progress", int), ("cpu_usage", (int, float)),
                       ("memory_usage", (int, float)), ("next_scheduled_run", str),
                       ("config", dict), ("log_entries", list)):
        assert isinstance(json.loads(text)[name], kind), name


def test_the_repository_is_found_from_option_variables_config_and_where_one_stands(world):
    world.make_remote()
    names = ("option", "signalbox_repo", "monitor_path", "config", "here")
    clones = {name: world.clone(name) for name in names}
    config = world.directory / "home/.config/signalbox"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(f'repository = "{clones["config"]}"\n')
    env = {"SIGNALBOX_REPO": str(clones["signalbox_repo"]),
           "MONITOR_PATH": str(clones["monitor_path"])}
    report = ("report", "--no-publish", "job", "running")
    world.signalbox(*report, "-C", clones["option"], env=env, cwd=clones["here"])
    world.signalbox(*report, env=env, cwd=clones["here"])
    world.signalbox(*report, env={"MONITOR_PATH": env["MONITOR_PATH"]}, cwd=clones["here"])
    world.signalbox(*report, cwd=clones["here"])
    (config / "config.toml").unlink()
    world.signalbox(*report, cwd=clones["here"] / "data" / "status")
    assert {name: world.waiting(clone) for name, clone in clones.items()} == dict.fromkeys(names, 1)


def test_a_run_goes_on_until_it_ends_and_the_next_report_begins_another(world):
    world.make_remote()
    clone = world.clone("a")
    first = world.report(clone, "job", "running", "0", "10")
    world.report(clone, "job", "running", "5", "50")
    world.report(clone, "job", "completed", "9")
    second = world.report(clone, "job", "running", "0", "1")
    world.signalbox("sync", "-C", clone)
    runs = [event["run_id"] for event in sorted(world.events(), key=lambda e: e["id"])]
    assert runs == [first, first, first, second]


def test_a_late_running_does_not_beat_the_end_of_a_named_run(world):
    world.make_remote()
    a, b = world.clone("a"), world.clone("b")
    world.report(a, "job", "running", "--run-id", "77")
    world.report(a, "job", "completed", "--run-id", "77")
    world.signalbox("sync", "-C", a)
    world.report(b, "job", "running", "--run-id", "77")
    world.signalbox("sync", "-C", b)
    assert len(world.events()) == 3
    assert world.view("job")["status"] == "completed"


def test_json_fields_are_taken_and_unknown_ones_kept(world):
    world.make_remote()
    clone = world.clone("a")
    world.signalbox("report", "-C", clone, "--no-publish", "job", "--json", "-",
                    stdin=b'{"status":"failed","progress":"70","last_error":"boom","x":[1,2]}')
    world.signalbox("sync", "-C", clone)
    view = world.view("job")
    assert (view["status"], view["progress"]) == ("failed", 70)
    assert (view["last_error"], view["x"]) == ("boom", [1, 2])


def test_without_a_repository_the_report_waits_and_the_next_sync_brings_it_home(world):
    world.make_remote()
    nowhere = world.directory / "nowhere"
    nowhere.mkdir()
    lost = world.signalbox("report", "job", "running", cwd=nowhere)
    named = world.signalbox("report", "-C", world.directory / "later", "job", "completed")
    assert "waits in" in lost.stderr and "waits in" in named.stderr
    later = world.clone("later")
    world.signalbox("sync", "-C", later)
    world.assert_published_once(ID.search(lost.stdout).group(), ID.search(named.stdout).group())


def test_a_spool_that_cannot_be_written_falls_back_and_comes_home(world):
    world.make_remote()
    clone = world.clone("a")
    # A file where the directory should be: not even root can write there.
    (clone / ".git/signalbox").write_text("in the way")
    result = world.signalbox("report", "-C", clone, "job", "running")
    assert "waits in" in result.stderr
    (clone / ".git/signalbox").unlink()
    assert world.status(clone)["clone"]["waiting_in_user_state"] == 1
    other = world.report(clone, "other", "running")
    assert world.waiting(clone) == 2
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(ID.search(result.stdout).group(), other)


def test_when_nothing_can_be_written_it_says_so_and_exits_0(world):
    world.make_remote()
    clone = world.clone("a")
    (clone / ".git/signalbox").write_text("in the way")
    env = {"XDG_STATE_HOME": "/proc/no/such"}
    result = world.signalbox("report", "-C", clone, "job", "running", env=env)
    assert "NOT recorded" in result.stderr and result.stdout == ""
    strict = world.signalbox("report", "-C", clone, "job", "running", "--strict", env=env,
                             check=False)
    assert strict.returncode == 1


def test_wait_returns_when_the_remote_has_it_and_gives_up_when_it_does_not(world):
    world.make_remote()
    clone = world.clone("a")
    result = world.signalbox("report", "-C", clone, "job", "running", "--wait", "--strict")
    assert "published" in result.stdout.splitlines()
    world.assert_published_once(ID.search(result.stdout).group())
    os.rename(world.remote, world.directory / "away")
    result = world.signalbox("report", "-C", clone, "job", "completed", "--wait=1", "--strict",
                             check=False)
    assert result.returncode == 75 and "not published within 1 s" in result.stderr


def test_the_view_is_never_seen_half_written(world):
    world.make_remote()
    clone = world.clone("a")
    world.report(clone, "job", "running")
    inode = (clone / "data/status/job.json").stat().st_ino
    world.report(clone, "job", "running")
    assert (clone / "data/status/job.json").stat().st_ino != inode
    assert not list((clone / "data/status").glob(".signalbox-tmp*"))


def time_in(seconds):
    """The time so many seconds from now, as a view gives it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def shown(world, clone, job):
    row, = world.status(clone)["jobs"]
    assert row["job_name"] == job
    return row


def test_a_document_nested_as_deep_as_one_may_is_published(world):
    world.make_remote()
    clone = world.clone("a")
    first = world.report(clone, "job", "running", "--json", "-", "--strict", stdin=DEEPEST)
    second = world.report(clone, "job", "completed", "--strict")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(first, second)
    assert world.status(clone)["clone"]["damaged"] == []
    assert world.view("job")["deep"] == json.loads(DEEPEST)["deep"]
    deeper = DEEPEST.replace(b"[]", b"[[]]")
    refused = world.signalbox("report", "-C", clone, "--no-publish", "other", "--json", "-",
                              "--strict", stdin=deeper, check=False)
    assert refused.returncode == 2 and world.waiting(clone) == 0


def test_a_message_in_a_document_is_the_message(world):
    world.make_remote()
    clone = world.clone("a")
    world.report(clone, "job", "--json", "-",
                 stdin=b'{"status": "failed", "message": "disk full", "x": 1}')
    world.signalbox("sync", "-C", clone)
    event, = world.events()
    assert (event["message"], event["extra"]) == ("disk full", {"x": 1})
    assert world.view("job")["log_entries"] == ["disk full"]
    row, = json.loads(world.signalbox("history", "job", "-C", clone, "--json").stdout)
    assert row["message"] == "disk full"
    world.report(clone, "job", "failed", "1", "50", "said later", "--json", "-",
                 stdin=b'{"message": "said first"}')
    assert shown(world, clone, "job")["message"] == "said later"


@pytest.mark.parametrize("call,error", [("openat", "ESTALE"), ("read", "ESTALE"),
                                        ("openat", "ENOENT")])
def test_a_view_that_cannot_be_read_for_a_moment_does_not_end_the_run(world, call, error):
    world.make_remote()
    clone = world.clone("a")
    first = world.report(clone, "job", "running", "0", "10", "--config", "grid=fine")
    world.run("strace", "-qq", "-o", "/dev/null", "-P", clone / "data/status/job.json",
              "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when=1",
              PROGRAM, "report", "-C", clone, "--no-publish", "job", "running", "5", "50")
    for row in (shown(world, clone, "job"),
                json.loads((clone / "data/status/job.json").read_text())):
        assert (row["run_id"], row["progress"], row["config"]) == (first, 50, {"grid": "fine"})


def test_what_another_program_writes_while_a_report_is_recorded_survives(world):
    world.make_remote()
    clone = world.clone("a")
    world.report(clone, "job", "running", "1", "10")
    view, spool = clone / "data/status/job.json", world.spool(clone)
    before = set(spool.iterdir())
    report = subprocess.Popen(
        ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=fsync",
         "-e", "inject=fsync:delay_enter=2000000:when=1", PROGRAM, "report", "-C", str(clone),
         "--no-publish", "job", "running", "2"], env=world.environment)
    wait_until(lambda: set(spool.iterdir()) - before, "the report is being recorded")
    (clone / "other.json").write_text(json.dumps(
        {"status": "failed", "last_updated": time_in(3600), "message": "disk failed"}))
    os.rename(clone / "other.json", view)
    assert report.wait() == 0
    assert json.loads(view.read_text())["status"] == "failed"
    world.signalbox("sync", "-C", clone)
    assert sorted(event["status"] for event in world.events()) == ["failed", "running", "running"]
    assert world.view("job")["status"] == "failed"


def test_a_program_that_goes_on_writing_between_reports_loses_nothing(world):
    world.make_remote()
    clone = world.clone("a")
    view = clone / "data/status/job.json"
    for step in range(10):
        world.report(clone, "job", "running", str(step))
        (clone / "other.json").write_text(json.dumps({"status": "running", "step": step}))
        os.rename(clone / "other.json", view)
    world.signalbox("sync", "-C", clone)
    written = [event["extra"]["step"] for event in sorted(world.events(), key=lambda e: e["id"])
               if "host" not in event]
    assert written == list(range(10))


def test_an_unreadable_old_file_is_set_aside_where_the_warning_says(world):
    world.make_remote()
    clone = world.clone("a")
    view = clone / "data/status/job.json"
    text = '{"status": "running", // step 3 of 5\n "progress": 40,}'
    view.write_text(text)
    hour_ago = view.stat().st_mtime - 3600
    os.utime(view, (hour_ago, hour_ago))
    result = world.signalbox("report", "-C", clone, "--no-publish", "job", "running")
    kept, = (clone / ".git/signalbox/set-aside").iterdir()
    assert kept.read_text() == text and str(kept) in result.stderr
    assert json.loads(view.read_text())["status"] == "running"
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(ID.search(result.stdout).group())
    assert kept.read_text() == text


@pytest.mark.parametrize("limit", ["0", "1"])
def test_a_file_size_limit_is_no_reason_to_die(world, limit):
    world.make_remote()
    clone = world.clone("a")
    words = f'ulimit -f {limit}; exec "$0" "$@"'
    big = "x" * 4000
    result = world.run("bash", "-c", words, PROGRAM, "report", "-C", clone, "--no-publish", "job",
                       "running", "1", "50", big)
    assert "NOT recorded" in result.stderr and result.stdout == ""
    strict = world.run("bash", "-c", words, PROGRAM, "report", "-C", clone, "--no-publish", "job",
                       "running", "1", "50", big, "--strict", check=False)
    assert strict.returncode == 1 and world.waiting(clone) == 0
    event = world.report(clone, "job", "running")
    limited = world.run("bash", "-c", words, PROGRAM, "sync", "-C", clone, check=False)
    assert 0 <= limited.returncode < 128
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event)


def test_a_large_deep_document_stays_readable_and_the_next_report_carries_on(world):
    world.make_remote()
    clone = world.clone("a")
    nested = b"[" * 50 + b"1" + b",1" * 60_000 + b"]" * 50
    first = world.report(clone, "job", "--config", "grid=fine", "--run-id", "slurm_7", "--json",
                         "-", "--strict", stdin=b'{"status": "running", "x": ' + nested + b"}")
    assert (clone / "data/status/job.json").stat().st_size < 300_000
    second = world.report(clone, "job", "completed", "--strict")
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(first, second)
    view = world.view("job")
    assert (view["status"], view["config"], view["run_id"]) == ("completed", {"grid": "fine"},
                                                                "slurm_7")
    assert view["x"] == json.loads(nested)
    assert shown(world, clone, "job")["status"] == "completed"


def test_fields_that_many_reports_brought_together_are_carried_on(world):
    world.make_remote()
    clone = world.clone("a")
    first = world.report(clone, "job", "running", "--config", "0=" + "x" * 900)
    for step in range(1, 5):
        document = {"status": "running", "config": {str(step): "x" * 100_000}}
        world.report(clone, "job", "--json", "-", stdin=json.dumps(document).encode())
    world.report(clone, "job", "completed")
    row = shown(world, clone, "job")
    assert row["run_id"] == first and list(row["config"]) == ["0", "1", "2", "3", "4"]
    world.signalbox("sync", "-C", clone)
    assert (world.view("job")["status"], world.view("job")["config"]) == ("completed",
                                                                          row["config"])


@pytest.mark.parametrize("pairs,length", [(1500, 1), (1, 200_000), (1500, 80)])
def test_a_config_that_grows_with_every_report_never_keeps_one_out(world, pairs, length):
    world.make_remote()
    clone = world.clone("a")
    acknowledged = []
    for step in range(12):
        config = {f"{step}_{number}": "x" * length for number in range(pairs)}
        document = json.dumps({"status": "running", "progress": step, "config": config})
        acknowledged.append(world.report(clone, "job", "--run-id", "slurm_7", "--json", "-",
                                         "--strict", stdin=document.encode()))
        row = shown(world, clone, "job")
        assert (row["progress"], row["revision"]) == (step, acknowledged[-1])
        assert config.items() <= row["config"].items()
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(*acknowledged)
    assert world.status(clone)["clone"]["damaged"] == []
    assert (shown(world, clone, "job")["progress"], world.view("job")["progress"]) == (11, 11)


def test_a_new_file_that_another_program_has_only_opened_is_not_replaced(world):
    world.make_remote()
    clone = world.clone("a")
    view = clone / "data/status/job.json"
    with subprocess.Popen(
        ["strace", "-o", "/dev/null", "-e", "trace=fsync", "-e",
         "inject=fsync:delay_enter=700000", PROGRAM, "report", "-C", str(clone),
         "--no-publish", "job", "running"], env=world.environment, stdout=subprocess.DEVNULL):
        wait_until(lambda: any(world.spool(clone).glob("*.event")), "the report is under way")
        writer = open(view, "w", encoding="utf-8")  # closed when the report is over
    with writer:
        writer.write('{"status": "failed", "last_updated": "2031-01-01T00:00:00Z"}')
    world.signalbox("sync", "-C", clone)
    assert world.view("job")["status"] == "failed"


def test_a_umask_that_takes_rights_from_its_own_user_closes_nothing_to_it(world):
    world.make_remote()
    clone = world.clone("a")
    world.run("sh", "-c", 'umask 0777; exec "$0" "$@"', PROGRAM, "report", "-C", clone,
              "--no-publish", "job", "running")
    own = world.spool(clone).parent
    for path in [own, *own.rglob("*"), clone / "data/status/job.json"]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert path.stat().st_mode & wanted == wanted, path
