"""Requirements out of `pyproject.toml`, dependency groups and scripts."""

from __future__ import annotations

import pytest

from tests.project.helpers import names, read, rendered
from weft.core.errors import WeftError
from weft.project.sources import Choice

PROJECT = """\
[project]
name = "A.b"
version = "1"
dependencies = ["six", "old ; python_version < '3'"]
[project.optional-dependencies]
web = ["flask"]
Self_ = ["a_b[web] ; python_version > '3'", "a-b[self]"]
[dependency-groups]
dev = ["x1", {include-group = "Base"}, "x1"]
base = ["y1"]
"""
PROJECT = PROJECT.replace("Self_", "Self")


def test_dependencies_and_requested_extras() -> None:
    files = {"p/pyproject.toml": PROJECT}
    assert names(read(files, files=("p/pyproject.toml",))) == [
        "six", "old ; python_version < '3'"
    ]  # fmt: skip
    inputs = read(files, files=("p/pyproject.toml",), extras=("Web",))
    assert names(inputs)[2:] == ["flask"]
    assert inputs.requirements[2].origin == "-r p/pyproject.toml"


def test_an_extra_may_name_its_own_project() -> None:
    inputs = read({"pyproject.toml": PROJECT}, files=("pyproject.toml",), extras=("self",))
    assert names(inputs)[2:] == ["flask ; python_version > '3'"]


def test_markers_on_the_way_to_an_own_extra_are_joined() -> None:
    text = PROJECT.replace('"flask"', "\"flask ; sys_platform == 'linux'\"")
    inputs = read({"pyproject.toml": text}, files=("pyproject.toml",), extras=("self",))
    marker = inputs.requirements[2].requirement.marker  # type: ignore[union-attr]
    assert marker is not None
    linux = {"python_version": "3.11", "sys_platform": "linux"}
    assert marker.evaluate(linux)
    assert not marker.evaluate({**linux, "sys_platform": "win32"})
    assert not marker.evaluate({**linux, "python_version": "2.7"})


def test_groups_include_each_other_and_are_found_under_any_spelling() -> None:
    files = {"pyproject.toml": PROJECT}
    assert names(read(files, groups=("DEV",))) == ["x1", "y1"]
    assert names(read({"p/pyproject.toml": PROJECT}, groups=("p/pyproject.toml:base",))) == ["y1"]


def test_groups_need_no_project_table() -> None:
    assert names(read({"pyproject.toml": "[dependency-groups]\na = ['six']"}, groups=("a",))) == [
        "six"
    ]


GROUP_ERRORS = [
    ('a=[{include-group="b"}]\nb=["x",{include-group="a"}]',
     "Detected a cycle in `dependency-groups`: `a` -> `b` -> `a`"),
    ('a=[{include-group="a"}]', "Detected a cycle in `dependency-groups`: `a` -> `a`"),
    ('a=[{include-group="zz"}]', "Failed to find group `zz` included by `a`"),
    ('a=[]\nb=["foo bar"]', "Failed to parse entry in group `b`: `foo bar`\n"
     "cause: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`\nfoo bar\n    ^"),
]  # fmt: skip


@pytest.mark.parametrize(("groups", "expected"), GROUP_ERRORS)
def test_wrong_groups_are_named(groups: str, expected: str) -> None:
    text = f'[project]\nname="n"\nversion="1"\n[dependency-groups]\n{groups}\n'
    with pytest.raises(WeftError) as caught:
        read({"pyproject.toml": text}, groups=("a",))
    assert rendered(caught.value) == (
        "Failed to read dependency groups from: /w/pyproject.toml\n"
        f"cause: Project `n` has malformed dependency groups\ncause: {expected}"
    )


