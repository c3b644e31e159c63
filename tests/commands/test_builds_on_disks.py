"""Builds where cache, project, environment and temporary directory lie on different disks.

The tests named after issues of another tool (their numbers are of its public tracker) replay what
somebody did there and check what weft does.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels, make_project
from tests.support.commands import Weft
from tests.support.mounts import Mounter

pytestmark = pytest.mark.mounts

# A back end that tells about its own environment.
TELLING = """
import json
def build_editable(directory, config_settings=None, metadata_directory=None):
    import oil
    found = os.stat(oil.__file__)
    facts = {"links": found.st_nlink, "device": found.st_dev, "place": oil.__file__,
             "temporary": os.environ["TMPDIR"]}
    return write_wheel(directory, files=[("sample_facts.json", json.dumps(facts)),
                                         ("sample.pth", os.getcwd())])
"""


@pytest.fixture
def disks(weft: Weft, wheels: Path, mounts: Mounter) -> dict[str, Path]:
    """The cache on ext4, projects on xfs, temporary files on tmpfs."""
    backend_wheels(wheels, "setuptools")
    found = {
        "cache": mounts.ext4("cache"),
        "projects": mounts.xfs("projects"),
        "temporary": mounts.tmpfs("temporary"),
    }
    weft.environ["WEFT_CACHE_DIR"] = str(found["cache"] / "weft")
    weft.environ["TMPDIR"] = str(found["temporary"])
    weft.cache = found["cache"] / "weft"
    return found


def environment(weft: Weft, place: Path) -> Path:
    weft.venv(str(place))
    return next(place.glob("lib/python3*/site-packages"))


@pytest.mark.parametrize("mode", ["auto", "hardlink"])
def test_issue_1444_a_build_needs_no_link_across_disks(
    weft: Weft, disks: dict[str, Path], mode: str
) -> None:
    """There: "failed to hardlink file … Cross-device link (os error 18)", and no installation."""
    tree = Path(make_project(disks["projects"] / "sample", "in-tree", "sample",
                             build_requires=["oil"], code=TELLING))  # fmt: skip
    site = environment(weft, tree / ".venv")
    done = weft.ok("pip", "install", "--link-mode", mode, "-e", ".", cwd=tree)
    assert "warning" not in done.err
    facts = json.loads((site / "sample_facts.json").read_text())
    assert facts["device"] == os.stat(tree).st_dev, "the build environment is on the same disk"
    if mode == "hardlink":
        assert facts["links"] > 1, "and its files are those of the store there"
    assert facts["temporary"] == str(disks["temporary"])
    assert not Path(facts["place"]).exists(), "what a build needed goes when it is done"
    staging = [path for disk in disks.values() for path in disk.glob("**/staging-v1/*")]
    assert not staging


def test_issue_1444_with_setuptools_twice(weft: Weft, disks: dict[str, Path]) -> None:
    tree = Path(make_project(disks["projects"] / "sample", "setuptools", "sample"))
    environment(weft, tree / ".venv")
    for _ in range(2):
        done = weft.ok("pip", "install", "-e", ".", cwd=tree)
        assert "warning" not in done.err
        assert done.lines[-1].endswith(f"sample==1.0 (from file://{tree})")


def test_issue_10051_what_is_cached_of_an_editable_project(
    weft: Weft, disks: dict[str, Path]
) -> None:
    """There: "Failed to clone files" on `pip install -e .`, and: why is the cache involved?

    The wheel that leads to the project is what is cached. The project is not copied anywhere, and
    every way of linking that the help names works.
    """
    tree = Path(make_project(disks["projects"] / "sample", "hatchling", "sample"))
    (tree / "src" / "sample" / "big.bin").write_bytes(os.urandom(3_000_000))
    help_text = weft.ok("help", "pip", "install").out
    for mode in ("auto", "clone", "copy", "hardlink", "symlink"):
        assert mode in help_text
        where = tree.parent / f"environment-{mode}"
        site = environment(weft, where)
        done = weft.ok("pip", "install", "--python", str(where), "--link-mode", mode, "-e", ".",
                       cwd=tree)  # fmt: skip
        assert "warning" not in done.err
        pth = [path.read_text() for path in site.glob("*.pth")]
        assert pth == [f"{tree}/src"] or pth == [f"{tree}/src\n"], pth
    kept = [*weft.cache.glob("entries-v1/**/*"), *disks["projects"].glob(".weft-cache/**/*")]
    assert kept
    assert not [path for path in kept if path.name == "big.bin"]
    assert "What the cache keeps is that small wheel" in " ".join(help_text.split())
