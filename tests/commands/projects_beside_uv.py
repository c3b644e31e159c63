"""Projects of many shapes, locked by uv, for what weft makes of locks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.backends import backend_wheels
from tests.support.beside_uv import Twins
from tests.support.sdists import Entry, make_archive
from tests.support.wheels import make_wheel


def fill(wheels: Path) -> None:
    """Packages with extras, markers, cycles, several files and a source distribution."""
    make_wheel(
        wheels, "lantern", "1.0",
        requires=["wick>=1", "oil>=2,<4", "wick[soft]; sys_platform=='linux'"],
        extras={"bright": ["mirror"], "loop": ["lantern[bright]"]},
    )  # fmt: skip
    for version in ("1.0", "1.5", "2.0"):
        make_wheel(wheels, "wick", version, extras={"soft": ["cotton ; python_version>='3.10'"]})
    for version in ("1.0", "2.0", "3.0", "4.0"):
        make_wheel(wheels, "oil", version)
    make_wheel(wheels, "cotton", "1.0")
    make_wheel(wheels, "mirror", "1.0", requires=["glass; sys_platform == 'win32'"])
    make_wheel(wheels, "glass", "1.0", requires=["sand"])
    make_wheel(wheels, "sand", "1.0", requires=["glass"])
    make_wheel(wheels, "chick", "1.0", requires=["egg"])
    make_wheel(wheels, "egg", "1.0", requires=["chick", "oil"])
    for tag in ("cp311-cp311-win_amd64", "cp312-cp312-manylinux_2_17_x86_64"):
        make_wheel(wheels, "native", "1.0", tag=tag)
    head = b"Metadata-Version: 2.2\nName: native\nVersion: 1.0\n"
    make_archive(wheels, files=[Entry("native-1.0/PKG-INFO", head)], filename="native-1.0.tar.gz")
    backend_wheels(wheels, "flit_core")


_BUILD = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'


def _member(name: str, dependencies: str, more: str = "", build: str = _BUILD) -> str:
    return (
        f'[project]\nname = "{name}"\nversion = "2.0"\nrequires-python = ">=3.9"\n'
        f"dependencies = [{dependencies}]\n{more}{build}"
    )


def workspace(twins: Twins) -> None:
    """A root and three members, with sources, extras, groups and a wheel by its path."""
    twins.write(
        "pyproject.toml",
        _member(
            "top",
            '"lantern[bright]", "mirror", "wick[soft]<2 ; python_version < \'3.12\'", '
            '"wick>=2 ; python_version >= \'3.12\'", "local-dir", "native", "bee"',
            '[project.optional-dependencies]\nx = ["chick"]\ny = ["egg[zz]"]\n'
            '[dependency-groups]\ndev = ["cotton", {include-group = "more"}]\nmore = ["glass"]\n'
            '[tool.uv.workspace]\nmembers = ["a", "b", "c"]\n[tool.uv.sources]\n'
            'bee = {workspace = true}\nlocal-dir = {path = "local-dir"}\n',
            "",
        ),
    )
    twins.write(
        "a/pyproject.toml",
        _member(
            "aye",
            '"bee", "wick[soft]"',
            '[project.optional-dependencies]\nx = ["oil"]\n[dependency-groups]\ndev = ["sand"]\n'
            "[tool.uv.sources]\nbee = {workspace = true}\n",
        ),
    )
    twins.write("b/pyproject.toml", _member("bee", '"oil<3"'))
    source = '[tool.uv.sources]\nwhl = {path = "../whl-1.0-py3-none-any.whl"}\n'
    twins.write("c/pyproject.toml", _member("cee", '"whl"', source, ""))
    twins.write("local-dir/pyproject.toml", _member("local-dir", ""))
    for place in twins.places.values():
        make_wheel(place, "whl", "1.0")


def conflicting(twins: Twins) -> None:
    """Extras and groups that exclude each other."""
    twins.write(
        "pyproject.toml",
        _member(
            "cf",
            '"sand"',
            "[project.optional-dependencies]\n"
            'cpu = ["wick==1.0", "oil<3; sys_platform==\'linux\'"]\ngpu = ["wick==2.0"]\n'
            '[dependency-groups]\nx = ["lantern", "oil==2.0"]\ny = ["oil==1.0"]\n[tool.uv]\n'
            'conflicts = [[{extra="cpu"},{extra="gpu"}],[{group="x"},{group="y"},{extra="gpu"}]]\n',
            "",
        ),
    )


def unnamed_root(twins: Twins) -> None:
    """A workspace whose root is no project and has groups."""
    twins.write(
        "pyproject.toml",
        '[tool.uv.workspace]\nmembers = ["a"]\n[dependency-groups]\n'
        'dev = ["oil", "wick[soft]<2"]\nx = ["cotton"]\n',
    )
    groups = '[dependency-groups]\nx = ["lantern"]\n'
    twins.write("a/pyproject.toml", _member("aye", '"sand"', groups, ""))


def limited(twins: Twins) -> None:
    """Some platforms only, a directory of files as an index, an archive by its path."""
    twins.write(
        "pyproject.toml",
        _member(
            "fl",
            '"oil", "native", "glass ; sys_platform == \'win32\'", '
            "\"wick[soft] ; python_version < '3.11' or sys_platform == 'darwin'\"",
            "[tool.uv]\nenvironments = [\"sys_platform == 'linux'\", \"sys_platform == 'win32'\"]\n"
            '[[tool.uv.index]]\nname = "links"\nurl = "links"\nformat = "flat"\n'
            '[tool.uv.sources]\noil = {index = "links"}\n'
            'native = {path = "vendored/native-1.0.tar.gz"}\n',
            "",
        ),
    )
    head = b"Metadata-Version: 2.2\nName: native\nVersion: 1.0\n"
    for place in twins.places.values():
        make_wheel(place / "links", "oil", "1.0")
        make_archive(
            place / "vendored",
            files=[Entry("native-1.0/PKG-INFO", head)],
            filename="native-1.0.tar.gz",
        )


def locked(twins: Twins) -> Twins:
    """The same with a lock that uv wrote, on both."""
    done = twins.run_one("uv", "lock", "-q")
    assert done.code == 0, done.err
    there = twins.places["uv"]
    text = (there / "uv.lock").read_text()
    for place in twins.places.values():
        (place / "uv.lock").write_text(text.replace(str(there), str(place)))
    return twins


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory, index: str) -> Twins:
    twins = Twins(tmp_path_factory.mktemp("top"), index)
    workspace(twins)
    return locked(twins)


@pytest.fixture(scope="module")
def clash(tmp_path_factory: pytest.TempPathFactory, index: str) -> Twins:
    twins = Twins(tmp_path_factory.mktemp("clash"), index)
    conflicting(twins)
    return locked(twins)


@pytest.fixture(scope="module")
def unnamed(tmp_path_factory: pytest.TempPathFactory, index: str) -> Twins:
    twins = Twins(tmp_path_factory.mktemp("unnamed"), index)
    unnamed_root(twins)
    return locked(twins)
