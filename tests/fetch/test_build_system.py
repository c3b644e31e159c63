"""What `pyproject.toml` says about builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from weft.fetch.build_system import (
    LEGACY_BACKEND,
    BadBuildSystem,
    NotAProject,
    parse_build_system,
    read_build_system,
)


def test_a_tree_without_both_files_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NotAProject) as caught:
        read_build_system(str(tmp_path))
    assert caught.value.message == (
        f"`{tmp_path}` does not appear to be a Python project, as neither `pyproject.toml` nor "
        "`setup.py` are present in the directory"
    )
    with pytest.raises(NotAProject, match=r"^`demo==1\.0` does not"):
        read_build_system(str(tmp_path), shown="demo==1.0")


def test_a_setup_py_alone_means_setuptools(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    system = read_build_system(str(tmp_path))
    assert (system.requires, system.backend) == (("setuptools >= 40.8.0",), LEGACY_BACKEND)
    assert not system.declared
    assert system.is_setuptools


def test_without_the_table_defaults_hold_but_the_project_is_known() -> None:
    system = parse_build_system(b'[project]\nname = "demo"\ndynamic = ["version"]\n')
    assert (system.backend, system.declared) == (LEGACY_BACKEND, False)
    assert (system.name, system.version, system.dynamic) == ("demo", "", ("version",))


def test_requires_without_a_back_end_keep_the_requires() -> None:
    system = parse_build_system(b'[build-system]\nrequires = ["setuptools", "cython>=3"]\n')
    assert system.requires == ("setuptools", "cython>=3")
    assert (system.backend, system.declared) == (LEGACY_BACKEND, True)


def test_everything_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own:main"\nbackend-path = ["tools"]\n'
    )
    system = read_build_system(str(tmp_path))
    assert (system.backend, system.backend_path) == ("own:main", ("tools",))
    assert system.requires == ()
    assert not system.is_setuptools


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("build-system = 3", "line 1, column 16", "expected a table"),
        ('[build-system]\nbuild-backend = "x"', "line 1, column 1", "missing field `requires`"),
        ('[build-system]\nrequires = "x"', "line 2, column 12", "expected a sequence of strings"),
        ("[build-system]\nrequires = [1]", "line 2, column 12", "expected a sequence of strings"),
        ('[build-system]\nrequires = ["not a req!"]', "line 2, column 12", "Expected one of"),
        ("[build-system]\nrequires = []\nbuild-backend = 3", "line 3", "expected a string"),
        ("[build-system]\nrequires = []\nbackend-path = 3", "line 3", "expected a sequence"),
    ],
)
def test_what_makes_no_sense_is_pointed_at(text: str, place: str, reason: str) -> None:
    with pytest.raises(BadBuildSystem) as caught:
        parse_build_system(text.encode())
    assert caught.value.message.startswith("`pyproject.toml` does not match the required schema.")
    assert place in str(caught.value.__cause__)
    assert reason in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[build-system", "Invalid `pyproject.toml`"),
        (b"name = '\xff'", "Invalid `pyproject.toml`: it is not UTF-8 (byte 8)"),
    ],
)
def test_what_is_no_toml_is_said_so(data: bytes, message: str) -> None:
    with pytest.raises(BadBuildSystem) as caught:
        parse_build_system(data)
    assert caught.value.message == message


@pytest.mark.parametrize("entry", ["../outside", "missing", "link", "{absolute}"])
def test_a_back_end_comes_from_inside_the_tree(tmp_path: Path, entry: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "outside").mkdir()
    (tree / "link").symlink_to(tmp_path / "outside")
    entry = entry.format(absolute=tree)
    (tree / "pyproject.toml").write_text(
        f'[build-system]\nrequires = []\nbuild-backend = "x"\nbackend-path = ["{entry}"]\n'
    )
    with pytest.raises(BadBuildSystem, match=r"^`backend-path` entry"):
        read_build_system(str(tree))
