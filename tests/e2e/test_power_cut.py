"""What a power cut takes and keeps in a checkout, made by hand. The simulation (tests/simulation/)
tries every order of it."""


def published_clone(world):
    world.make_remote()
    clone = world.clone("clone")
    world.report(clone, "weather", "running")
    world.signalbox("publish", "-C", clone)
    return clone, clone / "data/status/weather.json"


def test_a_view_that_fell_behind_is_renewed_by_the_next_sync(world):
    clone, view = published_clone(world)
    older = view.read_bytes()
    world.report(clone, "weather", "completed")
    world.signalbox("publish", "-C", clone)
    newer = view.read_bytes()
    view.write_bytes(older)
    assert world.git(clone, "status", "--short", "data")
    world.signalbox("sync", "-C", clone)
    assert view.read_bytes() == newer
    assert not world.git(clone, "status", "--short", "data")


def test_a_view_that_a_person_removed_is_not_brought_back(world):
    clone, view = published_clone(world)
    view.unlink()
    world.signalbox("sync", "-C", clone)
    assert not view.exists()


def test_a_view_that_a_person_edited_stays(world):
    clone, view = published_clone(world)
    edited = view.read_text().replace("running", "gone fishing")
    view.write_text(edited)
    world.signalbox("sync", "-C", clone)
    assert view.read_text() == edited


def test_half_of_the_cached_branch_name_is_not_believed(world):
    clone, _ = published_clone(world)
    world.git(clone, "remote", "set-head", "origin", "--delete")
    (clone / ".git/signalbox/branch").write_text("origin\nm")
    event = world.report(clone, "weather", "completed")
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(event)
    assert world.git(world.remote, "branch", "--format", "%(refname:short)") == "main"


def test_a_killed_step_that_is_finished_late_is_not_taken_off_the_branch_again(world):
    """Without a remote: the next publisher has built upon the old tip when it finds the step."""
    clone = world.directory / "alone"
    world.signalbox("init", clone)
    world.git(clone, "add", "-A")
    world.git(clone, "commit", "-qm", "Set up")
    head = world.git(clone, "rev-parse", "HEAD")
    step = world.git(clone, "commit-tree", "-p", head, "-m", "A killed publisher's", f"{head}^{{tree}}")
    (clone / ".git/signalbox-fast-forward").write_text(f"{head} {step}\n")
    event = world.report(clone, "weather", "running")
    world.signalbox("publish", "-C", clone)
    assert world.published(clone)[event] == 1
    world.git(clone, "merge-base", "--is-ancestor", step, "HEAD")
    assert world.git(clone, "status", "--porcelain") == ""
