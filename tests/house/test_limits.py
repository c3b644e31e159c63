"""Files and functions stay small, rooms stay documented, and the registry is named once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from weft.core.defaults import DEFAULT_INDEX

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "weft").rglob("*.py"))
FILE_LINES = 400
FUNCTION_LINES = 60
SLOW_IMPORTS = {
    "argparse", "asyncio", "collections", "concurrent", "dataclasses", "email", "enum",
    "functools", "hashlib", "http", "importlib.metadata", "json", "logging", "os", "packaging",
    "pathlib", "re", "rich", "shutil", "ssl", "subprocess", "tempfile", "threading", "tomllib",
    "truststore", "typing", "urllib", "urllib3", "zipfile",
}  # fmt: skip
# The host of the default index, and those of its files, which are spelled nowhere either.
REGISTRY_HOSTS = (DEFAULT_INDEX.split("/")[2], "python" + "hosted", "pypi." + "python")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_source_file_keeps_the_rules_of_the_house(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= FILE_LINES, "split the file by noun"
    assert ast.get_docstring(tree), "open the module with what it owns and what it refuses"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"`{node.name}` has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_importing_a_module_loads_nothing_slow(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        slow = {module for module in modules if SLOW_IMPORTS & {module, module.split(".")[0]}}
        assert not slow, f"import {slow} inside the function that needs it"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_os_comes_from_where_it_costs_nothing(path: Path) -> None:
    """Inside functions as well: one of them would load it for the whole command."""
    if path.parts[-2:] == ("system", "lean.py"):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            names = {module or "", *(alias.name for alias in node.names if not module)}
            assert not names & {"os", "os.path"}, "`from weft.system.lean import os`"


def test_the_registry_is_named_in_one_constant_only() -> None:
    tracked = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    naming = [
        name_of(path)
        for path in tracked
        if any(host in path.read_text() for host in REGISTRY_HOSTS)
    ]
    assert naming == ["src/weft/core/defaults.py"]
