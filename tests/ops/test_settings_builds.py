"""Settings of builds: what files and flags say, and what one project gets."""

from __future__ import annotations

import pytest

from tests.ops.test_settings import World, world
from weft.core.errors import WeftError
from weft.core.events import silent
from weft.ops.build_settings import (
    BuildLimits,
    config_settings,
    extra_requires,
    extra_variables,
    is_isolated,
    matched,
    read_build_limits,
    told_metadata,
)
from weft.ops.context import Context
from weft.ops.settings_builds import StaticMetadata

__all__ = ["world"]

TABLES = """\
no-build-isolation-package = ["p0"]
build-constraint-dependencies = ["x<1", {requirement = "y<2", hashes = ["sha256:aa"]}]
[config-settings]
b = ["x", "y"]
c = "z"
d = ["one"]
[config-settings-package]
six = {q = "Q", r = ["1"]}
[extra-build-dependencies]
Six = ["setuptools", {requirement = "foo", match-runtime = true}]
[extra-build-variables]
six = {A = "1", B = "later"}
[[dependency-metadata]]
name = "Demo"
version = "1.0"
requires-dist = ["foo>1", "bar ; extra == 'x'"]
requires-python = ">=3.8"
provides-extra = ["X"]
[pip]
config-settings = {c = "pip", e = "pip"}
config-settings-package = {Six = {q = "pip"}, foo = {a = "1"}}
extra-build-dependencies = {six = ["pip"], a = ["pip"]}
extra-build-variables = {six = {B = "2"}}
dependency-metadata = [{name = "told"}]
no-build-isolation-package = ["P1"]
"""


def test_config_settings_of_all_places_add_up_as_in_uv(world: World) -> None:
    world.write("project/uv.toml", TABLES)
    settings = world.settings(
        "pip install x -C a=1 -C a=2 -C b=3 --config-settings-package SIX:q=1"
    )
    general = {"a": ["1", "2"], "b": ["3", "x", "y"], "c": ["pip", "z"], "d": ["one"], "e": "pip"}
    assert config_settings(settings, "other") == general
    assert config_settings(settings, "six", own=("a=0", "own=k=v")) == {
        **general,
        "a": ["0", "1", "2"],
        "own": "k=v",
        "q": ["1", "pip", "Q"],
        "r": ["1"],
    }


