"""The user's own spool: what waits there belongs to one clone, comes home to it and to no other,
and is never called published."""

import os
import shutil

import pytest
from harness import ID, PROGRAM


def reported_away(world, *words, **options):
    """Records in the user's spool; the id of the event."""
    result = world.signalbox("report", "--no-publish", *words, **options)
    assert "in the user's spool" in result.stdout and "waits in" in result.stderr
    return ID.search(result.stdout).group()


@pytest.mark.parametrize("below", ["", "data/status"])
def test_a_link_whose_target_was_away_brings_its_reports_home(world, below):
    world.make_remote()
    clone, link = world.clone("disk/monitor"), world.directory / "monitor"
    link.symlink_to(clone)
    os.rename(world.directory / "disk", world.directory / "unmounted")
    event = reported_away(world, "-C", link / below, "nightly", "completed", "--strict")
    os.rename(world.directory / "unmounted", world.directory / "disk")
    assert world.status(link)["clone"]["waiting_in_user_state"] == 1
    world.signalbox("sync", "-C", link / below)
    world.assert_published_once(event)
    assert world.status(clone)["clone"]["waiting_in_user_state"] == 0


def test_a_report_through_the_link_brings_the_earlier_ones_home(world):
    world.make_remote()
    clone, link = world.clone("disk/monitor"), world.directory / "monitor"
    link.symlink_to(clone)
    os.rename(world.directory / "disk", world.directory / "unmounted")
    event = reported_away(world, "-C", link, "nightly", "running")
    os.rename(world.directory / "unmounted", world.directory / "disk")
    later = world.report(link, "nightly", "completed")
    assert world.waiting(clone) == 2
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(event, later)


def test_a_report_does_not_wait_until_all_that_others_left_is_home(world):
    world.make_remote()
    clone = world.clone("monitor")
    os.rename(clone, world.directory / "away")
    events = [reported_away(world, "-C", clone, "nightly", "running") for _ in range(40)]
    os.rename(world.directory / "away", clone)
    later = world.report(clone, "nightly", "completed")
    assert world.waiting(clone) == 16 + 1
    assert world.status(clone)["clone"]["waiting_in_user_state"] == 40 - 16
    world.signalbox("sync", "-C", clone)
    world.assert_published_once(later, *events)


def test_what_waits_for_a_clone_that_moved_is_named_and_can_be_moved_too(world):
    world.make_remote()
    clone, moved = world.clone("a"), world.directory / "moved"
    (clone / ".git/signalbox").write_text("in the way")
    event = reported_away(world, "-C", clone, "job", "running")
    (clone / ".git/signalbox").unlink()
    os.rename(clone, moved)
    orphan, = world.status(moved)["clone"]["orphaned"]
    assert orphan["clone"].startswith(str(clone))
    line, = [line for line in world.signalbox("status", "-C", moved).stdout.splitlines()
             if line.startswith("elsewhere")]
    assert str(clone) in line
    world.run("bash", "-c", line[line.index("mkdir "):])
    assert world.status(moved)["clone"]["orphaned"] == []
    world.signalbox("sync", "-C", moved)
    world.assert_published_once(event)


def test_nothing_is_elsewhere_while_its_clone_is_there(world):
    world.make_remote()
    clone, other = world.clone("a"), world.clone("b")
    (clone / ".git/signalbox").write_text("in the way")
    reported_away(world, "-C", clone, "job", "running")
    assert world.status(other)["clone"]["orphaned"] == []
    assert "elsewhere" not in world.signalbox("status", "-C", other).stdout
    world.signalbox("sync", "-C", other)
    assert world.events() == []
    (clone / ".git/signalbox").unlink()
    world.signalbox("sync", "-C", clone)
    assert len(world.events()) == 1


