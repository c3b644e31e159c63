"""`[tool.uv.sources]`: what stands for a requirement, and what is said of wrong entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.helpers import rendered
from weft.core.errors import WeftError
from weft.core.requirement import Requirement
from weft.project.inputs import Sources, read_inputs
from weft.project.lines import RequirementLine
from weft.project.reader import local_reader
from weft.project.sources import Checkout, Choice, build_requires, lower


class Projects:
    """A directory of projects on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("lib", "inner"):
            self.write(f"{name}/pyproject.toml", f'[project]\nname = "{name}"\nversion = "1"\n')
        self.write("dist/a-1.tar.gz", "")
        self.write("notes.txt", "")

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def project(self, sources: str, *, dependencies: str = '"lib"', more: str = "") -> None:
        self.write(
            "proj/pyproject.toml",
            f'[project]\nname = "proj"\nversion = "1"\ndependencies = [{dependencies}]\n{more}\n'
            f"[tool.uv.sources]\n{sources}\n",
        )

    def read(self, file: str = "proj/pyproject.toml", **asked: object) -> list[RequirementLine]:
        request = Sources(files=(file,) if file else (), **asked)  # type: ignore[arg-type]
        inputs = read_inputs(request, read=local_reader, environ={}, directory=str(self.root))
        return list(inputs.requirements)

    def shown(self, file: str = "proj/pyproject.toml", **asked: object) -> list[str]:
        """Requirements with `-e` and `(index)`, the directory as `ROOT`."""
        return [
            ("-e " if line.editable else "")
            + str(line.requirement).replace(str(self.root), "ROOT")
            + (f" ({line.index})" if line.index else "")
            for line in self.read(file, **asked)
        ]

    def error(self) -> str:
        with pytest.raises(WeftError) as caught:
            self.read()
        return rendered(caught.value).replace(str(self.root), "ROOT")


@pytest.fixture
def projects(tmp_path: Path) -> Projects:
    return Projects(tmp_path)


ENTRIES = [
    ('lib = {path = "../lib"}', ["lib @ file://ROOT/lib"]),
    ('lib = {path = "../lib", editable = true}', ["-e lib @ file://ROOT/lib"]),
    ('lib = {path = "../nowhere"}', ["lib @ file://ROOT/nowhere"]),
    ('lib = {path = "../dist/a-1.tar.gz"}', ["lib @ file://ROOT/dist/a-1.tar.gz"]),
    ('LIB = {url = "https://h/lib-1.zip"}', ["lib @ https://h/lib-1.zip"]),
    (
        'lib = {url = "https://h/lib-1.zip", subdirectory = "q"}',
        ["lib @ https://h/lib-1.zip#subdirectory=q"],
    ),
    ('lib = {git = "https://h/x"}', ["lib @ git+https://h/x"]),
    ('lib = {git = "git+ssh://git@h/x", tag = "v1"}', ["lib @ git+ssh://git@h/x@v1"]),
    (
        'lib = {git = "https://h/x", rev = "abc", subdirectory = "q", lfs = true}',
        ["lib @ git+https://h/x@abc#subdirectory=q&lfs=true"],
    ),
    ('lib = {index = "here"}', ["lib>=1 (https://h/simple)"]),
    ('lib = {index = "settings"}', ["lib>=1 (https://s/simple)"]),
    ('lib = {index = "flag"}', ["lib>=1 (https://f/simple)"]),
    ('other = {path = "../lib"}', ["lib>=1"]),
    (
        'lib = {path = "../lib", marker = "sys_platform == \'win32\'"}',
        [
            "lib @ file://ROOT/lib ; sys_platform == 'win32'",
            "lib>=1 ; sys_platform != 'win32'",
        ],
    ),
    (
        'lib = [{path = "../lib", marker = "sys_platform == \'win32\'"},'
        ' {index = "here", marker = "sys_platform != \'win32\'"}]',
        [
            "lib @ file://ROOT/lib ; sys_platform == 'win32'",
            "lib>=1 ; sys_platform != 'win32' (https://h/simple)",
            "lib>=1 ; sys_platform != 'win32' and sys_platform == 'win32'",
        ],
    ),
    ('lib = {path = "../lib", extra = "x"}', ["lib>=1"]),
]
MORE = (
    '[project.optional-dependencies]\nx = ["lib"]\n[dependency-groups]\ng = ["lib"]\n'
    '[[tool.uv.index]]\nname = "here"\nurl = "https://h/simple"\n'
)
SETTINGS = Choice(
    indexes={"flag": "https://f/simple"},
    other_indexes={"settings": "https://s/simple", "here": "https://elsewhere"},
)


