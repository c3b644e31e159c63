"""The project around a directory, its workspace, and what its files say for a lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from weft.core.errors import WeftError
from weft.project.discovery import Project, ProjectUnmanaged, find_project
from weft.project.lowering import Lowered, read_lowered
from weft.project.manifest import (
    PythonConflict,
    member_kind,
    read_conflicts,
    required_members,
    requires_python,
)
from weft.project.pyproject import PyprojectError
from weft.project.pythons import combined
from weft.project.reader import local_reader
from weft.project.sources import Choice, ProjectSources


def write(place: Path, /, **files: str) -> None:
    for name, text in files.items():
        path = place / name.replace("__", "/") / "pyproject.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def project(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\n{more}'


def found(directory: Path) -> Project:
    result = find_project(str(directory), local_reader)
    assert result is not None
    return result


def test_a_project_on_its_own_is_a_workspace_with_one_member(tmp_path: Path) -> None:
    write(tmp_path, a=project("Some.Name"))
    (tmp_path / "a/src/deep").mkdir(parents=True)
    here = found(tmp_path / "a/src/deep")
    assert (here.root, here.name) == (str(tmp_path / "a"), "some-name")
    assert [member.name for member in here.members] == ["some-name"]
    assert find_project("/", local_reader) is None


def test_members_are_found_from_any_of_them(tmp_path: Path) -> None:
    root = project("top", '[tool.uv.workspace]\nmembers = ["p/*"]\nexclude = ["p/out"]\n')
    write(
        tmp_path,
        root=root,
        root__p__b=project("b"),
        root__p__a=project("a", "[build-system]\nrequires = []\n"),
        root__p__out=project("out"),
        root__p__other=project("other", "[tool.uv]\nmanaged = false\n"),
    )
    here = found(tmp_path / "root/p/b")
    assert here.root == str(tmp_path / "root")
    assert here.directory == str(tmp_path / "root/p/b")
    assert [member.name for member in here.members] == ["a", "b", "top"]
    assert [member.is_package for member in here.members] == [True, False, False]
    assert found(tmp_path / "root/p/out").root == str(tmp_path / "root/p/out")
    with pytest.raises(ProjectUnmanaged):
        found(tmp_path / "root/p/other")


def test_a_project_says_its_version(tmp_path: Path) -> None:
    write(tmp_path, a='[project]\nname = "a"\n')
    with pytest.raises(PyprojectError) as caught:
        found(tmp_path / "a")
    assert "neither set nor present" in str(caught.value.__cause__)


def test_who_is_taken_from_the_workspace_is_built(tmp_path: Path) -> None:
    root = project(
        "top",
        '[tool.uv.workspace]\nmembers = ["*"]\n'
        "[tool.uv.sources]\nlib = { workspace = true, editable = false }\n",
    )
    write(tmp_path, root=root, root__lib=project("lib"), root__app=project("app"))
    here = found(tmp_path / "root")
    required = required_members(here)
    kinds = {member.name: member_kind(member, required) for member in here.members}
    assert kinds == {"app": "virtual", "lib": "directory", "top": "virtual"}


def test_the_pythons_of_all_members_whatever_their_groups_need(tmp_path: Path) -> None:
    root = project("top", 'requires-python = ">=3.9"\n[tool.uv.workspace]\nmembers = ["*"]\n')
    group = '[tool.uv.dependency-groups]\ndev = { requires-python = "<3.14" }\n'
    write(tmp_path, root=root, root__a=project("a", f'requires-python = "~=3.10"\n{group}'))
    told = requires_python(found(tmp_path / "root"))
    assert told is not None
    assert told.spaced_text == ">=3.10, <4"
    write(tmp_path, root__a=project("a", 'requires-python = "<3.9"\n'))
    with pytest.raises(PythonConflict):
        requires_python(found(tmp_path / "root"))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([">=3.9"], ">=3.9"),
        (["~=3.9"], ">=3.9, <4"),
        (["==3.11.*"], "==3.11.*"),
        ([">=3.11,<3.12"], "==3.11.*"),
        ([">=3,<4"], ">=3, <4"),
        ([">=3.9,!=3.9.1"], ">=3.9, !=3.9.1"),
        ([">=3.9,!=3.10.*"], ">=3.9, !=3.10.*"),
        ([">3.8.0,<=3.12"], ">3.8.0, <=3.12"),
        (["==3.11.7"], "==3.11.7"),
        ([">=3.8", ">=3.10", "<4,>=3.9.1"], ">=3.10, <4"),
        ([""], ""),
    ],
)
def test_pythons_are_told_as_uv_tells_them(texts: list[str], told: str) -> None:
    assert combined(texts).spaced_text == told


def test_conflicts_of_all_members(tmp_path: Path) -> None:
    conflict = "[tool.uv]\nconflicts = [[{ extra = 'A.b' }, { group = 'c' }, { package = 'x' }]]\n"
    write(tmp_path, a=project("a", conflict))
    assert read_conflicts(found(tmp_path / "a")) == (
        (("a", "extra", "a-b"), ("a", "group", "c"), ("x", "project", "")),
    )
    write(tmp_path, b="[tool.uv]\nconflicts = [[{ extra = 'a' }, { group = 'c' }]]\n")
    with pytest.raises(WeftError, match="`package` field"):
        read_conflicts(found(tmp_path / "b"))


def lowered(tmp_path: Path, text: str) -> Lowered:
    write(tmp_path, a=text)
    here = found(tmp_path / "a")
    sources = ProjectSources(
        here.pyproject, here.directory, read=local_reader, choice=Choice(), workspace=here.workspace
    )
    return read_lowered(sources)


def test_extras_and_groups_become_conditions(tmp_path: Path) -> None:
    told = lowered(
        tmp_path,
        project(
            "a",
            'dependencies = ["six"]\n[project.optional-dependencies]\n'
            "Web = [\"idna ; sys_platform == 'linux'\"]\n"
            '[dependency-groups]\ndev = [{ include-group = "t" }, "six"]\nt = ["oil"]\n'
            '[tool.uv]\ndev-dependencies = ["wick"]\n',
        ),
    )
    assert [line.requirement.text for line in told.requirements if line.requirement] == [
        "six",
        "idna ; sys_platform == 'linux' and extra == 'web'",
        "oil ; extra == 'group:dev'",
        "six ; extra == 'group:dev'",
        "wick ; extra == 'group:dev'",
        "oil ; extra == 'group:t'",
    ]
    assert told.provided == ("web", "group:dev", "group:t")
    assert told.version == "1"


def test_sources_say_where_from(tmp_path: Path) -> None:
    told = lowered(
        tmp_path,
        project(
            "a",
            'dependencies = ["six", "oil"]\n[tool.uv.sources]\n'
            'six = { git = "https://host.example/six", branch = "main" }\n'
            "oil = [{ path = '../oil', marker = \"sys_platform == 'linux'\" },"
            " { path = '../oil2', marker = \"sys_platform != 'linux'\" }]\n",
        ),
    )
    assert [line.requirement.url for line in told.lines if line.requirement] == [
        "git+https://host.example/six@main",
        (tmp_path / "oil").as_uri(),
        (tmp_path / "oil2").as_uri(),
    ]
    assert list(told.references.values()) == ["branch"]


def test_what_only_a_back_end_knows_is_said_to_be_so(tmp_path: Path) -> None:
    dynamic = '[project]\nname = "a"\ndynamic = ["version", "dependencies"]\n'
    told = lowered(tmp_path, dynamic)
    assert (told.version, told.is_static, told.lines) == ("", False, ())
