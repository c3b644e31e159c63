"""Lowest versions for what is installed, and files of variables that are not wanted, next to uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tool_twins import ToolTwins, tools


@pytest.fixture
def twins(tmp_path: Path) -> ToolTwins:
    links = tmp_path / "links"
    links.mkdir()
    tools(links)
    found = ToolTwins(tmp_path, "http://127.0.0.1:9/simple", tmp_path / "caches")
    for place in found.places.values():
        (place / "work" / "uv.toml").write_text(
            f'no-index = true\nfind-links = ["{links}"]\nlink-mode = "copy"\n'
        )
    return found


CONFIG = {"UV_CONFIG_FILE": "uv.toml"}


def test_a_tool_goes_back_to_the_lowest_versions_that_it_is_to_have(twins: ToolTwins) -> None:
    twins.same("tool", "install", "tower", **CONFIG)
    twins.same("tool", "install", "tower", "--resolution", "lowest-direct", **CONFIG)
    done = twins.same("tool", "upgrade", "tower", **CONFIG)
    assert "Updated tower v2.0 -> v1.0\n" in done.err
    assert "The direct dependency `tower` is unpinned" in done.err
    assert "Updated" in twins.same("tool", "upgrade", "tower", "--resolution=highest", **CONFIG).err


@pytest.mark.parametrize("resolution", ["lowest", "lowest-direct"])
def test_an_upgrade_of_an_environment_goes_back_too(twins: ToolTwins, resolution: str) -> None:
    twins.said("venv", "-q")
    twins.said("pip", "install", "-q", "tower", "rope", **CONFIG)
    words = ("pip", "install", "-U", "tower", "--resolution", resolution)
    told = {}
    for name in ("weft", "uv"):
        lines = twins.run(name, *words, **CONFIG).err.splitlines()
        # Of what others need, weft warns where versions are written down.
        told[name] = [line for line in lines if "The transitive dependency" not in line]
    assert told["weft"] == told["uv"]
    assert " + tower==1.0" in told["weft"]
    assert (" + rope==1.0" in told["weft"]) == (resolution == "lowest")


def test_warns_of_a_tool_without_a_lower_bound(twins: ToolTwins) -> None:
    words = ("tool", "run", "--resolution", "lowest", "--from", "bell", "python", "-c", "")
    assert "`bell` is unpinned" in twins.said(*words, **CONFIG).err
    words = ("run", "--no-project", "--resolution", "lowest", "--with", "bell", "python", "-c", "")
    assert "`bell` is unpinned" in twins.said(*words, **CONFIG).err


@pytest.mark.parametrize("command", [("run", "--no-project"), ("tool", "run")])
def test_a_variable_can_forbid_files_of_variables(
    twins: ToolTwins, command: tuple[str, ...]
) -> None:
    for place in twins.places.values():
        (place / "work" / "a.env").write_text("BELL=ding\n")
    show = ("python", "-c", "import os; print(os.environ.get('BELL'))")
    for words in ((), ("--env-file", "a.env")):
        done = twins.said(*command, *words, *show, UV_ENV_FILE="a.env", UV_NO_ENV_FILE="1")
        assert done.out == "None\n"
    assert twins.said(*command, *show, UV_ENV_FILE="a.env").out == "ding\n"
