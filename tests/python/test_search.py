"""Which paths may be an interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.conftest import script
from weft.python.discovery import World
from weft.python.request import ANY, PythonRequest
from weft.python.search import every, executable_names
from weft.store.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "bin"
    for name in (
        "python",
        "python3",
        "python3.9",
        "python3.12",
        "python3.13t",
        "pypy3.10",
        "pypy3",
    ):
        script(path / name, "exit 0")
    (path / "python3.8").write_text("cannot run")
    (path / "python3.7").mkdir()
    (path / "python3.6").symlink_to("nowhere")
    script(path / "python3.12-config", "exit 0")
    return path


def names(home: Path, store: Store, request: PythonRequest, path: str = "") -> list[str]:
    environ = {"PATH": path or str(home), "HOME": str(home.parent)}
    world = World(environ, str(home.parent), store)
    return [Path(each.path).name for each in every(request, world)]


def test_all_names_that_can_run(home: Path, store: Store) -> None:
    assert names(home, store, ANY) == [
        "python", "python3", "pypy3", "python3.13t", "python3.12", "python3.9", "pypy3.10",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.12", ["python3.12", "python3", "python"]),
        ("3.13t", ["python3.13t", "python3", "python"]),
        (">=3.9", ["python3", "python", "python3.13t", "python3.12", "python3.9"]),
        ("pypy@3.10", ["pypy3.10", "pypy3", "python3", "python"]),
        ("pypy3.10", ["pypy3.10", "pypy3", "python3", "python"]),
        ("python3.9-config", []),
        ("no-such-name", []),
    ],
)
def test_names_of_a_request(home: Path, store: Store, text: str, expected: list[str]) -> None:
    assert names(home, store, PythonRequest.parse(text)) == expected


def test_a_directory_counts_once_and_one_that_is_missing_never(home: Path, store: Store) -> None:
    (home.parent / "again").symlink_to(home)
    path = f"again::{home}:/nowhere:bin"
    assert names(home, store, PythonRequest.parse("3.9"), path) == [
        "python3.9",
        "python3",
        "python",
    ]


def test_a_path_is_the_interpreter_there(home: Path, store: Store) -> None:
    world = World({"PATH": ""}, str(home.parent), store)
    for text, found in (("./bin/python3", "./bin/python3"), (".", "./bin/python")):
        request = PythonRequest.parse(text, cwd=str(home.parent))
        assert [each.shown for each in every(request, world)] == [found]
    assert every(PythonRequest.parse("./missing", cwd=str(home.parent)), world) == []


def test_the_least_specific_name_comes_first_where_no_version_is_asked_for() -> None:
    for text in ("cpython", "any", "default", "cpython-any-linux"):
        assert executable_names(PythonRequest.parse(text))[:2] == ("python", "python3")
    assert executable_names(PythonRequest.parse("3"))[:2] == ("python3", "python")
