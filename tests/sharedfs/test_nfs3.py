"""On NFS 3, where a server keeps the locks of a dead client: the stories in which that matters."""

import pytest
from nfs_lab import NfsLab
from stories import (  # noqa: F401
    test_a_host_cut_off_in_the_middle_of_a_push_is_passed_by_and_catches_up_when_it_is_back,
    test_a_host_that_loses_its_power_in_the_middle_of_a_push_blocks_nobody,
    test_two_hosts_report_and_publish_at_once_and_every_report_is_published_once)


@pytest.fixture(scope="module")
def lab(make_lab):
    return make_lab(NfsLab)


@pytest.fixture
def mount():
    return "/mnt/shared3"