@pytest.mark.parametrize(("entry", "expected"), ENTRIES)
def test_an_entry_says_where_a_requirement_is_from(
    projects: Projects, entry: str, expected: list[str]
) -> None:
    projects.project(entry, dependencies='"lib>=1"', more=MORE)
    assert projects.shown(choice=SETTINGS) == expected


def test_extras_markers_and_urls_of_the_requirement(projects: Projects) -> None:
    projects.project(
        'lib = {path = "../lib"}',
        dependencies='"lib[a] >= 1 ; python_version > \'3\'", "lib @ https://h/lib-1.zip"',
    )
    assert projects.shown() == [
        "lib[a] @ file://ROOT/lib ; python_version > '3'",
        "lib @ file://ROOT/lib",
    ]


def test_entries_for_one_extra_or_group(projects: Projects) -> None:
    projects.project(
        'lib = [{path = "../lib", extra = "x"}, {path = "../inner", group = "g"}]', more=MORE
    )
    assert projects.shown(extras=("x",)) == ["lib", "lib @ file://ROOT/lib"]
    assert projects.shown("", groups=("proj/pyproject.toml:g",)) == ["lib @ file://ROOT/inner"]


def test_sources_are_switched_off_for_all_or_for_one(projects: Projects) -> None:
    projects.project(
        'lib = {path = "../lib"}\ninner = {path = "../inner"}', dependencies='"lib", "inner"'
    )
    assert projects.shown(choice=Choice(no_sources=True)) == ["lib", "inner"]
    assert projects.shown(choice=Choice(no_sources_packages=frozenset(["lib"]))) == [
        "lib",
        "inner @ file://ROOT/inner",
    ]


def test_an_index_of_the_command_line_goes_before_the_one_of_the_project(
    projects: Projects,
) -> None:
    projects.project('lib = {index = "here"}', more=MORE)
    given = Choice(indexes={"here": "https://given/simple"})
    assert projects.shown(choice=given) == ["lib (https://given/simple)"]


def test_an_index_may_be_a_directory_beside_its_project(projects: Projects) -> None:
    table = '[[tool.uv.index]]\nname = "i"\nurl = "./wheels"\n'
    projects.project('lib = {index = "i"}', more=table)
    assert projects.shown() == [f"lib (file://{projects.root}/proj/wheels)"]


def test_the_table_of_another_tool_is_not_read(projects: Projects) -> None:
    projects.project("", more='[tool.weft.sources]\nlib = {path = "../lib"}')
    assert projects.shown() == ["lib"]


NOT_HERE = "Failed to parse entry: `lib`\ncause: "
WRONG = [
    ("lib = {}", (5, 7, 2), "expected one of `git`, `url`, `path`, `index`, or `workspace`"),
    (
        "lib = {bogus = 1}",
        (5, 8, 5),
        "unknown field `bogus`, expected one of `git`, `subdirectory`, `rev`, `tag`, `branch`, "
        "`lfs`, `url`, `path`, `editable`, `package`, `index`, `workspace`, `marker`, `extra`, "
        "`group`",
    ),
    (
        'lib = {git = "https://h", rev = "a", tag = "b"}',
        (5, 7, 41),
        "expected at most one of `rev`, `tag`, or `branch`",
    ),
    ('lib = {url = "nope"}', (5, 14, 6), 'relative URL without a base: "nope"'),
    (
        'lib = {git = "https://h", editable = true}',
        (5, 7, 36),
        "cannot specify both `git` and `editable`",
    ),
    (
        'lib = {path = "x", extra = "x", group = "g"}',
        (5, 7, 38),
        "cannot specify both `extra` and `group`",
    ),
    (
        "lib = {workspace = 1}",
        (5, 20, 1),
        "invalid type: integer `1`, expected a boolean or a string",
    ),
    (
        "lib = 1",
        (5, 7, 1),
        "invalid type: integer `1`, expected a single source (as a map) or list of sources",
    ),
    (
        'lib = {path = "x", marker = "bogus"}',
        (5, 29, 7),
        "Expected a quoted string or a valid marker name, found `bogus`\nbogus\n^^^^^",
    ),
    (
        '"a b" = {path = "x"}',
        (5, 1, 5),
        'Not a valid package or extra name: "a b". Names must start and end with a letter or digit '
        "and may only contain -, _, ., and alphanumeric characters.",
    ),
]


