"""The stories on GlusterFS, through two FUSE clients."""

import pytest
from gluster_lab import GlusterLab
from stories import *  # noqa: F401, F403


@pytest.fixture(scope="module", params=[False, True], ids=["uncached", "cached"])
def lab(make_lab, request):
    return make_lab(GlusterLab, request.param)


@pytest.fixture
def mount():
    return "/mnt/shared"
