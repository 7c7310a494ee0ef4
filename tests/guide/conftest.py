import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from guide_site import Site  # noqa: E402


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)
