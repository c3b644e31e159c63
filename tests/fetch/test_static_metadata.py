"""Which source trees are believed without asking a back end, and what they say."""

from __future__ import annotations

import os
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from pyproject_hooks import BuildBackendHookCaller, quiet_subprocess_runner

from tests.support.backends import make_project
from weft.core.metadata import Metadata
from weft.fetch.static_metadata import read_static
from weft.fetch.unpacking import unpack_source

PROJECT = '[project]\nname = "Demo.Pkg"\nversion = "1.0"\n'
DEPENDENCIES = 'dependencies = ["other>=1"]\n'


def write(tree: Path, **files: str) -> Path:
    tree.mkdir(exist_ok=True)
    for name, text in files.items():
        (tree / {"pyproject": "pyproject.toml", "info": "PKG-INFO"}[name]).write_text(text)
    return tree


def info(version: str = "2.2", *fields: str, name: str = "Demo.Pkg", release: str = "1.0") -> str:
    head = (f"Metadata-Version: {version}", f"Name: {name}", f"Version: {release}")
    return "\n".join((*head, "Requires-Dist: other>=1", *fields, "", "Text."))


def read(tree: Path, *, packaged: bool = True) -> Metadata | None:
    return read_static(str(tree), name="demo-pkg", version=None, packaged=packaged)


@pytest.mark.parametrize("version", ["2.2", "2.3", "2.4", "2.10"])
def test_package_information_of_today_is_believed(version: str, tmp_path: Path) -> None:
    text = info(version, "Requires-Python: >=3.8", "Provides-Extra: X", "Dynamic: Description")
    found = read(write(tmp_path, info=text))
    assert found is not None
    assert (found.name, found.version, found.requires_python) == ("Demo.Pkg", "1.0", ">=3.8")
    assert [str(each) for each in found.requirements] == ["other>=1"]
    assert found.provides_extra == ("x",)


@pytest.mark.parametrize(
    "text",
    [
        info("1.2"), info("2.1"), info("3.0"), info("2"), info("2.x"), info(""), "garbage", "",
        info("2.2", "Dynamic: Requires-Dist"), info("2.2", "Dynamic: requires-python"),
        info("2.2", "Dynamic: Provides-Extra"), info("2.2", "Dynamic: Version"),
        info("2.2", "Dynamic: Name"), info("2.2", "Requires-Dist: other>>1"),
        info(name="another"), info(release="not-a-version"),
    ],
)  # fmt: skip
def test_package_information_that_may_be_wrong_is_not(text: str, tmp_path: Path) -> None:
    assert read(write(tmp_path, info=text)) is None


def test_only_source_distributions_have_package_information(tmp_path: Path) -> None:
    """In a checkout it is what somebody made there some day."""
    tree = write(tmp_path, info=info())
    assert read(tree) is not None
    assert read(tree, packaged=False) is None
    write(tree, info=info("2.2", "Requires-Dist: stale"), pyproject=PROJECT + DEPENDENCIES)
    found = read(tree, packaged=False)
    assert found is not None and found.requires_dist == ("other>=1",)


def test_a_project_table_without_dynamic_parts_is_believed(tmp_path: Path) -> None:
    text = (
        PROJECT
        + 'requires-python = ">=3.9"\ndynamic = ["readme", "scripts"]\n'
        + "dependencies = [\"other>=1 ; os_name == 'nt'\", 'direct @ https://x.invalid/d-1.zip']\n"
        + "[project.optional-dependencies]\n"
        + "Fast_Mode = [\"quick[c] ; os_name == 'a' or os_name == 'b'\", \"plain\"]\nempty = []\n"
        + '[tool.poetry]\nname = "x"\n'
    )
    found = read(write(tmp_path, pyproject=text))
    assert found is not None
    assert (found.version, found.requires_python) == ("1.0", ">=3.9")
    assert found.provides_extra == ("fast-mode", "empty")
    given = [Requirement(each) for each in found.requires_dist]
    assert given == [
        Requirement("other>=1 ; os_name == 'nt'"),
        Requirement("direct @ https://x.invalid/d-1.zip"),
        Requirement("quick[c] ; (os_name == 'a' or os_name == 'b') and extra == 'fast-mode'"),
        Requirement("plain ; extra == 'fast-mode'"),
    ]
    assert [Requirement(str(each)) for each in found.requirements] == given