ERRORS = [
    ({"groups": ("nope",)}, PROJECT,
     "The dependency group 'nope' was not found in the project: pyproject.toml"),
    ({"groups": ("p/foo.txt:ok",)}, PROJECT, "invalid value 'p/foo.txt:ok' for '--group <GROUP>': "
     "The `--group` path is required to end in `pyproject.toml` for compatibility with pip; got: "
     "p/foo.txt"),
    ({"groups": ("p/pyproject.toml:ok",)}, PROJECT,
     "Failed to read dependency groups from: p/pyproject.toml\n"
     "cause: No `pyproject.toml` found at: p/pyproject.toml"),
    ({"files": ("pyproject.toml",), "extras": ("y", "web", "X_x")}, PROJECT,
     "Requested extras not found: x-x, y"),
    ({"files": ("pyproject.toml",), "extras": ("y", "Y")}, PROJECT,
     "Requested extra not found: y"),
    ({"packages": ("six",), "extras": ("x",)}, PROJECT,
     "Requesting extras requires a `pylock.toml`, `pyproject.toml`, `setup.cfg`, or `setup.py` file"
     "\nhint: Use `package[extra]` syntax instead"),
    ({"files": ("https://h/pyproject.toml",)}, PROJECT,
     "Remote `pyproject.toml` inputs are not supported: https://h/pyproject.toml"),
    ({"constraints": ("setup.py",)}, PROJECT, "The file `setup.py` appears to be a `setup.py` "
     "file, but constraints must be specified in `requirements.txt` format"),
    ({"constraints": ("pyproject.toml",)}, PROJECT, "The file `pyproject.toml` appears to be a "
     "`pyproject.toml` file, but constraints must be specified in `requirements.txt` format"),
    ({"files": ("pyproject.toml",)}, "a = [\n", "Failed to parse: pyproject.toml\n"
     "cause: TOML parse error at line 1, column 6\n  |\n1 | a = [\n  |      ^\ninvalid value"),
    ({"files": ("pyproject.toml",)}, '[project]\nversion="1"', "Failed to parse: pyproject.toml\n"
     "cause: TOML parse error at line 1, column 1\n  |\n1 | [project]\n  | ^^^^^^^^^\n"
     "`pyproject.toml` is using the `[project]` table, but the required `project.name` field is "
     "not set"),
    ({"files": ("pyproject.toml",)}, '[project]\nname="a"\ndependencies="six"',
     "Failed to parse: pyproject.toml\ncause: TOML parse error at line 3, column 14\n  |\n"
     '3 | dependencies="six"\n  |              ^^^^^\n'
     'invalid type: string "six", expected a sequence'),
    ({"files": ("pyproject.toml",)}, "[dependency-groups]\na = [1]",
     "Failed to parse: pyproject.toml\ncause: TOML parse error at line 2, column 5\n  |\n"
     "2 | a = [1]\n  |     ^^^\n"
     "invalid type: integer `1`, expected a string or a map with the `include-group` key"),
    ({"files": ("pyproject.toml",)}, '[project]\nname="a"\ndependencies=["./x"]',
     "Failed to parse entry in `project.dependencies` of `pyproject.toml`: `./x`\n"
     "cause: a dependency of a project needs a name"),
    ({"files": ("other.toml",)}, PROJECT, "`other.toml` is not a valid PEP 751 filename: expected "
     "`pylock.toml` or `pylock.<name>.toml`, where `<name>` is non-empty and contains no dots"),
    ({"files": ("plain.py",)}, PROJECT, "`plain.py` does not contain inline script metadata"),
    ({"packages": ("foo bar",)}, PROJECT, "Failed to parse: `foo bar`\n"
     "cause: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`\nfoo bar\n    ^"),
    ({"packages": ("",)}, PROJECT,
     "Failed to parse: ``\ncause: Empty field is not allowed for PEP508"),
]  # fmt: skip


@pytest.mark.parametrize(("sources", "text", "expected"), ERRORS)
def test_says_what_is_wrong(sources: dict[str, tuple[str, ...]], text: str, expected: str) -> None:
    files = {"pyproject.toml": text, "setup.py": "", "plain.py": "print()", "other.toml": ""}
    with pytest.raises(WeftError) as caught:
        read(files, **sources)
    assert rendered(caught.value) == expected


TREES = [
    ("pyproject.toml", '[project]\nname="a"\ndynamic=["dependencies"]'),
    ("pyproject.toml", '[project]\nname="a"\ndynamic=["optional-dependencies"]'),
    ("pyproject.toml", "[tool.x]"),
    ("setup.py", PROJECT),
    ("p/setup.cfg", PROJECT),
]


@pytest.mark.parametrize(("file", "text"), TREES)
def test_what_only_a_back_end_knows_is_left_to_one(file: str, text: str) -> None:
    files = {"pyproject.toml": text, "setup.py": "", "p/setup.cfg": ""}
    inputs = read(files, files=(file,), extras=("x",))
    (tree,) = inputs.trees
    assert (tree.path, tree.file) == ("/w/p" if "/" in file else "/w", file)
    assert (tree.extras, inputs.extras_left, inputs.requirements) == (("x",), ("x",), ())


def test_one_project_named_by_two_files_is_asked_once() -> None:
    inputs = read({"setup.py": "", "setup.cfg": ""}, files=("setup.py", "setup.cfg"))
    assert [tree.file for tree in inputs.trees] == ["setup.py"]


def test_a_missing_program_is_missed_first() -> None:
    with pytest.raises(WeftError, match=r"^File not found: setup\.py$"):
        read({}, files=("setup.py",))


def test_sources_can_be_left_aside() -> None:
    text = '[project]\nname="a"\ndependencies=["six"]\n[tool.uv.sources]\nsix={path="x"}'
    inputs = read({"pyproject.toml": text}, files=("pyproject.toml",), choice=Choice(True))
    assert names(inputs) == ["six"]


def test_the_metadata_block_of_a_script() -> None:
    script = (
        "#!x\n# /// script\n# requires-python = '>=3.12'\n"
        "# dependencies = [\n#   'six',\n#\n# ]\n# ///\n"
    )
    inputs = read({"s.py": script + "import six\n"}, files=("s.py",))
    assert names(inputs) == ["six"]
    assert inputs.requires_python == ">=3.12"


@pytest.mark.parametrize(
    ("script", "match"),
    [
        ("# /// script\n# dependencies = []\nprint()", "found without a closing tag"),
        ("# /// script\n# ///\n\n# /// script\n# ///\n", "More than one"),
        ("# /// script\n# dependencies = 1\n# ///\n", "expected a sequence of strings"),
        ("# /// script\n# dependencies = ['a b']\n# ///\n", "Failed to parse entry"),
        ("# /// script\n# dependencies = [\n# ///\n", "TOML parse error at line 1"),
    ],
)
def test_wrong_metadata_blocks_are_refused(script: str, match: str) -> None:
    with pytest.raises(WeftError, match=match):
        read({"s.py": script}, files=("s.py",))
