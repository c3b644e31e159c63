"""Project commands answer as uv does where nothing else asks about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.projects_beside_uv import fill, locked
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

_PROJECT = (
    '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.10"\n'
    'dependencies = ["lantern", "oil"]\n'
    '[project.optional-dependencies]\nplot = ["cotton"]\nmore = ["egg"]\n'
    '[dependency-groups]\ndev = ["sand"]\n'
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    make_wheel(wheels, "future", "1.0", requires_python=">=3.99")
    make_wheel(wheels, "mixed-name", "1.0")
    rest = "-1.0-py3-none-any.whl"
    (wheels / f"mixed_name{rest}").rename(wheels / f"Mixed.Name{rest}")
    with IndexServer(wheels, format="json") as server:
        yield server.url


@pytest.fixture
def twins(tmp_path: Path, index: str) -> Twins:
    twins = Twins(tmp_path, index)
    twins.write("pyproject.toml", _PROJECT)
    return locked(twins)


@pytest.mark.parametrize("words", ["remove oil", "version --bump minor"])
def test_files_are_as_they_were_when_the_installation_fails(words: str, twins: Twins) -> None:
    build = '[build-system]\nrequires = ["no-such-backend"]\nbuild-backend = "x"\n'
    twins.write("pyproject.toml", _PROJECT + build)
    locked(twins)
    before = twins.files("weft")
    for name in ("uv", "weft"):
        done = twins.outcome(name, *words.split())
        assert done.code == 1
        assert done.files == before


def test_regions_of_a_lock_are_kept_in_order_of_python(twins: Twins) -> None:
    words = ("cotton ; python_version >= '3.12'", "wick ; sys_platform == 'win32'")
    twins.same("add", "--no-sync", *words)
    twins.same("lock", "--upgrade-package", "oil")


@pytest.mark.parametrize("strategy", ["fewest", "requires-python"])
def test_environments_are_solved_in_order_of_python(strategy: str, twins: Twins) -> None:
    environments = (
        "python_version >= '3.13'",
        "python_version < '3.11' and sys_platform == 'linux'",
        "python_version < '3.11' and sys_platform == 'win32'",
        "python_version >= '3.11' and python_version < '3.13'",
    )
    twins.write(
        "pyproject.toml",
        f"{_PROJECT}[tool.uv]\nenvironments = {list(environments)!r}\n"
        f'fork-strategy = "{strategy}"\n',
    )
    twins.same("lock")


def test_what_the_root_says_does_not_reach_over_another_project(twins: Twins) -> None:
    member = (
        '[project]\nname = "{0}"\nversion = "1"\nrequires-python = ">=3.10"\n'
        'dependencies = ["demo"]\n[tool.uv]\npackage = false\n'
    )
    twins.write(
        "pyproject.toml",
        f'{_PROJECT}[tool.uv.workspace]\nmembers = ["a", "a/*", "c/b"]\n'
        "[tool.uv.sources]\ndemo = {workspace = true}\n",
    )
    for path, name in (("a", "aye"), ("a/b", "bee"), ("c/b", "cee")):
        twins.write(f"{path}/pyproject.toml", member.format(name))
    files = twins.same("lock").files
    assert files["uv.lock"].count(b'requires-dist = [{ name = "demo" }]') == 1
    for path in ("a", "a/b", "c/b"):
        twins.same("workspace", "dir", cwd=path)
    twins.write("c/pyproject.toml", "[tool.ruff]\n")
    twins.same("lock")
    twins.same("workspace", "dir", cwd="c/b")


_DEFAULTS = ('["dev"]', "[]", '"all"', '["zed", "dev"]', '["zed", "zed"]')


@pytest.mark.parametrize("root", [_PROJECT, ""], ids=["project", "workspace"])
def test_the_lock_names_the_default_groups_of_its_members(root: str, twins: Twins) -> None:
    groups = root or "[dependency-groups]\ndev = []\n"
    member = '[project]\nname = "aye"\nversion = "1"\nrequires-python = ">=3.10"\n'
    tail = '[dependency-groups]\nx = ["oil"]\n[tool.uv]\npackage = false\ndefault-groups = ["x"]\n'
    twins.write("a/pyproject.toml", member + tail)
    for told in _DEFAULTS:
        twins.write(
            "pyproject.toml",
            f'{groups}zed = ["wick"]\n[tool.uv]\ndefault-groups = {told}\n'
            '[tool.uv.workspace]\nmembers = ["a"]\n',
        )
        twins.same("lock", "--check")
        twins.same("lock")
        twins.same("lock", "--check")


def test_a_lock_that_is_only_there_is_not_called_right(twins: Twins) -> None:
    for words in ("lock --check-exists", "lock --frozen", "lock --check-exists --quiet"):
        twins.same(*words.split())
    twins.same("lock", UV_FROZEN="1")


@pytest.mark.parametrize("name", ["+@'", "^[x]|y", "é &~", "%20%"])
def test_directories_have_uvs_urls(name: str, twins: Twins) -> None:
    for place in twins.places.values():
        (place / name).mkdir()
        (place / name / "pyproject.toml").write_text(
            '[project]\nname = "tree"\nversion = "1"\n[tool.uv]\npackage = true\n'
        )
    done = twins.same("add", "--frozen", f"./{name}/none")
    assert "Distribution not found at: file://<work>/" in done.err


def test_exported_wheels_have_the_normal_name_of_their_project(twins: Twins) -> None:
    twins.same("add", "--no-sync", "mixed-name")
    theirs, ours = (
        twins.outcome(each, "export", "--format", "pylock.toml") for each in twins.places
    )
    assert 'name = "mixed_name-1.0-py3-none-any.whl", url' in ours.out
    assert theirs.out.splitlines()[4:] == ours.out.splitlines()[4:]


def test_a_path_that_ends_upwards_names_no_project(twins: Twins) -> None:
    for place in twins.places.values():
        (place / "pyproject.toml").unlink()
    for path in ("..", "sub/..", "sub/../"):
        assert twins.same("init", path).code == 2
