"""A command that has nothing to do ends early, and never wrongly."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer

CHECKED = ["Checked 1 package in T"]


@pytest.fixture
def settled(weft: Weft) -> Weft:
    """An environment that was checked twice, after a pause: the verdict is remembered."""
    weft.venv()
    weft.ok("pip", "install", "lantern")
    time.sleep(0.2)
    for _ in range(2):
        assert weft.ok("pip", "install", "lantern").lines == CHECKED
    assert list((weft.cache / "installed-v1").glob("verdict-*"))
    return weft


def dist_info(weft: Weft, name: str) -> Path:
    return next(weft.site_packages().glob(f"{name}-*.dist-info"))


def unseal(path: Path, text: str) -> None:
    path.chmod(0o644)
    path.write_text(text)


def edit_metadata(weft: Weft) -> None:
    path = dist_info(weft, "lantern") / "METADATA"
    unseal(path, path.read_text().replace("oil>=2,<4", "oil>=4,<9"))


CHANGES: dict[str, Callable[[Weft], object]] = {
    "a requirement in METADATA": edit_metadata,
    "METADATA is gone": lambda weft: (dist_info(weft, "wick") / "METADATA").unlink(),
    "the dist-info is gone": lambda weft: shutil.rmtree(dist_info(weft, "wick")),
    "RECORD is gone": lambda weft: [
        (dist_info(weft, "oil") / name).unlink() for name in ("RECORD", "INSTALLER")
    ],
    "another version": lambda weft: os.rename(
        dist_info(weft, "oil"), weft.site_packages() / "oil-9.0.dist-info"
    ),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_in_the_environment_is_noticed(settled: Weft, change: str) -> None:
    CHANGES[change](settled)
    done = settled("pip", "install", "lantern")
    assert done.lines != CHECKED, "the change was overlooked"


def test_an_unmet_version_is_noticed(settled: Weft) -> None:
    assert settled("pip", "install", "lantern==0.9").lines[-2:] == [
        " - lantern==1.0",
        " + lantern==0.9",
    ]


def test_a_settings_file_that_appears_is_noticed(settled: Weft) -> None:
    (settled.cwd / "weft.toml").write_text("reinstall = true\n")
    assert " ~ lantern==1.0" in settled.ok("pip", "install", "lantern").lines


def test_a_variable_that_appears_is_noticed(settled: Weft) -> None:
    done = settled.ok("pip", "install", "lantern", WEFT_REINSTALL="1")
    assert done.lines == CHECKED  # no such variable, but the words were read anew
    bad = settled("pip", "install", "lantern", WEFT_OFFLINE="perhaps")
    assert bad.code == 2


def test_another_environment_has_its_own_verdict(settled: Weft, index: IndexServer) -> None:
    settled.venv("other")
    done = settled.ok("pip", "install", "lantern", VIRTUAL_ENV=str(settled.cwd / "other"))
    assert any(line.startswith("Installed") for line in done.lines)


def test_what_bears_the_time_of_a_moment_ago_is_not_remembered(weft: Weft) -> None:
    """A later change could bear the same time; a time in the future stands for one just now."""
    weft.venv()
    weft.ok("pip", "install", "wick")
    metadata = dist_info(weft, "wick") / "METADATA"
    ahead = time.time_ns() + 3_600_000_000_000
    os.utime(metadata, ns=(ahead, ahead))
    time.sleep(0.2)
    weft.ok("pip", "install", "wick")
    assert not list((weft.cache / "installed-v1").glob("verdict-*"))
    os.utime(metadata)
    time.sleep(0.2)
    weft.ok("pip", "install", "wick")
    assert list((weft.cache / "installed-v1").glob("verdict-*"))


def test_the_warning_of_a_missing_extra_comes_each_time_it_is_resolved(settled: Weft) -> None:
    done = settled.ok("pip", "install", "lantern[bright]")
    assert " + mirror==1.0" in done.lines


def test_a_file_of_constraints_that_a_variable_names_is_read_each_time(settled: Weft) -> None:
    limits = settled.cwd / "limits.txt"
    limits.write_text("lantern<9\n")
    for _ in range(2):
        done = settled.ok("pip", "install", "lantern", WEFT_CONSTRAINT=str(limits))
        assert done.lines == CHECKED
    limits.write_text("lantern<1\n")
    done = settled.ok("pip", "install", "lantern", WEFT_CONSTRAINT=str(limits))
    assert " + lantern==0.9" in done.lines


@pytest.mark.parametrize("setting", ["no-cache = true", 'cache-dir = "mine"'])
def test_nothing_is_written_beside_the_cache_that_is_used(weft: Weft, setting: str) -> None:
    del weft.environ["WEFT_CACHE_DIR"]
    (weft.cwd / "weft.toml").write_text(f"{setting}\n")
    weft.venv()
    weft.ok("pip", "install", "lantern")
    time.sleep(0.2)
    assert weft.ok("pip", "install", "lantern").lines == CHECKED
    assert list(weft.home.rglob("*")) == []


@pytest.mark.parametrize("variable", ["UV_WORKING_DIR", "UV_WORKING_DIRECTORY"])
def test_a_variable_that_leads_to_another_directory_is_followed_from_where_it_is(
    settled: Weft, variable: str
) -> None:
    below = settled.cwd / "below"
    for directory, name in ((below, "lantern"), (below / "below", "wick")):
        directory.mkdir()
        (directory / "wants.txt").write_text(f"{name}\n")
        settled.ok("venv", "-q", cwd=directory)
    time.sleep(0.1)
    words = ("pip", "install", "-r", "wants.txt")
    for _ in range(3):
        settled.ok(*words, **{variable: "below"})
        time.sleep(0.1)
    assert settled.ok(*words, cwd=below, **{variable: "below"}).lines[-1] == " + wick==2.0"
