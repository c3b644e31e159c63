"""What a stranger's checkout, server or directory may hold, and what comes of it."""

from __future__ import annotations

import os

import pytest

from tests.support.commands import Weft


def test_a_version_file_of_any_size_costs_no_time(weft: Weft) -> None:
    (weft.cwd / ".python-version").write_text("3.12\n" * 2_000_000)
    done = weft("python", "find")
    assert done.code == 2
    assert done.err.endswith(".python-version`: it is larger than 65536 bytes\n")


def test_a_warning_about_a_version_file_stays_short(weft: Weft) -> None:
    (weft.cwd / ".python-version").write_text("x" * 60_000)
    done = weft.ok("python", "find")
    assert "warning: Ignoring unsupported Python request `xxx" in done.err
    assert len(done.err) < 2_000


def test_a_project_file_without_end_is_an_error(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").symlink_to("/dev/zero")
    done = weft("python", "find")
    assert done.code == 2
    assert "bug" not in done.err
    assert "pyproject.toml`" in done.err
    assert "File too large (os error 27)" in done.err


def test_a_lock_file_without_end_is_an_error(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1"\n')
    (weft.cwd / "uv.lock").symlink_to("/dev/zero")
    done = weft("lock", "--check")
    assert done.code == 2
    assert "File too large (os error 27)" in done.err


def test_a_relative_home_makes_no_relative_tool(weft: Weft) -> None:
    done = weft.ok("tool", "dir", HOME="here")
    assert done.out == f"{weft.cwd}/here/.local/share/weft/tools\n"
    done = weft.ok("tool", "dir", "--bin", HOME="here")
    assert done.out == f"{weft.cwd}/here/.local/bin\n"


def test_completion_reads_no_project_without_end(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").symlink_to("/dev/zero")
    done = weft.ok("--complete", "bash", "=", "weft", "sync", "--extra")
    assert done.err == ""


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_nothing_is_read_from_what_stands_where_a_download_should(weft: Weft, kind: str) -> None:
    place = weft.cwd / "here" / "oil-4.0-py3-none-any.whl"
    place.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    done = weft("pip", "download", "oil", "--dest", "here")
    assert done.code == 1
    assert done.err.endswith("error: `./here/oil-4.0-py3-none-any.whl` is not a file\n")
