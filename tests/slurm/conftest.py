import os
import pathlib
import sys

import pytest

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "support")]

from cluster import Cluster, missing  # noqa: E402
from harness import PROGRAM, World  # noqa: E402


@pytest.fixture(scope="module")
def make_cluster(tmp_path_factory):
    """Starts a private cluster that ends with the module. Where the machine cannot have one the
    tests are skipped; in continuous integration that is an error."""
    clusters = []

    def make(**options):
        if reason := missing():
            assert os.environ.get("CI") != "true", reason
            pytest.skip(reason)
        cluster = Cluster(tmp_path_factory.mktemp("slurm") / "lab", **options)
        clusters.append(cluster)
        cluster.start()
        return cluster

    yield make
    for cluster in clusters:
        cluster.stop()


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.make_remote()
    world.monitor = world.clone("monitor")
    world.environment["SIGNALBOX_REPO"] = str(world.monitor)
    world.environment["PATH"] = f"{os.path.dirname(PROGRAM)}:{world.environment['PATH']}"
    return world


def enter(world, cluster):
    """Commands of this world find the cluster, and its jobs the monitor."""
    for name in ("SLURM_CONF", "PATH"):
        world.environment[name] = cluster.environment[name]
    world.environment["PATH"] = f"{os.path.dirname(PROGRAM)}:{world.environment['PATH']}"
    for name in ("SIGNALBOX_REPO", "PATH", "HOME", "XDG_STATE_HOME", "GIT_CONFIG_NOSYSTEM"):
        cluster.environment[name] = world.environment[name]
    return cluster
