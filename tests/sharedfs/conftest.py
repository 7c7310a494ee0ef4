import os
import pathlib
import sys

import pytest

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here.parent / "support")]

from hosts import PackagesMissing, Unavailable  # noqa: E402
from share import SharedWorld  # noqa: E402


@pytest.fixture(scope="module")
def make_lab(tmp_path_factory):
    """Starts a lab that ends with the module. Where the machine cannot have one the tests are
    skipped; packages that could be there are, in continuous integration, an error."""
    labs = []

    def make(kind, *arguments):
        try:
            lab = kind(tmp_path_factory.mktemp("lab") / "lab", *arguments)
        except Unavailable as reason:
            pytest.skip(str(reason))
        except PackagesMissing as reason:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(reason))
        labs.append(lab)
        lab.remotes = lab.network.directory / "remotes"
        lab.remotes.mkdir()
        lab.network.serve_git(lab.remotes)
        return lab

    yield make
    for lab in labs:
        lab.close()


@pytest.fixture
def world(lab, mount, tmp_path):
    return SharedWorld(tmp_path, lab, mount)
