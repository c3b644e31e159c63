"""The reference pages say what the table says."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def pages() -> dict[str, Callable[[], str]]:
    """The pages that the tool writes, by name."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    made: dict[str, Callable[[], str]] = tool.PAGES
    return made


@pytest.mark.parametrize(("name", "page"), pages().items(), ids=pages())
def test_the_page_is_what_the_table_says(name: str, page: Callable[[], str]) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text()
    assert written == page(), "run `python tools/reference.py`"


def test_every_schema_is_of_a_command() -> None:
    directory = ROOT / "docs" / "reference" / "schemas"
    known = {name.removeprefix("schemas/") for name in pages() if name.startswith("schemas/")}
    assert {path.name for path in directory.iterdir()} == known
