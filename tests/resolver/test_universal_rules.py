"""Each rule by which an answer is split, in a small world; expectations are held against uv."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.resolver.test_universal import random_world
from tests.resolver.universe import Everywhere, Release, requirements
from tests.resolver.uv_oracle import ANY, LINUX, SUPPORTED, WINDOWS, lines, uv_lines
from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.resolver.report import NoSolution
from weft.resolver.universal import UniversalRequest, resolve_universal

PYTHONS = {
    "a": {"1": Release(), "2": Release(python=">=3.10"), "3": Release(python=">=3.12")},
    "b": {"1": Release(), "2": Release()},
    "c": {"1": Release(requires=["a ; python_version >= '3.12'"])},
}
MARKED = {
    "a": {str(number): Release() for number in range(1, 5)},
    "b": {"1": Release(requires=["a<3 ; sys_platform == 'win32'", "a ; sys_platform == 'linux'"])},
    "c": {"1": Release(requires=["a<2 ; os_name == 'nt'", "a>=2 ; os_name != 'nt'"])},
    "d": {"1": Release(requires=["a<3 ; python_version < '3.11'", "b ; python_version < '3.11'"])},
}
EXTRAS = {
    "a": {"1": Release(), "2": Release()},
    "b": {"1": Release(), "2": Release()},
    "c": {
        "1": Release(
            requires=[
                "c[x,y] ; extra == 'all'",
                "a<2 ; extra == 'x' and sys_platform == 'win32'",
                "a ; extra == 'y'",
                "b ; extra == 'x'",
            ],
            extras=("x", "y", "all"),
        )
    },
}
LOCALS = {
    "a": {
        "1": Release(requires=["b"], files=ANY),
        "1+cpu": Release(requires=["b<2"], files=LINUX),
    },
    "b": {"1": Release(files=ANY), "2": Release(files=ANY)},
    "c": {"1": Release(files=ANY), "2": Release(files=WINDOWS)},
}
RAISING = {
    "a": {"1": Release(python=">=3.12"), "2": Release(python=">=3.13")},
    "b": {"1b1": Release(), "1": Release(), "2b1": Release()},
}

RULES = {
    "a version for newer Pythons splits": (
        PYTHONS,
        ["a"],
        {},
        [
            "a==1 ; python_full_version < '3.10'",
            "a==2 ; python_full_version >= '3.10' and python_full_version < '3.12'",
            "a==3 ; python_full_version >= '3.12'",
        ],
    ),
    "not where few versions are wanted": (
        PYTHONS,
        ["a"],
        {"fork_strategy": "fewest"},
        ["a==1"],
    ),
    "nor with the lowest versions": (PYTHONS, ["a"], {"strategy": "lowest"}, ["a==1"]),
    "a requirement for newer Pythons only splits before its versions do": (
        RAISING,
        ["a ; python_version >= '3.12'"],
        {},
        [
            "a==1 ; python_full_version == '3.12.*'",
            "a==2 ; python_full_version >= '3.13'",
        ],
    ),
    "also one of a dependency": (
        PYTHONS,
        ["c"],
        {},
        ["a==3 ; python_full_version >= '3.12'", "c==1"],
    ),
    "one name under different markers splits": (
        MARKED,
        ["c"],
        {},
        ["a==1 ; os_name == 'nt'", "a==4 ; os_name != 'nt'", "c==1"],
    ),
    "what has an upper end is solved first and shares its version": (
        MARKED,
        ["b"],
        {},
        ["a==2 ; sys_platform == 'linux' or sys_platform == 'win32'", "b==1"],
    ),
    "newer Pythons are solved first": (
        MARKED,
        ["a ; python_version >= '3.12'", "a<3 ; python_version < '3.12'"],
        {},
        ["a==2 ; python_full_version < '3.12'", "a==4 ; python_full_version >= '3.12'"],
    ),
    "older Pythons first where few versions are wanted": (
        MARKED,
        ["a ; python_version >= '3.12'", "a<3 ; python_version < '3.12'"],
        {"fork_strategy": "fewest"},
        ["a==2"],
    ),
    "one name under one marker does not split": (
        MARKED,
        ["a<4 ; sys_platform == 'win32'", "a>1 ; sys_platform == 'win32'"],
        {},
        ["a==3 ; sys_platform == 'win32'"],
    ),
    "a constraint with a marker splits": (
        MARKED,
        ["a"],
        {"constraints": ["a!=4 ; sys_platform == 'darwin'", "a>3 ; sys_platform != 'darwin'"]},
        ["a==3 ; sys_platform == 'darwin'", "a==4 ; sys_platform != 'darwin'"],
    ),
    "one with an upper end is heeded everywhere, for its part is solved first": (
        MARKED,
        ["a"],
        {"constraints": ["a<2 ; sys_platform == 'darwin'"]},
        ["a==1"],
    ),
    "a constraint counts where its name is wanted": (
        MARKED,
        ["a ; sys_platform == 'win32'"],
        {"constraints": ["a<2 ; sys_platform == 'darwin'", "a<4"]},
        ["a==3 ; sys_platform == 'win32'"],
    ),
    "extras that name each other are unfolded": (
        EXTRAS,
        ["c[all]"],
        {},
        ["a==1", "b==2", "c==1"],
    ),
    "an extra under a marker brings its needs there": (
        EXTRAS,
        ["c[x] ; python_version >= '3.12'", "c"],
        {},
        [
            "a==1 ; python_full_version >= '3.12' and sys_platform == 'win32'",
            "b==2 ; python_full_version >= '3.12'",
            "c==1",
        ],
    ),
    "a local version gives way where only the public one has files": (
        LOCALS,
        ["a"],
        {},
        None,
    ),
    "a required environment splits": (
        LOCALS,
        ["c"],
        {"required_environments": ["sys_platform == 'darwin'"]},
        ["c==1 ; sys_platform != 'win32'", "c==2 ; sys_platform == 'win32'"],
    ),
    "environments are solved one by one and alone": (
        MARKED,
        ["c"],
        {"environments": ["sys_platform == 'linux'", "sys_platform == 'win32'"]},
        None,
    ),
    "a pre-release that one part comes down to is none of another's": (
        RAISING,
        ["b>1 ; sys_platform == 'win32'", "b ; sys_platform != 'win32'"],
        {"prerelease": "allow"},
        ["b==2b1"],
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule(rule: str, tmp_path: Path) -> None:
    packages, roots, options, expected = RULES[rule]
    world = Everywhere(packages)
    asked = dict(options)
    flags = []
    for key, flag in (
        ("fork_strategy", "--fork-strategy"),
        ("strategy", "--resolution"),
        ("prerelease", "--prerelease"),
    ):
        if key in asked:
            flags += [flag, str(asked[key])]
    constraints = [str(text) for text in asked.pop("constraints", ())]
    tables = {}
    for key in ("environments", "required_environments"):
        if key in asked:
            tables[key.replace("_", "-")] = asked[key]
            asked[key] = tuple(map(MarkerSet.parse, asked[key]))
    theirs = uv_lines(world, roots, tmp_path, options=flags, constraints=constraints, tables=tables)
    if expected is not None:
        assert theirs == expected
    question = UniversalRequest(
        requirements(*roots),
        Specifiers.parse(SUPPORTED),
        constraints=requirements(*constraints),
        **asked,
    )
    assert lines(resolve_universal(question, world)) == theirs


def test_random_worlds_are_answered_as_uv_does(tmp_path: Path) -> None:
    found = 0
    for seed in range(7000, 7030):
        dice = random.Random(seed)
        packages = random_world(dice).packages
        for releases in packages.values():
            for release in releases.values():
                release.python_in_metadata = release.python
        world = Everywhere(packages)
        roots = [f"a ; {text}" if text else "a" for text in ("", "python_version < '3.12'")]
        roots = [dice.choice(roots), "b"]
        directory = tmp_path / str(seed)
        directory.mkdir()
        theirs = uv_lines(world, roots, directory)
        question = UniversalRequest(requirements(*roots), Specifiers.parse(SUPPORTED))
        try:
            ours = lines(resolve_universal(question, world))
        except NoSolution:
            ours = None
        assert ours == theirs, seed
        found += ours is not None
    assert found > 12
