"""The stories on NFS 4.2 and 3, through two kernels of their own."""

import pytest
from nfs_lab import NfsLab
from stories import *  # noqa: F401, F403


@pytest.fixture(scope="module")
def lab(make_lab):
    return make_lab(NfsLab)


@pytest.fixture(params=["/mnt/shared", "/mnt/shared3"], ids=["nfs4", "nfs3"])
def mount(request):
    return request.param
