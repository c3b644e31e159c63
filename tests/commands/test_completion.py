"""Tab in the real shells, and what weft answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import SOURCE, Weft
from tests.support.shells import Shell
from weft.cli.entry import write_script

PROJECT = """\
[project]
name = "harbour"
version = "1"
requires-python = ">=3.11"
dependencies = ["rope>=2", "anchor"]

[project.optional-dependencies]
lights = ["lamp"]

[dependency-groups]
docking = ["fender"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine with weft and weftx on the path and a project in its working directory."""
    root = tmp_path_factory.mktemp("shells")
    for name in ("bin", "work", "home", "work/papers"):
        (root / name).mkdir()
    for name in ("weft", "weftx"):
        write_script(
            str(root / "bin" / name), python=sys.executable, source=str(SOURCE), packages="/-"
        )
    (root / "work" / "pyproject.toml").write_text(PROJECT)
    (root / "work" / "cargo.txt").write_text("")
    (root / "work" / "two words.txt").write_text("")
    for name in ("zebra", "zeppelin-parts"):
        (root / "cache" / "simple-v1" / "pypi" / name).mkdir(parents=True)
    (root / "data" / "weft" / "tools" / "telescope").mkdir(parents=True)
    return root


@pytest.fixture(scope="module")
def environ(place: Path) -> dict[str, str]:
    return {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "HOME": str(place / "home"),
        "XDG_DATA_HOME": str(place / "data"),
        "WEFT_CACHE_DIR": str(place / "cache"),
        "LANG": "C.UTF-8",
    }


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(
    request: pytest.FixtureRequest, place: Path, environ: dict[str, str]
) -> Iterator[Shell]:
    shell = Shell(request.param, bin=place / "bin", cwd=place / "work", environ=environ)
    yield shell
    shell.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("weft syn", "weft sync"),
        ("weft pip unin", "weft pip uninstall"),
        ("weft generate-shell-completion pow", "weft generate-shell-completion powershell"),
        ("weft help cache pru", "weft help cache prune"),
        ("weft sync --no-defa", "weft sync --no-default-groups"),
        ("weft --offli", "weft --offline"),
        ("weft sync --link-mode hard", "weft sync --link-mode hardlink"),
        ("weft sync --link-mode=hard", "weft sync --link-mode=hardlink"),
        ("weft sync -qp 3.12 --resolution lowest-d", "weft sync -qp 3.12 --resolution lowest-direct"),
        ("weft sync --extra li", "weft sync --extra lights"),
        ("weft sync --group=do", "weft sync --group=docking"),
        ("weft remove an", "weft remove anchor"),
        ("weft add zep", "weft add zeppelin-parts"),
        ("weft pip install -r car", "weft pip install -r cargo.txt"),
        ("weft pip install --requirements=car", "weft pip install --requirements=cargo.txt"),
        ("weft --directory pap", "weft --directory papers/"),
        ("weft run python3 car", "weft run python3 cargo.txt"),
        ("weftx zep", "weftx zeppelin-parts"),
        ("weftx teles", "weftx telescope"),
        ("weftx --link-mode hard", "weftx --link-mode hardlink"),
    ],
)  # fmt: skip
def test_tab_writes_the_rest(shell: Shell, line: str, words: str) -> None:
    assert shell.completed(line) == words.split()


def test_a_path_with_a_blank_is_quoted_by_the_shell(shell: Shell) -> None:
    assert shell.completed("weft pip install -r two") == [
        *"weft pip install -r".split(),
        "two words.txt",
    ]


def test_what_makes_no_sense_is_left_as_it_is(shell: Shell) -> None:
    assert shell.completed("weft sync --nonsense-opt") == "weft sync --nonsense-opt".split()
