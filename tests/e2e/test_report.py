"""A report: where it finds its repository, what it writes, where it goes when it cannot."""

import json
import os

from harness import ID, wait_until


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
