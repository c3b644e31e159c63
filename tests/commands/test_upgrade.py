"""`weft upgrade`: bounds that allow what is newest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.beside_uv import Outcome, Twins
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.mounts import Mounter
from tests.support.wheels import make_wheel

PROJECT = """# mine
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [
    'cog>=1,<2',  # why
    "oil ~= 1.0",
    "wick==1.0; sys_platform != 'win32'",
    "mirror",
]

[dependency-groups]
dev = ["wick<3"]
"""


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer, wheels: Path, caches: Path) -> Twins:
    for version in ("1.2.3", "2.5.1", "2.5.1.post1", "3.0rc1"):
        make_wheel(wheels, "cog", version)
    return Twins(tmp_path / "twins", index.url, caches)


def project(*requirements: str, more: str = "") -> str:
    listed = ", ".join(f'"{each}"' for each in requirements)
    head = '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
    return f"{head}dependencies = [{listed}]\n{more}"


def same(twins: Twins, *words: str) -> Outcome:
    """Both must do the same; uv is named in its messages."""
    ours, theirs = (twins.outcome(name, *words) for name in ("weft", "uv"))
    told = theirs.err.replace("`uv upgrade`", "`weft upgrade`")
    assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, told)
    assert ours.files == theirs.files
    return ours


@pytest.mark.parametrize(
    "specifiers",
    ["<2", "<1.2.4", "<=1.2", ">=1.2,<1.3", "~=1.2", "==1.2.*", "==1.2.3", "===1.2.3",
     "!=2.5.1,<2", "<2,<1.5", "==1.2.3,<3", ">=1,<2a1", "", ">1", ">=1.0,<3,!=2.0"],
)  # fmt: skip
def test_bounds_rise_as_with_uv(twins: Twins, specifiers: str) -> None:
    twins.write("pyproject.toml", project(f"cog{specifiers}"))
    assert same(twins, "upgrade").code == 0


def test_the_rest_of_the_file_stays_as_it_is(twins: Twins) -> None:
    twins.write("pyproject.toml", PROJECT)
    after = same(twins, "upgrade").files["pyproject.toml"].decode()
    assert "# mine\n" in after
    assert '    "cog>=1,<3",  # why\n' in after
    assert 'dev = ["wick<3"]' in after


@pytest.mark.parametrize(
    "words",
    [["cog"], ["cog", "wick", "--exclude", "wick"], ["--exclude", "cog"], ["nope"],
     ["cog", "--exclude", "cog"], ["Cog==2"]],
    ids=" ".join,
)  # fmt: skip
def test_some_of_the_dependencies_can_be_chosen(twins: Twins, words: list[str]) -> None:
    twins.write("pyproject.toml", PROJECT)
    same(twins, "upgrade", *words)


def test_with_a_lock_it_is_said_what_would_change_in_it(twins: Twins) -> None:
    twins.write("pyproject.toml", project("oil>=1,<2", "wick"))
    twins.same("lock")
    found = same(twins, "upgrade")
    assert "Update oil v1.0 -> v4.0" in found.err
    assert "No version change for wick" in found.err
    assert b'version = "4.0"' not in found.files["uv.lock"]  # it is not touched


@pytest.mark.parametrize(
    "text",
    [project(), project("oil @ file:///nowhere/oil-1.0-py3-none-any.whl"), project("demo[x]"),
     project("oil<2", more='[tool.uv.sources]\noil = { path = "x" }\n'),
     project("nonexistent<2"), "[tool.uv.workspace]\nmembers = []\n"],
    ids=["nothing", "url", "itself", "source", "unknown", "no project"],
)  # fmt: skip
def test_what_cannot_be_upgraded_is_told_like_uv(twins: Twins, text: str) -> None:
    twins.write("pyproject.toml", text)
    found = same(twins, "upgrade")
    assert found.code in (1, 2)
    assert found.files["pyproject.toml"] == text.encode()


def test_without_a_project_there_is_nothing_to_upgrade(weft: Weft) -> None:
    done = weft("upgrade")
    assert done.code == 2
    assert done.lines == ["error: `weft upgrade` requires a project with a `[project]` table"]


def test_what_stands_in_the_way_elsewhere_limits(weft: Weft) -> None:
    more = '[dependency-groups]\ndev = ["oil<3"]\n'
    (weft.cwd / "pyproject.toml").write_text(project("oil==1.0", more=more))
    assert "Updated requirement: `oil==1.0` -> `oil==2.0`" in weft.ok("upgrade").lines


def test_a_bound_that_cannot_be_said_is_an_error(weft: Weft, wheels: Path) -> None:
    make_wheel(wheels, "cog", "1.0", requires_python=">=3.8")
    make_wheel(wheels, "cog", "2.0", requires_python=">=3.13")
    text = project("cog==1.*")
    (weft.cwd / "pyproject.toml").write_text(text)
    done = weft("upgrade")
    assert done.code == 2
    assert (
        "error: Dependency `cog` resolved to versions `1.0`, `2.0` which cannot be represented by "
        "the upgraded requirement; this is not supported yet"
    ) in done.lines
    assert (weft.cwd / "pyproject.toml").read_text() == text


def test_a_dry_run_changes_nothing(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(project("oil<2"))
    done = weft.ok("upgrade", "--dry-run")
    assert done.lines[-1] == "Would update requirement: `oil<2` -> `oil<5`"
    assert (weft.cwd / "pyproject.toml").read_text() == project("oil<2")


@pytest.mark.mounts
def test_a_file_that_cannot_be_written_is_told(weft: Weft, mounts: Mounter) -> None:
    place = mounts.tmpfs("sealed")
    (place / "pyproject.toml").write_text(project("oil<2"))
    mounts.remount(place, "ro")
    done = weft("upgrade", cwd=place)
    assert done.code == 2
    assert f"error: Failed to write `{place}/pyproject.toml`" in done.lines
    assert (
        subprocess.run(["ls", place], capture_output=True, text=True).stdout == "pyproject.toml\n"
    )
