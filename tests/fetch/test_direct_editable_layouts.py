"""Where packages lie, and which projects are left to their back ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fetch.test_direct_editable import SYSTEMS, assert_same, write_tree
from weft.fetch.direct_editable import write_editable

PROJECT = '[project]\nname = "my-demo"\nversion = "1.0"\ndescription = "A demo"\n'
PACKAGE = {"src/my_demo/__init__.py": ""}

LAYOUTS = {
    "hatchling-flat": ("hatchling", "", {"my_demo/__init__.py": ""}),
    "hatchling-module": ("hatchling", "", {"my_demo.py": ""}),
    "hatchling-flat-wins": ("hatchling", "", {"my_demo/__init__.py": "", **PACKAGE}),
    "hatchling-named": (
        "hatchling",
        '[tool.hatch.build.targets.wheel]\npackages = ["src/other"]\n',
        {"src/other/__init__.py": ""},
    ),
    "hatchling-named-flat": (
        "hatchling",
        '[tool.hatch.build.targets.wheel]\npackages = ["other"]\n'
        '[tool.hatch.envs.default]\npython = "3"\n'
        '[tool.hatch.build.targets.sdist]\nexclude = ["docs"]\n',
        {"other/__init__.py": ""},
    ),
    "flit-flat": ("flit", "", {"my_demo/__init__.py": ""}),
    "flit-module": ("flit", "", {"my_demo.py": ""}),
    "flit-src-module": ("flit", "", {"src/my_demo.py": ""}),
    "flit-named": ("flit", '[tool.flit.module]\nname = "other"\n', {"src/other/__init__.py": ""}),
    "uv-flat": (
        "uv",
        '[tool.uv.build-backend]\nmodule-root = ""\n',
        {"my_demo/__init__.py": ""},
    ),
    "uv-named": (
        "uv",
        '[tool.uv]\nmanaged = true\n[tool.uv.build-backend]\nmodule-name = "other"\n',
        {"src/other/__init__.py": ""},
    ),
}


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_packages_are_found_where_the_back_end_finds_them(layout: str, tmp_path: Path) -> None:
    backend, toml, files = LAYOUTS[layout]
    tree = write_tree(tmp_path / "tree", {**files, "pyproject.toml": PROJECT + toml}, backend)
    assert_same(tree, backend)


@pytest.mark.parametrize("backend", sorted(SYSTEMS))
def test_a_project_reached_by_a_link_is_installed_from_where_it_lies(
    backend: str, tmp_path: Path
) -> None:
    write_tree(tmp_path / "tree", {**PACKAGE, "pyproject.toml": PROJECT}, backend)
    (tmp_path / "link").symlink_to("tree")
    assert_same(os.fspath(tmp_path / "link"), backend)


# What is written behind `[project]`, or files with their content.
UNUSUAL: dict[str, tuple[str, dict[str, str]]] = {
    "dynamic fields": ('dynamic = ["dependencies"]\n', {}),
    "an unknown field": ('colour = "red"\n', {}),
    "import names": ('import-names = ["my_demo"]\n', {}),
    "a readme in a directory": ('readme = "docs/README.md"\n', {"docs/README.md": "x"}),
    "a readme that is missing": ('readme = "README.md"\n', {}),
    "a readme of another kind": ('readme = "README"\n', {"README": "x"}),
    "a readme with carriage returns": ('readme = "README.md"\n', {"README.md": "x\r\n"}),
    "a license that is no known identifier": ('license = "mit"\n', {}),
    "a license with an exception": ('license = "MIT WITH x"\n', {}),
    "an incomplete license": ('license = "MIT OR"\n', {}),
    "a license out of a file": ('license = {file = "LICENSE"}\n', {"LICENSE": "x"}),
    "patterns of license files": ('license-files = ["LICEN*"]\n', {"LICENSE": "x"}),
    "a license file that is missing": ('license-files = ["LICENSE"]\n', {}),
    "two licenses": ('license = "MIT"\nclassifiers = ["License :: OSI Approved"]\n', {}),
    "an author with a comma": ('authors = [{name = "Doe, Jo", email = "a@b.c"}]\n', {}),
    "an author without address": ('authors = [{name = "Jo", email = "nowhere"}]\n', {}),
    "an author with a homepage": ('authors = [{name = "Jo", url = "x"}]\n', {}),
    "a classifier of no family": ('classifiers = ["Private :: Do Not Upload"]\n', {}),
    "a dependency by URL": ('dependencies = ["idna @ https://example.org/x.whl"]\n', {}),
    "a marker with `and`": (
        "dependencies = [\"idna; os_name == 'a' and sys_platform == 'b'\"]\n",
        {},
    ),
    "a dependency in parentheses": ('dependencies = ["idna (>=1)"]\n', {}),
    "arbitrary equality": ('dependencies = ["idna===1"]\n', {}),
    "a placeholder": ('dependencies = ["idna{x}"]\n', {}),
    "a dependency that is none": ("dependencies = [1]\n", {}),
    "extras in extras": ('[project.optional-dependencies]\na = ["my-demo[b]"]\nb = []\n', {}),
    "extras of one name": ('[project.optional-dependencies]\na_b = []\na-b = []\n', {}),
    "console scripts as entry points": ('[project.entry-points.console_scripts]\na = "b:c"\n', {}),
    "a script without function": ('[project.scripts]\na = "my_demo"\n', {}),
    "no scripts at all": ("[project.scripts]\n", {}),
    "a keyword of two lines": ('keywords = ["a\\nb"]\n', {}),
}  # fmt: skip


@pytest.mark.parametrize("backend", sorted(SYSTEMS))
@pytest.mark.parametrize("what", sorted(UNUSUAL))
def test_anything_unusual_is_left_to_the_back_end(what: str, backend: str, tmp_path: Path) -> None:
    toml, files = UNUSUAL[what]
    tree = write_tree(
        tmp_path / "tree", {**PACKAGE, **files, "pyproject.toml": PROJECT + toml}, backend
    )
    (tmp_path / "out").mkdir()
    assert write_editable(tree, os.fspath(tmp_path / "out")) is None
    assert not os.listdir(tmp_path / "out")


@pytest.mark.parametrize("backend", sorted(set(SYSTEMS) - {"uv"}))
@pytest.mark.parametrize("text", ["", "\n \n"])
def test_what_an_empty_readme_means_is_left_to_the_back_end(
    text: str, backend: str, tmp_path: Path
) -> None:
    project = PROJECT + 'readme = "README.md"\n'
    tree = write_tree(
        tmp_path / "tree", {**PACKAGE, "README.md": text, "pyproject.toml": project}, backend
    )
    assert write_editable(tree, os.fspath(tmp_path)) is None


SYSTEM = 'requires = ["{}"]\nbuild-backend = "hatchling.build"\n'
OWN: dict[str, tuple[str, dict[str, str]]] = {
    "an old release": ("[build-system]\n" + SYSTEM.format("hatchling<1.20"), {}),
    "a plugin": (
        '[build-system]\nrequires = ["hatchling", "x"]\nbuild-backend = "hatchling.build"\n',
        {},
    ),
    "another back end": ("[build-system]\n" + SYSTEM.format("flit_core"), {}),
    "a URL": ("[build-system]\n" + SYSTEM.format("hatchling @ https://e.org/h.whl"), {}),
    "a back end in the tree": (
        "[build-system]\n" + SYSTEM.format("hatchling") + 'backend-path = ["."]\n',
        {},
    ),
    "no build system": ("", {}),
    "build hooks": (
        "[build-system]\n" + SYSTEM.format("hatchling") + "[tool.hatch.build.hooks.custom]\n",
        {},
    ),
    "forced files": (
        "[build-system]\n"
        + SYSTEM.format("hatchling")
        + '[tool.hatch.build.targets.wheel.force-include]\nx = "y"\n',
        {},
    ),
    "metadata hooks": (
        "[build-system]\n" + SYSTEM.format("hatchling") + "[tool.hatch.metadata.hooks.custom]\n",
        {},
    ),
    "hatch.toml": ("[build-system]\n" + SYSTEM.format("hatchling"), {"hatch.toml": ""}),
    "an ignored package": (
        "[build-system]\n" + SYSTEM.format("hatchling"),
        {".gitignore": "src\n"},
    ),
    "ignored code": ("[build-system]\n" + SYSTEM.format("hatchling"), {".gitignore": "*.py\n"}),
    "two packages": (
        "[build-system]\n"
        + SYSTEM.format("hatchling")
        + '[tool.hatch.build.targets.wheel]\npackages = ["src/my_demo", "x"]\n',
        {"x/__init__.py": ""},
    ),
    "external data": (
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        '[tool.flit.external-data]\ndirectory = "data"\n',
        {},
    ),
    "two modules": (
        '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n',
        {"my_demo.py": ""},
    ),
    "a namespace": (
        '[build-system]\nrequires = ["uv_build<0.14"]\nbuild-backend = "uv_build"\n'
        "[tool.uv.build-backend]\nnamespace = true\n",
        {},
    ),
    "data files": (
        '[build-system]\nrequires = ["uv_build<0.14"]\nbuild-backend = "uv_build"\n'
        '[tool.uv.build-backend.data]\nscripts = "bin"\n',
        {},
    ),
    "broken TOML": ("[build-system\n", {}),
}


@pytest.mark.parametrize("what", sorted(OWN))
def test_options_of_a_back_end_are_left_to_it(what: str, tmp_path: Path) -> None:
    toml, files = OWN[what]
    for name, text in {**PACKAGE, **files, "pyproject.toml": PROJECT + toml}.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(text)
    (tmp_path / "out").mkdir()
    assert write_editable(os.fspath(tmp_path / "tree"), os.fspath(tmp_path / "out")) is None
    assert not os.listdir(tmp_path / "out")


def test_links_to_foreign_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    tree = write_tree(
        tmp_path / "tree", {**PACKAGE, "pyproject.toml": PROJECT + 'readme = "R.md"\n'}, "uv"
    )
    os.symlink(tmp_path / "secret.md", tmp_path / "tree" / "R.md")
    assert write_editable(tree, os.fspath(tmp_path)) is None


def test_a_directory_without_a_project_is_left_to_others(tmp_path: Path) -> None:
    assert write_editable(os.fspath(tmp_path), os.fspath(tmp_path)) is None
    assert write_editable(os.fspath(tmp_path / "absent"), os.fspath(tmp_path)) is None


def test_a_package_in_a_namespace_is_left_to_hatchling(tmp_path: Path) -> None:
    files = {"space/my_demo/__init__.py": "", "pyproject.toml": PROJECT}
    tree = write_tree(tmp_path / "tree", files, "hatchling")
    assert write_editable(tree, os.fspath(tmp_path)) is None
