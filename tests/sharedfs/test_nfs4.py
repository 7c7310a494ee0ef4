"""The stories on NFS 4.2, through two kernels of their own."""

import pytest
from nfs_lab import NfsLab
from stories import *  # noqa: F401, F403


@pytest.fixture(scope="module")
def lab(make_lab):
    return make_lab(NfsLab)


@pytest.fixture
def mount():
    return "/mnt/shared"