@pytest.mark.parametrize(
    "text",
    [
        "", "[project]\n", "[[[", '[project]\nname = "Demo.Pkg"\n',
        '[project]\nname = "Demo.Pkg"\ndynamic = ["version"]\n',
        PROJECT + 'dynamic = ["dependencies"]\n',
        PROJECT + 'dynamic = ["optional-dependencies"]\n',
        PROJECT + 'dynamic = ["requires-python"]\n',
        PROJECT + 'dynamic = "dependencies"\n',
        PROJECT + 'dependencies = ["other>>1"]\n',
        PROJECT + 'dependencies = ["local @ {root:uri}/x y"]\n[project.optional-dependencies]\nx=1',
        PROJECT + 'requires-python = "x"\n',
        PROJECT + '[project.optional-dependencies]\nx = ["other>>1"]\n',
        PROJECT + '[tool.poetry.dependencies]\nother = "^1"\n',
        PROJECT.replace("1.0", "one"), PROJECT.replace('"1.0"', "1.0"),
        PROJECT.replace("Demo.Pkg", "another"), PROJECT.replace("Demo.Pkg", "-"),
        '[build-system]\nrequires = ["x"]\n',
    ],
)  # fmt: skip
def test_a_project_table_that_leaves_something_open_is_not(text: str, tmp_path: Path) -> None:
    assert read(write(tmp_path, pyproject=text)) is None


def test_text_that_is_no_utf_8_is_for_the_back_end_to_judge(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(PROJECT.encode() + b"# \xff\n")
    assert read(tmp_path) is None


def test_an_egg_info_is_never_believed(tmp_path: Path) -> None:
    (tmp_path / "demo_pkg.egg-info").mkdir()
    (tmp_path / "demo_pkg.egg-info/PKG-INFO").write_text(info())
    (tmp_path / "demo_pkg.egg-info/requires.txt").write_text("other>=1\n")
    assert read(tmp_path) is None


def test_a_contradiction_is_for_the_back_end_to_tell(tmp_path: Path) -> None:
    tree = write(tmp_path, info=info(), pyproject=PROJECT.replace("1.0", "2.0"))
    for version, expected in (("1.0", "1.0"), ("1", "1.0"), ("2.0", "2.0"), ("3.0", None)):
        found = read_static(str(tree), name="demo-pkg", version=version)
        assert (found.version if found else None) == expected
    assert read_static(str(tree), name="another", version=None) is None
    assert read_static(str(tree), name=None, version=None) is not None


@pytest.mark.parametrize(
    "backend", ["setuptools", "hatchling", "flit_core", "poetry-core", "pdm-backend", "uv_build"]
)
def test_what_is_believed_is_what_real_back_ends_say(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project table, the packed PKG-INFO and the METADATA of a wheel are of one mind."""
    commands = os.path.dirname(sys.executable)  # that of uv_build is there
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    tree = make_project(
        tmp_path / "tree",
        backend,
        requires=['other>=1 ; os_name == "nt" or os_name == "x"', "plain[a,b]>=2.0"],
        extras={"fast": ['quick ; sys_platform == "linux"'], "more": ["much>1,<3"]},
        requires_python=">=3.9",
    )
    with open(os.path.join(tree, "pyproject.toml"), "rb") as file:
        table = tomllib.load(file)["build-system"]
    caller = BuildBackendHookCaller(
        tree, table["build-backend"], table.get("backend-path"), runner=quiet_subprocess_runner
    )
    archive = caller.build_sdist(str(tmp_path))
    wheel = caller.build_wheel(str(tmp_path))
    packed = unpack_source(str(tmp_path / archive), str(tmp_path / "out"), filename=archive)
    with zipfile.ZipFile(tmp_path / wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        built = Metadata.parse(file.read(name))
    from_project = read_static(tree, name="demo", version=None, packaged=False)
    from_archive = read_static(packed, name="demo", version="1.0")
    for found in (from_project, from_archive):
        assert found is not None
        assert said(found) == said(built)


def said(metadata: Metadata) -> tuple[object, ...]:
    """What a resolution hears, whatever the spelling."""
    requires = sorted(str(Requirement(_folded(text))) for text in metadata.requires_dist)
    python = str(SpecifierSet(metadata.requires_python or ""))
    return (
        metadata.normalized_name,
        metadata.version,
        python,
        set(metadata.provides_extra),
        requires,
    )


def _folded(text: str) -> str:
    """Back ends put brackets round markers, or leave them out."""
    requirement = Requirement(text)
    requirement.marker = None
    rest = text.partition(";")[2].replace("(", "").replace(")", "")
    terms = sorted(" ".join(term.split()) for term in rest.replace('"', "'").split(" and "))
    return f"{requirement} ; {' and '.join(terms)}" if rest else str(requirement)