@pytest.mark.parametrize(("entry", "place", "reason"), WRONG)
def test_a_wrong_entry_is_shown(
    projects: Projects, entry: str, place: tuple[int, int, int], reason: str
) -> None:
    text = f'[project]\nname = "proj"\ndependencies = ["lib"]\n[tool.uv.sources]\n{entry}\n'
    projects.write("proj/pyproject.toml", text)
    line, column, width = place
    assert projects.error() == (
        f"Failed to parse: proj/pyproject.toml\ncause: TOML parse error at line {line}, column "
        f"{column}\n  |\n{line} | {entry}\n  | {' ' * (column - 1)}{'^' * width}\n{reason}"
    )


ELSEWHERE = [
    ("lib = []", "Failed to parse: proj/pyproject.toml\ncause: Failed to parse `tool.uv.sources`\n"
     "cause: Must provide at least one source"),
    ('lib = [{path = "a"}, {path = "b"}]', "Failed to parse: proj/pyproject.toml\ncause: Failed "
     "to parse `tool.uv.sources`\ncause: When multiple sources are provided, each source must "
     "include a platform marker (e.g., `marker = \"sys_platform == 'linux'\"`)"),
    ('lib = {index = "nope"}',
     NOT_HERE + "Package `lib` references an undeclared index: `nope`"),
    ("lib = {workspace = true}", NOT_HERE + "`lib` references a workspace in `tool.uv.sources` "
     "(e.g., `lib = { workspace = true }`), but is not a workspace member"),
    ("lib = {workspace = false}", NOT_HERE + "`workspace = false` is not yet supported"),
    ('lib = {path = "../dist/a-1.tar.gz", editable = true}', NOT_HERE + "Source with `editable = "
     "true` must refer to a local directory, not a file: file://ROOT/dist/a-1.tar.gz"),
    ('lib = {path = "../notes.txt"}', NOT_HERE + "Expected path (`../notes.txt`) to end in a "
     "supported file extension: `.whl`, `.tar.gz`, `.zip`, `.tar.bz2`, `.tar.lz`, `.tar.lzma`, "
     "`.tar.xz`, `.tar.zst`, `.tar`, `.tbz`, `.tgz`, `.tlz`, or `.txz`"),
    ('lib = {path = "../lib", extra = "x"}', "Source entry for `lib` only applies to extra `x`, "
     "but the `x` extra does not exist. When an extra is present on a source (e.g., `extra = "
     '"x"`), the relevant package must be included in the `project.optional-dependencies` section '
     'for that extra (e.g., `project.optional-dependencies = { "x" = ["lib"] }`).'),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "expected"), ELSEWHERE)
def test_an_entry_that_leads_nowhere_is_refused(
    projects: Projects, entry: str, expected: str
) -> None:
    projects.project(entry)
    assert projects.error() == expected


def workspace(projects: Projects, *, root: str = "", member: str = "") -> None:
    projects.write(
        "ws/pyproject.toml",
        '[project]\nname = "root"\nversion = "1"\n[tool.uv.workspace]\n'
        f'members = ["members/*"]\nexclude = ["members/c"]\n{root}',
    )
    for name in ("a", "b", "c"):
        projects.write(
            f"ws/members/{name}/pyproject.toml",
            f'[project]\nname = "{name}"\nversion = "1"\ndependencies = ["a"]\n{member}',
        )


