import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from harness import World  # noqa: E402


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture(autouse=True)
def no_network_mounts():
    """A report works in a child while a network file system is mounted (src/os/guarded_step.h), and
    what is traced and killed here is the process that a job starts."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    kinds = {line.split(" - ", 1)[1].split()[0] for line in mounts.splitlines() if " - " in line}
    found = [kind for kind in kinds if kind.startswith(("fuse.", "nfs", "ceph", "lustre", "cifs"))
             or kind == "fuse"]
    if found:
        pytest.skip(f"a network file system is mounted here ({', '.join(sorted(found))})")
