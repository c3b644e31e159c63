"""The examples of the Python API page, each as a program of its own, and what it says of names."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import weft
from tests.commands.conftest import fill
from tests.docs.pages import DOCS, blocks
from tests.support.commands import Weft
from tests.support.index_server import IndexServer

PAGE = "reference/api.md"
EXAMPLES = blocks(PAGE, "python")
_PROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["lantern==1.0"]
[project.optional-dependencies]
glass = ["mirror<2"]
"""


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(tmp_path: Path, number: int) -> None:
    fill(tmp_path / "wheels")
    with IndexServer(tmp_path / "wheels") as index:
        machine = Weft(tmp_path, index.url)
        (machine.cwd / "shop").mkdir()
        (machine.cwd / "shop" / "pyproject.toml").write_text(_PROJECT)
        (machine.cwd / "example.py").write_text(EXAMPLES[number])
        done = subprocess.run(
            [sys.executable, "example.py"], cwd=machine.cwd, env=machine.environ, timeout=60,
            capture_output=True, text=True,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_names_everything_that_is_public() -> None:
    text = (DOCS / PAGE).read_text()
    missing = [name for name in weft.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == ["__version__"]


def test_the_signatures_of_the_page_are_those_of_the_functions() -> None:
    text = (DOCS / PAGE).read_text()
    shown = dict(re.findall(r"^- `(\w+)\((.*?)\) -> ", text, re.MULTILINE))
    functions = {name for name in weft.__all__ if inspect.isfunction(getattr(weft, name))}
    assert shown.keys() == functions
    for name, parameters in shown.items():
        real = []
        keywords = False
        for each in inspect.signature(getattr(weft, name)).parameters.values():
            if each.kind is each.KEYWORD_ONLY and not keywords:
                keywords = True
                real.append("*")
            default = "" if each.default is each.empty else f"={each.default!r}".replace("'", '"')
            real.append(each.name + ("=…" if each.name == "config" else default))
        assert parameters == ", ".join(real), name