def test_one_project_gets_its_requirements_variables_and_isolation(world: World) -> None:
    world.write("project/uv.toml", TABLES)
    settings = world.settings()
    assert extra_requires(settings, "six") == (
        ("pip", False),
        ("setuptools", False),
        ("foo", True),
    )
    assert extra_requires(settings, "other") == ()
    assert extra_variables(settings, "six") == (("A", "1"), ("B", "2"))
    assert [is_isolated(settings, name) for name in ("p0", "p1", "six", "")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert not is_isolated(world.settings("pip install x --no-build-isolation"), "six")
    assert settings.build_constraint_dependencies == ("x<1", "y<2 --hash=sha256:aa")


def test_the_pip_table_counts_for_pip_alone(world: World) -> None:
    world.write("project/uv.toml", TABLES)
    assert extra_variables(world.settings("version"), "six") == (("A", "1"), ("B", "later"))


def test_told_metadata_is_for_its_version_or_for_all(world: World) -> None:
    world.write("project/uv.toml", TABLES)
    settings = world.settings()
    assert settings.dependency_metadata[0] == StaticMetadata("told", None, (), None, ())
    demo = told_metadata(settings, "demo", "1")
    assert demo is not None
    assert (demo.version, demo.requires_python, demo.provides_extra) == ("1.0", ">=3.8", ("x",))
    assert [each.text for each in demo.requirements] == ["foo>1", "bar ; extra == 'x'"]
    assert told_metadata(settings, "demo", "2") is None
    assert told_metadata(settings, "demo", None) == demo
    told = told_metadata(settings, "told", "7")
    assert told is not None and (told.version, told.requirements) == ("7", ())
    assert told_metadata(settings, "told", None) is None
    assert told_metadata(settings, "other", "1") is None


def test_told_metadata_reads_like_its_table(world: World) -> None:
    world.write("project/uv.toml", TABLES)
    told, demo = world.settings().dependency_metadata
    assert str(told) == '{name = "told"}'
    assert str(demo) == (
        '{name = "demo", version = "1.0", requires-python = ">=3.8", '
        'requires-dist = ["foo>1", "bar ; extra == \'x\'"], provides-extra = ["x"]}'
    )


def test_a_build_gets_the_version_that_is_installed() -> None:
    versions = {"demo-lib": "1.5"}
    assert matched("Demo.lib", versions) == "demo-lib==1.5"
    assert matched("demo_lib[x] ; python_version > '3'", versions) == (
        "demo-lib[x]==1.5 ; python_version > '3'"
    )
    with pytest.raises(WeftError, match="`other` was declared as an extra build dependency with"):
        matched("other", versions)
    with pytest.raises(WeftError, match=r"cannot include version specifiers, but found: `demo-l"):
        matched("demo-lib>1", versions)


def limits(world: World, line: str, **environ: str) -> BuildLimits:
    context = Context(
        world.settings(f"pip install x {line}", **environ), {}, cwd=str(world.cwd),
        platform="linux", sink=silent, out=print, now=0,
    )  # fmt: skip
    return read_build_limits(context)


def test_limits_of_builds_are_those_of_files_and_settings(world: World) -> None:
    digests = {letter: letter * 64 for letter in "abc"}
    world.write(
        "project/b.txt",
        f"demo<2 --hash=sha256:{digests['a']} --hash=sha256:{digests['b']}\nwick==1",
    )
    world.write(
        "project/uv.toml",
        'build-constraint-dependencies = ["oil<3", '
        f'{{requirement = "demo>1", hashes = ["sha256:{digests["b"]}"]}}]',
    )
    found = limits(world, "-b b.txt")
    texts = [each.text for each in found.constraints]
    assert texts == ["demo<2", "wick==1", "oil<3", "demo>1"]
    assert found.hashes == {"demo": frozenset([f"sha256:{digests['b']}"])}
    assert found.require_hashes is False
    assert limits(world, "-b b.txt --no-verify-hashes").hashes == {}
    assert limits(world, "", UV_BUILD_CONSTRAINT="b.txt").constraints == found.constraints
    with pytest.raises(WeftError, match=r"pinned with `==`, but found: demo<2"):
        limits(world, "-b b.txt --require-build-hashes")


def test_a_limit_of_builds_needs_a_name(world: World) -> None:
    world.write("project/b.txt", "./demo")
    with pytest.raises(WeftError, match="Unnamed requirements are not allowed as constraints"):
        limits(world, "-b b.txt")


NOT_A_NAME = (
    'Not a valid package or extra name: "a b". Names must start and end with a letter or digit and '
    "may only contain -, _, ., and alphanumeric characters."
)
WRONG = [
    ("config-settings = [1]", (19, 3),
     "invalid type: sequence, expected a map from string to string or list of strings"),
    ("config-settings = {a = true}", (24, 4),
     "invalid type: boolean `true`, expected a string or list of strings"),
    ('config-settings-package = {"a b" = {a="1"}}', (27, 17),
     f"Invalid package name: {NOT_A_NAME}"),
    ("config-settings-package = {a = 1}", (32, 1),
     "invalid type: integer `1`, expected a map from string to string or list of strings"),
    ("extra-build-dependencies = [1]", (28, 3),
     "invalid type: sequence, expected a map with unique keys"),
    ('extra-build-dependencies = {a = "x"}', (33, 3),
     'invalid type: string "x", expected a sequence'),
    ('extra-build-dependencies = {a = ["x y"]}', (34, 5),
     "Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `y`\nx y\n  ^"),
    ("extra-build-dependencies = {a = [{match-runtime=true}]}", (34, 20),
     "missing field `requirement`"),
    ('extra-build-dependencies = {a = [{requirement="x"}]}', (34, 17),
     "missing field `match-runtime`"),
    ("extra-build-dependencies = {a = [1]}", (34, 1), "invalid type: integer `1`, expected a "
     "requirement string or a table with requirement and match-runtime"),
    ('extra-build-dependencies = {"a b" = ["x"]}', (29, 5), NOT_A_NAME),
    ('extra-build-dependencies = {a = [], A = []}', (28, 16),
     "duplicate extra-build-dependencies for `a`"),
    ('extra-build-variables = {a = "x"}', (30, 3), 'invalid type: string "x", expected a map'),
    ("extra-build-variables = {a = {A=1}}", (33, 1),
     "invalid type: integer `1`, expected a string"),
    ("dependency-metadata = {}", (23, 2), "invalid type: map, expected a sequence"),
    ("dependency-metadata = [{}]", (24, 2), "missing field `name`"),
    ('dependency-metadata = [{name="a b"}]', (30, 5), NOT_A_NAME),
    ('dependency-metadata = [{name="a", version="x"}]', (43, 3),
     "expected version to start with a number, but no leading ASCII digits were found"),
    ('dependency-metadata = [{name="a", bogus=1}]', (35, 5), "unknown field `bogus`, expected one "
     "of `name`, `version`, `requires-dist`, `requires-python`, `provides-extra`, "
     "`provides-extras`"),
    ('dependency-metadata = [{name="a", requires-python="x"}]', (51, 3),
     "Failed to parse version: Unexpected end of version specifier, expected operator:\nx\n^"),
    ('dependency-metadata = [{name="a", provides-extra=["a b"]}]', (51, 5), NOT_A_NAME),
    ("build-constraint-dependencies = [1]", (34, 1), "invalid type: integer `1`, expected a "
     "requirement string or a table with requirement and hashes"),
    ('build-constraint-dependencies = [{hashes=[]}]', (34, 11), "missing field `requirement`"),
    ('build-constraint-dependencies = [{requirement="y<2"}]', (34, 19), "missing field `hashes`"),
    ('build-constraint-dependencies = [{requirement="y", hashes="x"}]', (59, 3),
     'invalid type: string "x", expected a sequence'),
    ('constraint-dependencies = ["x y"]', (28, 5),
     "Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `y`\nx y\n  ^"),
    ('no-build-isolation = ["a"]', (22, 5), "invalid type: sequence, expected a boolean"),
    ("concurrent-builds = 0", (21, 1),
     "invalid value: integer `0`, expected a nonzero usize"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "reason"), WRONG)
def test_a_wrong_value_is_shown_in_the_words_of_uv(
    world: World, text: str, place: tuple[int, int], reason: str
) -> None:
    world.write("project/uv.toml", text + "\n")
    column, width = place
    assert world.error() == (
        f"Failed to parse: uv.toml\nTOML parse error at line 1, column {column}\n"
        f"  |\n1 | {text}\n  | {' ' * (column - 1)}{'^' * width}\n{reason}"
    )
