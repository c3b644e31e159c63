"""`weft pip install` of wheels that lie in a directory, large enough to be begun with early."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.wheels import make_wheel, wrong_crc

NAMES = ("anvil", "bellows", "chisel")


@pytest.fixture
def directory(weft: Weft) -> str:
    """Wheels of more than a megabyte, each of which needs the one before."""
    place = weft.root / "large"
    for number, name in enumerate(NAMES):
        files = {f"{name}/__init__.py": b"", f"{name}/data.bin": os.urandom(1_500_000)}
        make_wheel(place, name, "1.0", files=files, requires=NAMES[:number][-1:])
    return str(place)


def left_over(weft: Weft) -> list[Path]:
    return [*(weft.cache / "staging-v1").glob("*")]


def test_all_are_installed(weft: Weft, directory: str) -> None:
    weft.venv()
    done = weft.ok("pip", "install", "--no-index", "--find-links", directory, "chisel")
    assert done.lines == [
        "Resolved 3 packages in T",
        "Prepared 3 packages in T",
        "Installed 3 packages in T",
        *(f" + {name}==1.0" for name in NAMES),
    ]
    assert not left_over(weft)
    weft.venv("other")
    again = weft.ok(
        "pip", "install", "--no-index", "--find-links", directory, "--python", "other", "chisel"
    )
    assert not any("Prepared" in line for line in again.lines)


def test_a_resolution_that_fails_late_leaves_nothing_half_done(weft: Weft, directory: str) -> None:
    make_wheel(directory, "zeal", "1.0", requires=["chisel", "anvil>2"])
    weft.venv()
    done = weft("pip", "install", "--no-index", "--find-links", directory, "chisel", "zeal")
    assert done.code == 1
    assert "No solution found" in done.err
    assert not left_over(weft)


def test_a_broken_one_among_them_is_named_and_nothing_is_installed(
    weft: Weft, directory: str
) -> None:
    wrong_crc(directory)
    weft.venv()
    done = weft("pip", "install", "--no-index", "--find-links", directory, "chisel", "demo")
    assert done.code != 0
    assert "`demo/__init__.py` has a bad CRC" in done.err
    assert not left_over(weft)
    assert not [*weft.site_packages().glob("*.dist-info")]
