"""What two hosts that share a clone may do to each other, on every shared file system alike.

Each test is run by the modules that name a lab. The ledger of what was acknowledged is what the
reports printed, kept by the test, outside of the share.
"""

from harness import PROGRAM, wait_until


def test_two_hosts_report_and_publish_at_once_and_every_report_is_published_once(world):
    running = [client.report_often(12) for client in world.clients]
    syncs = [client.sync(check=False) for client in world.clients]
    acknowledged = [event for job in running for event in job.finish().acknowledged()]
    assert len(acknowledged) == 24
    assert {result.returncode for result in syncs} <= {0, 75}
    world.assert_nothing_is_lost(acknowledged)


def test_a_host_frozen_in_the_middle_of_a_push_is_passed_by_and_harms_nothing_when_it_goes_on(world):
    frozen, other = world.clients
    acknowledged = [frozen.report(frozen.clone, "frozen", "running")]
    publish = world.publish_and_stop_in_the_middle(frozen)
    acknowledged += frozen.report_often(3).finish().acknowledged()
    frozen.host.freeze()
    try:
        world.let_the_push_land()
        acknowledged.append(other.report(other.clone, "other", "running"))
        world.let_the_age_limit_pass(other)
        other.sync()
        world.assert_published_once(*acknowledged)
    finally:
        frozen.host.thaw()
    publish.finish()
    acknowledged.append(frozen.report(frozen.clone, "frozen", "completed"))
    world.assert_nothing_is_lost(acknowledged)


def test_a_host_that_loses_its_power_in_the_middle_of_a_push_blocks_nobody(world):
    dead, other = world.clients
    acknowledged = [dead.report(dead.clone, "dead", "running")]
    world.publish_and_stop_in_the_middle(dead)
    acknowledged += dead.report_often(3).finish().acknowledged()
    dead.host.power_off()
    try:
        world.let_the_push_land()
        acknowledged.append(other.report(other.clone, "other", "running"))
        world.let_the_age_limit_pass(other)
        other.sync()
        world.assert_published_once(*acknowledged)
    finally:
        dead.host.boot()
    acknowledged.append(dead.report(dead.clone, "dead", "failed"))
    world.assert_nothing_is_lost(acknowledged)


def test_a_host_that_loses_its_power_while_it_reports_loses_nothing_that_was_recorded(world):
    dead, other = world.clients
    reports = dead.report_often(1000)
    wait_until(lambda: len(reports.acknowledged()) >= 5, "some reports are recorded")
    dead.host.power_off()
    try:
        acknowledged = reports.finish().acknowledged()
        world.let_the_age_limit_pass(other)
        acknowledged += other.report_often(3).finish().acknowledged()
        other.sync()
        world.assert_published_once(*acknowledged)
    finally:
        dead.host.boot()
    world.assert_nothing_is_lost(acknowledged)


def test_a_host_cut_off_in_the_middle_of_a_push_is_passed_by_and_catches_up_when_it_is_back(world):
    away, other = world.clients
    acknowledged = [away.report(away.clone, "away", "running")]
    publish = world.publish_and_stop_in_the_middle(away)
    away.host.cut()
    try:
        during = away.report_often(2, "during")
        world.let_the_push_land()
        acknowledged.append(other.report(other.clone, "other", "running"))
        world.let_the_age_limit_pass(other)
        other.sync()
        world.assert_published_once(*acknowledged)
        # Callers never wait for a file system: the reports are on the host's own disk.
        acknowledged += during.finish().acknowledged()
        assert len(acknowledged) == 4
    finally:
        away.host.join()
    away.wait_for_the_share()
    publish.finish()
    acknowledged.append(away.report(away.clone, "away", "completed"))
    world.assert_nothing_is_lost(acknowledged)


def test_a_report_carries_over_what_the_other_host_has_just_said_of_a_job_unknown_before(world):
    one, other = world.clients
    status = one.signalbox("status", "-C", one.clone, "new_job", check=False)
    assert "new_job" not in status.stdout
    one.run("ls", one.clone / "data/status/new_job.json", check=False)
    first = other.report(other.clone, "new_job", "running", "0", "40", "half-way")
    last = one.report(one.clone, "new_job", "running")
    world.assert_nothing_is_lost([first, last])
    assert world.view("new_job")["progress"] == 40


def test_a_report_of_the_other_host_is_published_at_once(world):
    one, other = world.clients
    one.sync()  # has looked at the spool
    event = other.report(other.clone, "job", "completed")
    one.signalbox("publish", "-C", one.clone)
    world.assert_published_once(event)


def test_a_report_that_waits_sees_soon_that_the_other_host_published_it(world):
    one, other = world.clients
    # No git for its own publisher: only the other host can publish. NFS may show a name for half a
    # minute after it is gone.
    report = one.start("env", "PATH=/nowhere", PROGRAM, "report", "-C", one.clone, "--wait=15",
                       "--strict", "job", "completed")
    wait_until(report.acknowledged, "the report is recorded")
    other.sync()
    assert report.finish().lines[-1] == "published\n"
    world.assert_nothing_is_lost(report.acknowledged())


def test_readers_see_whole_views_while_the_other_host_replaces_them(world):
    reader, writer = world.clients
    writer.report(writer.clone, "job", "running", "0", "0")
    reports = writer.report_often(15, "job")
    seen = []
    while not reports.has_finished():
        seen += reader.status(reader.clone)["jobs"]
    assert seen
    assert {job["status"] for job in seen} == {"running"}
    world.assert_nothing_is_lost(reports.finish().acknowledged())


def test_what_the_other_host_has_just_published_is_found_where_nothing_was_before(world):
    one, other = world.clients
    one.sync()
    objects = one.clone / ".git/objects"
    names = [objects / f"{number:02x}" for number in range(256)]
    one.run("ls", "-d", *names, check=False)  # NFS remembers which of them do not exist
    event = other.report(other.clone, "job", "completed")
    other.sync()
    # A cache may show the branch as it was for a second, but never half of what it is now.
    wait_until(lambda: [job["status"] for job in one.status(one.clone)["jobs"]] == ["completed"],
               "the other host sees it")
    history = one.signalbox("history", "-C", one.clone, "job", "--json").stdout
    assert event in history
    world.assert_nothing_is_lost([event])


def test_silly_renames_of_nfs_are_nobodys_report(world):
    one, other = world.clients
    event = one.report(one.clone, "job", "running")
    spool = one.clone / ".git/signalbox/spool"
    name = ".nfs000000000001a2b300000001"
    one.run("cp", spool / f"{event}.event", spool / name)
    one.run("cp", one.clone / "data/status/job.json", one.clone / "data/status" / name)
    other.sync()
    found = other.run("ls", "-A", spool, other.clone / "data/status").stdout.split()
    assert found.count(name) == 2
    assert one.status(one.clone)["clone"]["waiting"] == 0
    assert [job["job_name"] for job in one.status(one.clone)["jobs"]] == ["job"]
    one.run("rm", spool / name, one.clone / "data/status" / name)
    world.assert_nothing_is_lost([event])
