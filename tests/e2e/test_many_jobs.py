"""A publish of many jobs at once."""


def objects_of(world, clone):
    """Loose objects and packs of a clone."""
    counts = dict(line.split(": ") for line in
                  world.git(clone, "count-objects", "-v").splitlines())
    return int(counts["count"]), int(counts["packs"])


def reports_of(world, clone, jobs, status):
    return [world.report(clone, f"job_{number}", status) for number in range(jobs)]


def test_the_objects_of_many_jobs_are_one_pack_and_those_of_few_stay_loose(world):
    world.make_remote()
    clone = world.clone("clone")
    loose, packs = objects_of(world, clone)
    many = reports_of(world, clone, 150, "running")
    world.signalbox("publish", "-C", clone)
    assert objects_of(world, clone) == (loose, packs + 1)
    few = reports_of(world, clone, 3, "completed")
    world.signalbox("publish", "-C", clone)
    later, as_before = objects_of(world, clone)
    assert later > loose and as_before == packs + 1
    world.assert_published_once(*many, *few)
    assert world.view("job_2")["status"] == "completed"
    assert world.view("job_149")["status"] == "running"
    assert world.git(clone, "status", "--porcelain") == ""
    world.git(clone, "fsck", "--strict")
    world.git(world.remote, "fsck", "--strict")


def test_a_commit_that_lost_the_race_is_built_again_from_what_is_there(world):
    world.make_remote()
    clone, other = world.clone("clone"), world.clone("other")
    events = reports_of(world, clone, 150, "running")
    world.report(other, "theirs", "running")
    world.signalbox("publish", "-C", other)
    # The remote has moved on without the clone's knowledge.
    world.signalbox("publish", "-C", clone)
    world.assert_published_once(*events)
    world.git(clone, "fsck", "--strict")
