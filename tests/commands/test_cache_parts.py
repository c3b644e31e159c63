"""`weft cache dir, size, prune` and `clean` of a cache that lies on several file systems."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Weft
from tests.support.mounts import Mounter, mounts

__all__ = ["mounts"]
pytestmark = pytest.mark.mounts


@pytest.fixture
def memory(mounts: Mounter) -> Path:
    return mounts.tmpfs("memory")


@pytest.fixture
def parted(weft: Weft, memory: Path, mounts: Mounter) -> Weft:
    """A cache whose home is on ext4, with a part on tmpfs and one on xfs that is not mounted."""
    weft.environ["WEFT_CACHE_DIR"] = str(mounts.ext4("home-disk") / "cache")
    other = mounts.xfs("other")
    for place in (memory, other):
        weft.ok("venv", "-q", str(place / "env"))
        weft.ok("pip", "install", "-q", "lantern", VIRTUAL_ENV=str(place / "env"))
    mounts.unmount(other)
    return weft


def home(weft: Weft) -> str:
    return weft.environ["WEFT_CACHE_DIR"]


def absent(weft: Weft, memory: Path) -> str:
    other = memory.parent / "other"
    return (
        f"Left out `{other}/.weft-cache`, a part of the cache whose file system is not mounted "
        f"at `{other}`"
    )


def blocks(path: Path) -> int:
    """What `du` says of a directory, its own blocks left out."""
    done = subprocess.run(["du", "-s", "-B1", str(path)], capture_output=True, text=True)
    return int(done.stdout.split()[0]) - path.stat().st_blocks * 512


def test_dir_is_one_line_unless_all_are_asked_for(parted: Weft, memory: Path) -> None:
    plain = parted.ok("cache", "dir")
    assert (plain.out, plain.err) == (f"{home(parted)}\n", "")
    every = parted.ok("cache", "dir", "--members")
    assert every.out.splitlines() == [home(parted), f"{memory}/.weft-cache"]
    assert every.lines == [absent(parted, memory)]
    report: dict[str, Any] = json.loads(parted.ok("cache", "dir", "--output-format", "json").out)
    assert report["path"] == home(parted)
    assert [(row["state"], row["fstype"]) for row in report["members"]] == [
        ("home", "ext4"),
        ("mounted", "tmpfs"),
        ("absent", "xfs"),
    ]


def test_size_adds_up_the_blocks_of_all_parts(parted: Weft, memory: Path) -> None:
    report = json.loads(parted.ok("cache", "size", "--output-format", "json").out)
    expected = [blocks(Path(home(parted))), blocks(memory / ".weft-cache")]
    assert [row["bytes"] for row in report["members"]] == [*expected, None]
    assert report["bytes"] == sum(report["buckets"].values()) == sum(expected)
    plain = parted.ok("cache", "size")
    assert (plain.out, plain.lines) == (f"{sum(expected)}\n", [absent(parted, memory)])


def test_prune_and_clean_reach_all_parts_and_name_the_absent(parted: Weft, memory: Path) -> None:
    own = memory / ".weft-cache"
    stray = own / "entries-v0"
    stray.mkdir()
    (stray / "x").write_text("x")
    pruned = parted.ok("cache", "prune")
    assert pruned.lines[-2:] == ["Removed 1 file (4.0KiB)", absent(parted, memory)]
    assert (own / "entries-v1").is_dir()
    cleaned = parted.ok("cache", "clean")
    assert cleaned.lines[-1] == absent(parted, memory)
    assert not (own / "entries-v1").exists()
    assert parted.ok("cache", "clean").code == 0


def test_symbolic_links_hold_the_cache_until_they_are_files(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "-q", "lantern", "--link-mode", "symlink")
    refused = weft("cache", "clean")
    assert refused.code == 1
    assert str(weft.cwd / ".venv") in refused.err
    assert "hint: Run `weft cache clean --materialize`" in refused.err
    assert weft.python(".venv", "import lantern; lantern.main()") == "light"
    weft.ok("cache", "clean", "--materialize")
    assert weft.python(".venv", "import lantern; lantern.main()") == "light"
    site = weft.site_packages()
    assert not [path for path in site.rglob("*") if path.is_symlink()]
