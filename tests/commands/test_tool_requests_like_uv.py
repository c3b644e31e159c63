"""Requests for tools that cannot be met, next to uv: what is said and by whom it was asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tool_twins import UV, ToolTwins, tool


@pytest.fixture
def twins(tmp_path: Path) -> ToolTwins:
    """The tool `bell` is installed by each of them; there is no index."""
    links = tmp_path / "links"
    links.mkdir()
    tool(links, "bell", "1.0", "bell")
    found = ToolTwins(tmp_path, "http://127.0.0.1:9/simple", tmp_path / "caches")
    found.said("tool", "install", "bell", "--no-index", "--find-links", str(links))
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("--with", "./missing", "bell"),
        ("--with", "./missing.whl", "bell"),
        ("--with", "./missing-1.0.whl", "bell"),
        ("bell@missing",),
        ("./missing",),
        ("missing.whl",),
    ],
)
def test_an_installed_tool_does_not_hide_who_asked(twins: ToolTwins, words: tuple[str]) -> None:
    assert "Failed to resolve" in twins.said("tool", "run", *words).err


@pytest.mark.parametrize("path", ["./missing.whl", "missing-1.0.whl", "./missing-1.0-py3.whl"])
def test_a_name_that_no_wheel_has_is_told_before_the_wheel_is_missed(
    twins: ToolTwins, path: str
) -> None:
    assert f"filename `{Path(path).name}` is invalid" in twins.said("tool", "install", path).err
    where = ("--target", "there")
    assert "is invalid" in twins.said("pip", "install", *where, path).err
    twins.said("pip", "install", *where, f"missing @ {path}")


@pytest.mark.parametrize("words", [("--frm", "bell"), ("--offlin",), ("--refresh=1",), ("-Z",)])
def test_a_program_of_its_own_shows_its_whole_usage(twins: ToolTwins, words: tuple[str]) -> None:
    code = "from weft.cli.main import run_tool; run_tool()"
    told = []
    for name, program in (
        ("uv", [str(UV.with_name("uvx"))]),
        ("weft", [sys.executable, "-c", code]),
    ):
        done = subprocess.run(
            [*program, *words],
            env=twins.environ(name),
            capture_output=True,
            text=True,
            timeout=60,
        )
        told.append((done.returncode, done.stderr.replace("uvx", "weftx")))
    assert told[0] == told[1]
    assert "Usage: weftx [OPTIONS] [COMMAND]\n" in told[0][1]
