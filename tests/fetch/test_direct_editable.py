"""Editable wheels written here are those that the real back ends write."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.fetch.direct_editable import write_editable
from weft.store.store import Store

SYSTEMS = {
    "hatchling": 'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
    "flit": 'requires = ["flit_core>=3.11,<5"]\nbuild-backend = "flit_core.buildapi"\n',
    "uv": 'requires = ["uv_build>=0.13,<0.14"]\nbuild-backend = "uv_build"\n',
}
HOOKS = {"hatchling": "hatchling.build", "flit": "flit_core.buildapi", "uv": "uv_build"}
BACKENDS = sorted(SYSTEMS)

DEPENDENCIES = [
    "idna", "Zope.Interface>=1,<3", "six [b,A] >= 1.0, != 1.3", "toml==1.*", "x~=1.0.2",
    "attrs ; python_version < '3.11'", 'pywin32>=300; sys_platform == "win32"', "a-b.c_D<=2,>0.1",
    "colorama>=0.4;os_name=='nt'", "one>=1.0 ;platform_system != 'Linux'",
    "typing-extensions>=4.0.0,!=4.6.0 ; python_version >= '3.8'",
]  # fmt: skip
CLASSIFIERS = [
    "Programming Language :: Python :: 3.10", "Programming Language :: Python :: 3.9",
    "Development Status :: 4 - Beta", "Typing :: Typed", "Framework :: Django :: 4.2",
    "Topic :: Utilities", "Operating System :: OS Independent",
]  # fmt: skip
PEOPLE = [
    '{name="Jo Doe", email="jo@example.org"}', '{name="Only Name"}', '{email="o_n+l@example.org"}',
    '{name="J. Dot", email="jd@ex-ample.org"}', '{name="Jürgen O\'Neil"}', '{name="Second-One"}',
]  # fmt: skip


def listed(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=4)


def toml_list(values: list[str]) -> str:
    return "[" + ", ".join(f"'''{value}'''" for value in values) + "]"


@st.composite
def projects(draw: Any, *, backend: str) -> dict[str, str]:
    """Files of a plain project, `pyproject.toml` without its `[build-system]`."""
    rewritten = "platform_system" if backend == "uv" else "nothing"
    requirements = [text for text in DEPENDENCIES if rewritten not in text]
    names = ["demo", "my-demo", "My_Demo", *(["My.Demo"] if backend != "flit" else [])]
    name = draw(st.sampled_from(names))
    lines = [f'name = "{name}"', f'version = "{draw(st.sampled_from(["1.0", "2.0.0rc1"]))}"']
    lines.append('description = "What it: does; \\"all\\" of it"')
    files = {}
    if draw(st.booleans()):
        readme = draw(st.sampled_from(["README.md", "README.rst", "readme.txt"]))
        empty = ["", "\n", " \n\n"] if backend == "uv" else []
        files[readme] = draw(
            st.sampled_from(["# Title\n\nText\n", "no end", "ü\n\n\n", "\n\nlate", *empty])
        )
        as_table = f'{{file = "{readme}", content-type = "text/markdown"}}'
        lines.append(f"readme = {as_table if draw(st.booleans()) else repr(readme)}")
    if python := draw(
        st.sampled_from(["", ">=3.8", ">=3.8,<4", "<4,>=3.9,!=3.9.1", ">=2.7", "~=3.9", ">3"])
    ):
        lines.append(f'requires-python = "{python}"')
    licensed = draw(st.sampled_from(["", '"MIT"', '"MIT OR Apache-2.0"', '{text = "Be nice"}']))
    if licensed:
        lines.append(f"license = {licensed}")
    for path in draw(listed(["LICENSE", "NOTICE.txt", "COPYING.md", "AUTHORS", "OTHER.txt"])):
        files[path] = f"{path}\n"
    if draw(st.booleans()) and files and "text" not in licensed:
        chosen = [path for path in files if "read" not in path.lower()]
        lines.append(f"license-files = {toml_list(chosen)}")
    for field in ("authors", "maintainers"):
        if people := draw(listed(PEOPLE)):
            lines.append(f"{field} = [{', '.join(people)}]")
    lines.append(f"keywords = {toml_list(draw(listed(['zeta', 'Alpha', 'b c', '10', '9'])))}")
    lines.append(f"classifiers = {toml_list(draw(listed(CLASSIFIERS)))}")
    lines.append(f"dependencies = {toml_list(draw(listed(requirements)))}")
    if draw(st.booleans()):
        lines.append("[project.optional-dependencies]")
        for extra in draw(st.permutations(["Web_A", "all", "b.c"])):
            lines.append(f'"{extra}" = {toml_list(draw(listed(requirements)))}')
    if draw(st.booleans()):
        lines += [
            "[project.urls]",
            'Homepage = "https://example.org"',
            '"A b" = "https://a.org/#x"',
        ]
    if draw(st.booleans()):
        lines += ["[project.scripts]", 'zed = "demo:main"', 'ab-c = "demo.x:y.z"']
    if draw(st.booleans()):
        lines += ["[project.gui-scripts]", 'gui = "demo:g"']
    if draw(st.booleans()):
        lines += ['[project.entry-points."b.c"]', 'k = "demo:q"', 'a = "demo"']
        lines += ["[project.entry-points.a]", 'k = "demo:q"']
    if draw(st.booleans()):
        files[".gitignore"] = "*.pyc\n/dist/\n# src\nbuild\n"
    files["pyproject.toml"] = "[project]\n" + "\n".join(lines) + "\n"
    module = name.replace("-", "_").replace(".", "_")
    files[f"src/{module.lower()}/__init__.py"] = ""
    files[f"src/{module}/__init__.py"] = ""
    return files


def write_tree(directory: Path, files: dict[str, str], backend: str) -> str:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    with open(directory / "pyproject.toml", "a") as stream:
        stream.write(f"[build-system]\n{SYSTEMS[backend]}")
    return os.fspath(directory)


def by_the_backend(tree: str, backend: str) -> str:
    """The editable wheel that the real back end builds in this tree."""
    output = tempfile.mkdtemp(dir=os.path.dirname(tree))
    hooks = importlib.import_module(HOOKS[backend])
    before, path = os.getcwd(), os.environ["PATH"]
    os.chdir(tree)
    os.environ["PATH"] = f"{os.path.dirname(sys.executable)}:{path}"  # where `uv-build` is
    try:
        name = hooks.build_editable(output)
    finally:
        os.chdir(before)
        os.environ["PATH"] = path
    return os.path.join(output, name)


def contents(path: str) -> dict[str, str]:
    """Everything but RECORD and the line that names the writer."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith(("RECORD", "/")):
                lines = archive.read(name).decode().split("\n")
                found[name] = "\n".join(x for x in lines if not x.startswith("Generator: "))
    return found