@pytest.mark.parametrize("named_by", ["option", "SIGNALBOX_REPO"])
def test_a_path_that_is_not_there_is_not_the_repository_around_it(world, named_by):
    world.make_remote()
    outer = world.clone("outer")
    inner = outer / "not/there"
    if named_by == "option":
        event = reported_away(world, "-C", inner, "job", "running")
    else:
        event = reported_away(world, "job", "running", env={named_by: str(inner)}, cwd=outer)
    assert world.waiting(outer) == 0 and not (outer / "data/status/job.json").exists()
    world.signalbox("sync", "-C", outer)
    assert world.events() == []
    world.clone("outer/not/there")
    world.signalbox("sync", "-C", inner)
    world.assert_published_once(event)


def test_a_repository_one_stands_in_that_is_no_monitor_is_left_alone(world):
    world.make_remote()
    project = world.directory / "project"
    world.run("git", "init", "-q", project)
    (project / "src").mkdir()
    event = reported_away(world, "job", "running", cwd=project / "src")
    assert not (project / "data").exists() and not (project / ".git/signalbox").exists()
    assert world.signalbox("sync", cwd=project, check=False).returncode == 1
    assert not (project / "data").exists() and not (project / ".git/signalbox").exists()
    world.signalbox("sync", cwd=world.clone("a"))
    world.assert_published_once(event)


@pytest.mark.parametrize("sign", ["data/status/.gitkeep", "signalbox.toml",
                                  ".git/signalbox/branch"])
def test_any_one_sign_makes_a_repository_one_stands_in_a_monitor(world, sign):
    project = world.directory / "project"
    world.run("git", "init", "-q", project)
    (project / sign).parent.mkdir(parents=True, exist_ok=True)
    (project / sign).touch()
    result = world.signalbox("report", "--no-publish", "job", "running", cwd=project)
    assert "in the user's spool" not in result.stdout and result.stderr == ""
    assert len(list(world.spool(project).glob("*.event"))) == 1


def test_a_repository_that_is_named_needs_no_sign(world):
    project = world.directory / "project"
    world.run("git", "init", "-q", project)
    world.report(project, "job", "running")
    assert len(list(world.spool(project).glob("*.event"))) == 1


@pytest.mark.parametrize("why", ["spool in the way", "no repository", "named and not there"])
def test_what_waits_in_the_users_spool_is_not_called_published(world, why):
    world.make_remote()
    clone, nowhere = world.clone("a"), world.directory / "nowhere"
    nowhere.mkdir()
    named = [] if why == "no repository" else ["-C", clone]
    if why == "spool in the way":
        (clone / ".git/signalbox").write_text("in the way")
    elif why == "named and not there":
        shutil.rmtree(clone)
    result = world.signalbox("report", *named, "job", "running", "--wait", "--strict", cwd=nowhere,
                             check=False)
    assert result.returncode == 75
    assert "in the user's spool" in result.stdout
    assert "published" not in result.stdout.splitlines() and "not published" in result.stderr
    lenient = world.signalbox("report", *named, "job", "running", "--wait", cwd=nowhere)
    assert "published" not in lenient.stdout.splitlines()


def test_a_report_that_comes_home_at_once_is_waited_for(world):
    world.make_remote()
    clone = world.clone("a")
    spool = world.spool(clone)
    spool.parent.mkdir(parents=True)
    result = world.run("strace", "-qq", "-f", "-o", "/dev/null", "-P", spool, "-e", "trace=mkdir",
                       "-e", "inject=mkdir:error=EIO:when=1", PROGRAM, "report", "-C", clone, "job",
                       "running", "--wait", "--strict")
    assert "in the user's spool" in result.stdout and "published" in result.stdout.splitlines()
    world.assert_published_once(ID.search(result.stdout).group())


def test_a_tilde_in_the_users_config_is_the_home_directory(world):
    world.make_remote()
    clone, here = world.clone("home/monitor"), world.clone("here")
    config = world.directory / "home/.config/signalbox"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('repository = "~/monitor"\n')
    result = world.signalbox("report", "--no-publish", "job", "running", cwd=here)
    assert result.stderr == "" and "in the user's spool" not in result.stdout
    assert (world.waiting(clone), world.waiting(here)) == (1, 0)
