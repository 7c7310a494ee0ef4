"""What a race leaves: a page, a kept world, and on somebody's remote nothing, however it ends."""

import html.parser
import signal

import pytest
from harness import wait_until
from racing import processes_of, race, start, wait_for_journals


def test_a_branch_of_a_real_remote_is_used_and_removed_again(world, temporary):
    remote = world.make_remote()
    before = world.git(remote, "for-each-ref")
    objects = world.git(remote, "rev-parse", "main")
    result, said = race(world, "--remote", f"file://{remote}", "--writers", "4", "--updates", "10",
                        "--fault-every", "0.5", env={"GIT_CONFIG_COUNT": "0"})
    assert result.returncode == 0, result.stderr
    assert said["verdict"] == "proven" and said["lost"] == 0
    assert not {"hang", "reject"} & set(said["faults"])
    assert world.git(remote, "for-each-ref") == before
    assert world.git(remote, "rev-parse", "main") == objects
    assert not list(temporary.iterdir())


def test_a_world_that_is_kept_leaves_no_branch_on_the_remote_either(world, temporary):
    remote = world.make_remote()
    before = world.git(remote, "for-each-ref")
    process = start(world, "--remote", f"file://{remote}", "--duration", "300", "--keep")
    wait_for_journals(temporary, 3)
    assert world.git(remote, "for-each-ref") != before
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert list(temporary.iterdir())
    assert world.git(remote, "for-each-ref") == before


def test_branches_that_cannot_be_removed_are_named(world, temporary):
    remote = world.make_remote()
    process = start(world, "--remote", f"file://{remote}", "--duration", "300")
    wait_for_journals(temporary, 3)
    remote.rename(remote.with_name("away.git"))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    said = said.decode() if isinstance(said, bytes) else said
    assert "may still be at the remote" in said and "--delete signalbox-race/" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_process_no_directory_and_no_branch(world, temporary, number):
    remote = world.make_remote()
    before = world.git(remote, "for-each-ref")
    process = start(world, "--remote", f"file://{remote}", "--duration", "300")
    wait_for_journals(temporary, 3)
    assert world.git(remote, "for-each-ref") != before
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == -number
    assert not list(temporary.iterdir())
    assert not processes_of(temporary)
    assert world.git(remote, "for-each-ref") == before


def test_a_race_that_is_killed_cleans_up_all_the_same(world, temporary):
    process = start(world, "--duration", "300")
    wait_for_journals(temporary, 3)
    process.kill()
    process.communicate(timeout=120)
    wait_until(lambda: not list(temporary.iterdir()), "the world is gone")
    wait_until(lambda: not processes_of(temporary), "the processes are gone")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.classes, self.links, self.tags = [], set(), [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.classes |= {value for key, value in attributes if key == "class"}
        self.links += [value for key, value in attributes if key in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_has_the_timeline_and_needs_nothing_else(world, temporary):
    path = world.directory / "race.html"
    race(world, "--report", path, "--updates", "15", "--fault-every", "0.5")
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert not page.open, "every element is closed"
    assert {"writer", "lock", "sync", "commit", "fault"} <= page.classes
    assert "script" not in page.tags and not page.links
    text = path.read_text(encoding="utf-8")
    assert "http" not in text and "prefers-color-scheme: dark" in text
    assert "Proven" in text


def test_a_kept_world_can_be_verified_again(world, temporary):
    result, _ = race(world, "--writers", "2", "--updates", "5", "--faults", "none", "--keep")
    place = result.stderr.split("kept: ")[1].strip()
    world.signalbox("verify", "--journal", f"{place}/journal", f"{place}/remote.git")