def test_members_of_a_workspace_are_editable_unless_told_otherwise(projects: Projects) -> None:
    table = "[tool.uv.sources]\na = {workspace = true%s}\n"
    place = "a @ file://ROOT/ws/members/a"
    workspace(projects, member=table % "")
    assert projects.shown("ws/members/b/pyproject.toml") == [f"-e {place}"]
    workspace(projects, member=table % ", editable = false")
    assert projects.shown("ws/members/b/pyproject.toml") == [place]
    workspace(projects, root=table % "")
    assert projects.shown("ws/members/b/pyproject.toml") == [f"-e {place}"]


def test_another_workspace_is_named_by_its_path(projects: Projects) -> None:
    workspace(projects)
    projects.project('a = {workspace = "../ws"}', dependencies='"a"')
    assert projects.shown() == ["-e a @ file://ROOT/ws/members/a"]


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ("", "is missing an entry in `tool.uv.sources` (e.g., `a = { workspace = true }`)"),
        (
            '[tool.uv.sources]\na = {path = "../a"}',
            "references a path in `tool.uv.sources`. Workspace members must be declared as "
            "workspace sources (e.g., `a = { workspace = true }`).",
        ),
    ],
)
def test_a_member_is_not_taken_from_elsewhere(
    projects: Projects, sources: str, reason: str
) -> None:
    workspace(projects, member=sources)
    with pytest.raises(WeftError) as caught:
        projects.read("ws/members/b/pyproject.toml")
    assert rendered(caught.value) == (
        f"Failed to parse entry: `a`\ncause: `a` is included as a workspace member, but {reason}"
    )


def test_what_is_excluded_is_no_member(projects: Projects) -> None:
    workspace(projects)
    assert projects.shown("ws/members/c/pyproject.toml") == ["a"]


def test_a_directory_that_ought_to_be_a_member_is_told(projects: Projects) -> None:
    workspace(projects, member="[tool.uv.sources]\na = {workspace = true}\n")
    (projects.root / "ws/members/empty").mkdir()
    assert projects.shown("ws/members/b/pyproject.toml") == ["-e a @ file://ROOT/ws/members/a"]
    projects.write("ws/members/z/file", "")
    with pytest.raises(WeftError, match=r"members/z` is missing a `pyproject\.toml` \(matches"):
        projects.read("ws/members/b/pyproject.toml")


def _lowered(projects: Projects, *texts: str, checkout: Checkout | None = None) -> list[str]:
    lines = lower(
        map(Requirement.parse, texts),
        str(projects.root / "proj"),
        choice=Choice(),
        checkout=checkout,
    )
    return [str(line.requirement).replace(str(projects.root), "ROOT") for line in lines]


def test_metadata_of_a_tree_gets_its_sources_by_extra(projects: Projects) -> None:
    projects.project('lib = {path = "../lib", extra = "x"}', more=MORE)
    assert _lowered(projects, "lib", "lib>1 ; extra == 'x'", "six") == [
        "lib",
        "lib @ file://ROOT/lib ; extra == 'x'",
        "six",
    ]


def test_paths_in_a_repository_are_named_by_it(projects: Projects) -> None:
    projects.project('lib = {path = "../lib"}\ninner = {path = "../../out"}')
    checkout = Checkout("git+https://h/x@abc", str(projects.root))
    assert _lowered(projects, "lib", "inner", checkout=checkout) == [
        "lib @ git+https://h/x@abc#subdirectory=lib",
        f"inner @ file://{projects.root.parent}/out",
    ]


def test_requirements_of_builds_have_sources_too(projects: Projects) -> None:
    projects.project('lib = {path = "../lib"}')
    tree = str(projects.root / "proj")
    asked = ("hatchling >= 1", "lib>=2")
    place = f"lib @ file://{projects.root}/lib"
    assert build_requires(asked, tree) == ("hatchling >= 1", place)
    assert build_requires(asked, tree, no_sources=True) == asked
    assert build_requires(asked, tree, no_sources_packages=("lib",)) == asked
    assert build_requires(asked, str(projects.root)) == asked