def assert_same(tree: str, backend: str) -> None:
    output = tempfile.mkdtemp(dir=os.path.dirname(tree))
    ours = write_editable(tree, output)
    assert ours is not None, "the project is plain"
    theirs = by_the_backend(tree, backend)
    assert os.path.basename(ours) == os.path.basename(theirs)
    assert contents(ours) == contents(theirs)


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_plain_project_gets_the_wheel_that_its_back_end_writes(backend: str, data: Any) -> None:
    files = data.draw(projects(backend=backend))
    with tempfile.TemporaryDirectory() as directory:
        tree = write_tree(Path(directory).resolve() / "tree", files, backend)
        assert_same(tree, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_store_and_other_installers_take_the_wheel(backend: str, tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "demo"\nversion = "1.0"\ndescription = "ü"\n'
        'license-files = ["LICENSE"]\n[project.scripts]\ndemo = "demo:main"\n',
        "LICENSE": "ü",
        "src/demo/__init__.py": "def main(): print('here')\n",
    }
    tree = write_tree(tmp_path / "tree", files, backend)
    path = write_editable(tree, os.fspath(tmp_path))
    assert path is not None
    store = Store(os.fspath(tmp_path / "store"))
    cached = store.add_wheel(path, filename=os.path.basename(path), origin="path")
    assert store.manifest(cached.entry).entry_points
    uv = os.path.join(os.path.dirname(sys.executable), "uv")
    environ = {**os.environ, "UV_CACHE_DIR": os.fspath(tmp_path / "cache"), "UV_OFFLINE": "1"}
    env = tmp_path / "env"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, env], env=environ, check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", env, path], env=environ, check=True)
    found = subprocess.run([env / "bin" / "demo"], capture_output=True, text=True, check=True)
    assert found.stdout == "here\n"
