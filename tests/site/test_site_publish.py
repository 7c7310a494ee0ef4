"""The site on a branch of its own: `signalbox site publish`, and what each publish and sync does for it."""

import json
import os
import signal
import subprocess

import pytest
from site_files import shard

from harness import PROGRAM, wait_until

BRANCH = "gh-pages"
MARKER = ".signalbox-site"


@pytest.fixture
def monitor(world):
    """A clone whose settings, published, name the site's branch."""
    world.signalbox("init", "--pages", world.monitor)
    world.git(world.monitor, "commit", "-qam", "Show the site")
    world.git(world.monitor, "push", "-q", "origin", "main")
    return world.monitor


def tip(world, branch=BRANCH):
    return world.git(world.remote, "rev-parse", "--verify", "-q", branch, check=False)


def paths(world, branch=BRANCH):
    return world.git(world.remote, "ls-tree", "-r", "--name-only", branch).splitlines()


def shown(world, path):
    text = world.run("git", "-C", world.remote, "show", f"{BRANCH}:{path}").stdout
    out = world.directory / "shown" / path
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, "ascii")
    return shard(world.directory / "shown", path)


def status_of(world, job):
    return shown(world, f"data/job/{job}.js")["summary"]["status"]


def made_from(world):
    return json.loads(world.git(world.remote, "show", f"{BRANCH}:{MARKER}"))["tip"]


def tree(world, leave_out=(MARKER, ".nojekyll")):
    lines = world.git(world.remote, "ls-tree", "-r", BRANCH).splitlines()
    return [line for line in lines if line.split("\t")[1] not in leave_out]


def add_file(world, name, text, branch=BRANCH, message="Add a file"):
    """By a person, with plain git."""
    other = world.directory / "person"
    if not other.exists():
        world.clone("person")
    world.git(other, "fetch", "-q", "origin", branch)
    world.git(other, "checkout", "-q", "--detach", "FETCH_HEAD")
    path = other / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    world.git(other, "add", "-A")
    world.git(other, "commit", "-qm", message)
    world.git(other, "push", "-q", "origin", f"HEAD:{branch}")


def refuse(world, branch):
    hook = world.remote / "hooks" / "update"
    hook.write_text(f'#!/bin/sh\n[ "$1" != "refs/heads/{branch}" ] || {{ echo "no sites here"; exit 1; }}\n')
    hook.chmod(0o755)
    return hook


def test_a_publish_brings_the_site_up_to_the_event(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "downloading")
    world.signalbox("publish", "-C", monitor)
    assert status_of(world, "weather") == "running"
    assert made_from(world) == tip(world, "main")
    assert {MARKER, ".nojekyll", "index.html", "app.js", "data/job/weather.js", "badge/weather.svg"} <= set(paths(world))
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", monitor)
    assert status_of(world, "weather") == "completed"
    assert world.git(world.remote, "rev-list", "--count", BRANCH) == "2"
    assert world.git(monitor, "status", "--porcelain") == ""
    assert world.git(monitor, "branch", "--list").split() == ["*", "main"]


def test_the_publisher_that_a_report_leaves_behind_does_so_too(world, monitor):
    world.signalbox("report", "-C", monitor, "weather", "completed", "30", "100", "done")
    wait_until(lambda: tip(world) and status_of(world, "weather") == "completed", "the site shows the report")


def test_what_is_published_little_by_little_is_what_a_build_makes(world, monitor):
    for job, status in (("weather", "running"), ("ocean", "failed"), ("weather", "completed"), ("ice", "running")):
        world.report(monitor, job, status, "5", "50", status)
        world.signalbox("publish", "-C", monitor)
    before = tip(world)
    out = world.directory / "out"
    world.signalbox("site", "build", "-C", monitor, "--out", out)
    built = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    for path in sorted(name for name in built if not name.startswith(MARKER)):
        at = world.run("git", "-C", world.remote, "show", f"{BRANCH}:{path}").stdout
        assert at == (out / path).read_text("utf-8"), path
    done = json.loads(world.signalbox("site", "publish", "-C", monitor, "--json").stdout)
    assert (done["written"], done["removed"], done["commit"]) == (0, 0, before)
    assert tip(world) == before


def test_only_what_changed_is_in_a_commit(world, monitor):
    for job in ("weather", "ocean"):
        world.report(monitor, job, "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", monitor)
    changed = world.git(world.remote, "diff", "--name-only", f"{BRANCH}~", BRANCH).splitlines()
    assert "data/job/weather.js" in changed
    assert "data/job/ocean.js" not in changed and "app.js" not in changed


