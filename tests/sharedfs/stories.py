"""What two hosts that share a clone may do to each other, on every shared file system alike."""


def test_two_hosts_report_and_publish_at_once_and_every_report_is_published_once(world):
    running = [client.report_often(15) for client in world.clients]
    syncs = [client.sync(check=False) for client in world.clients]
    acknowledged = [event for job in running for event in job.finish().acknowledged()]
    assert len(acknowledged) == 30
    assert all(result.returncode in (0, 75) for result in syncs)
    world.assert_nothing_is_lost(acknowledged)