def test_a_sync_with_no_news_pushes_nothing(world, monitor):
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("sync", "-C", monitor)
    before = tip(world)
    world.signalbox("sync", "-C", monitor)
    assert tip(world) == before


def test_files_of_a_person_stay(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    theirs = {"CNAME": "jobs.example.org\n", ".nojekyll": "mine\n", "about/index.html": "<p>us</p>\n",
              "data/mine.js": "1\n", "data/job/mine.js": "var mine = 1;\n", "badge/mine.svg": "<svg/>\n"}
    for name, text in theirs.items():
        add_file(world, name, text)
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", monitor)  # a lost race, since this clone has not seen those commits
    assert status_of(world, "weather") == "completed"
    world.signalbox("site", "publish", "-C", monitor)
    for name, text in theirs.items():
        assert world.git(world.remote, "show", f"{BRANCH}:{name}") == text.rstrip("\n"), name


def test_a_branch_with_another_site_is_left_alone(world, monitor):
    world.git(world.directory / "seed", "checkout", "-q", "--orphan", BRANCH)
    world.git(world.directory / "seed", "rm", "-rfq", ".")
    (world.directory / "seed" / "index.html").write_text("<p>ours</p>\n")
    world.git(world.directory / "seed", "add", "index.html")
    world.git(world.directory / "seed", "commit", "-qm", "Our site")
    world.git(world.directory / "seed", "push", "-q", "origin", BRANCH)
    before = tip(world)
    event = world.report(monitor, "weather", "running", "0", "10", "hello")
    done = world.signalbox("sync", "-C", monitor)
    assert "the site was not published" in done.stderr and "index.html" in done.stderr
    world.assert_published_once(event)
    assert tip(world) == before
    assert world.signalbox("site", "publish", "-C", monitor, check=False).returncode == 2


def test_reports_go_out_when_the_site_is_refused(world, monitor):
    hook = refuse(world, BRANCH)
    event = world.report(monitor, "weather", "running", "0", "10", "hello")
    done = world.signalbox("publish", "-C", monitor)
    world.assert_published_once(event)
    assert "the site was not published" in done.stderr
    assert tip(world) == ""
    assert world.signalbox("site", "publish", "-C", monitor, check=False).returncode == 11
    # The next ones don't try at once again.
    event = world.report(monitor, "weather", "running", "10", "20", "hello")
    assert "the site" not in world.signalbox("publish", "-C", monitor).stderr
    world.assert_published_once(event)
    hook.unlink()
    world.signalbox("site", "publish", "-C", monitor)
    assert shown(world, "data/job/weather.js")["summary"]["progress"] == 20
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", monitor)
    assert status_of(world, "weather") == "completed"


def test_a_publisher_that_dies_between_the_pushes_is_mended_by_the_next_sync(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    reached, go_on = world.directory / "reached", world.directory / "go-on"
    os.mkfifo(go_on)
    hook = world.remote / "hooks" / "update"
    hook.write_text(f'#!/bin/sh\n[ "$1" != refs/heads/{BRANCH} ] || {{ touch {reached}; read x < {go_on}; exit 1; }}\n')
    hook.chmod(0o755)
    world.report(monitor, "weather", "completed", "30", "100", "done")
    with subprocess.Popen([PROGRAM, "publish", "-C", str(monitor)], env=world.environment) as publisher:
        wait_until(reached.exists, "the site is pushed")
        publisher.send_signal(signal.SIGKILL)
    go_on.write_text("x\n")
    hook.unlink()
    assert world.view("weather")["status"] == "completed"
    assert status_of(world, "weather") == "running"
    world.signalbox("sync", "-C", monitor)
    assert status_of(world, "weather") == "completed"


def test_a_clone_mends_what_another_one_left_behind(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    hook = refuse(world, BRANCH)
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", monitor)
    hook.unlink()
    world.signalbox("sync", "-C", world.clone("other"))
    assert status_of(world, "weather") == "completed"


def test_clones_that_publish_at_once_show_all_of_it(world, monitor):
    others = [world.clone(f"clone{number}") for number in range(3)]
    for clone in others:
        world.signalbox("sync", "-C", clone)
    for turn in range(3):
        publishers = []
        for number, clone in enumerate(others):
            world.report(clone, f"job{number}", "running", str(turn), str(turn), f"turn {turn}")
            publishers.append(subprocess.Popen([PROGRAM, "publish", "-q", "-C", str(clone)], env=world.environment))
        assert [publisher.wait() for publisher in publishers] == [0] * len(publishers)
    world.signalbox("sync", "-C", others[0])
    for number in range(3):
        assert shown(world, f"data/job/job{number}.js")["summary"]["progress"] == 2
    before = tree(world)
    world.signalbox("site", "publish", "-C", monitor)
    assert tree(world) == before  # of another clone that made all files anew
    assert world.run("git", "-C", world.remote, "fsck", "--strict", check=False).returncode == 0


def test_a_lost_race_for_the_site_ends_with_the_newest(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    other = world.clone("other")
    world.signalbox("sync", "-C", other)
    # The first push of a site waits in the remote while another clone's reports and site get there.
    reached, go_on = world.directory / "reached", world.directory / "go-on"
    os.mkfifo(go_on)
    hook = world.remote / "hooks" / "update"
    hook.write_text(f'#!/bin/sh\n[ "$1" = refs/heads/{BRANCH} ] && mkdir {reached} && read x < {go_on}\nexit 0\n')
    hook.chmod(0o755)
    world.report(monitor, "weather", "completed", "30", "100", "done")
    with subprocess.Popen([PROGRAM, "publish", "-C", str(monitor)], env=world.environment) as slow:
        wait_until(reached.exists, "the slow site is pushed")
        world.report(other, "ocean", "failed", "5", "20", "disk full")
        world.signalbox("publish", "-C", other)
        newest = tip(world)
        assert (status_of(world, "weather"), status_of(world, "ocean")) == ("completed", "failed")
        go_on.write_text("x\n")
        assert slow.wait() == 0
    assert tip(world) == newest


def test_an_older_site_never_replaces_a_newer_one(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    other = world.clone("other")
    world.signalbox("sync", "-C", other)
    world.report(other, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", other)
    newest = tip(world)
    world.signalbox("publish", "-C", monitor)  # whose reports are older
    world.signalbox("site", "publish", "-C", monitor)
    assert tip(world) == newest
    assert status_of(world, "weather") == "completed"


def test_what_a_person_broke_is_mended_by_hand(world, monitor):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    add_file(world, "app.css", "body { color: red }\n")
    world.signalbox("site", "publish", "-C", monitor)
    assert "color: red" not in world.git(world.remote, "show", f"{BRANCH}:app.css").splitlines()[:1]


@pytest.mark.parametrize("marker", ["", "{", '{"tip": 5}', '{"tip": "' + "0" * 40 + '"}', '{"tip": "../../x"}', "[" * 1000])
def test_a_marker_that_says_nothing_costs_a_look(world, monitor, marker):
    world.report(monitor, "weather", "running", "0", "10", "hello")
    world.signalbox("publish", "-C", monitor)
    add_file(world, MARKER, marker + "\n")
    world.report(monitor, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", monitor)
    assert status_of(world, "weather") == "completed"


def test_a_clone_without_a_remote_has_a_local_branch(world):
    place = world.directory / "alone"
    world.signalbox("init", "--pages", place)
    world.git(place, "add", "-A")
    world.git(place, "commit", "-qm", "Set up")
    world.report(place, "weather", "completed", "30", "100", "done")
    world.signalbox("publish", "-C", place)
    assert "data/job/weather.js" in world.git(place, "ls-tree", "-r", "--name-only", BRANCH)
    assert world.git(place, "status", "--porcelain") == ""


@pytest.mark.parametrize("value, words", [
    ('branch = "-x"', "line 2: site.branch cannot be used"), ("branch = 5", "line 2: site.branch is not a text"),
    ('branch = "main"', "which is the branch of the reports"), ("", "'signalbox init --pages' does")])
def test_settings_that_cannot_be_used_are_named(world, value, words):
    (world.monitor / "signalbox.toml").write_text(f"[site]\n{value}\n")
    done = world.signalbox("site", "publish", "-C", world.monitor, check=False)
    assert done.returncode == 2
    assert words in done.stderr


def test_init_pages_changes_one_line_once(world):
    settings = world.monitor / "signalbox.toml"
    before = settings.read_text().splitlines()
    said = world.signalbox("init", "--pages", world.monitor).stdout
    assert "Deploy from a branch" in said
    after = settings.read_text().splitlines()
    assert [line for line in after if line not in before] == ['branch = "gh-pages"']
    assert len(after) == len(before) + 1
    world.signalbox("init", "--pages", world.monitor)
    assert settings.read_text().splitlines() == after
    settings.write_text('[publish]\nremote = "origin"')
    world.signalbox("init", "--pages", world.monitor)
    assert settings.read_text() == '[publish]\nremote = "origin"\n\n[site]\nbranch = "gh-pages"\n'
