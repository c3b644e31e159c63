"""Projects that nothing satisfies, beside uv: the same words, and advice that works when tried."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit

from tests.commands.impossible_projects import CASES, fill
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer

_WORKS = re.compile(r"\n\nhint: [^\n]* works \([^\n]*\)(?=\n)")
_IN_FILE = re.compile(r"`([^`]+)` in place of (every )?`([^`]+)` in `([^`]+)`")
_WITHOUT = re.compile(r"Having `([^`]+)` without `([^`]+)` in `constraint-dependencies` works")
_OVERRIDE = re.compile(r"Allowing `([^`]+)` in .* works \(add it to `override-dependencies`")
_PYTHON = re.compile(r"`requires-python` raised to `([^`]+)` works")
_COMMAND = re.compile(r"(?:try|then): `weft (.*)`\)$")

OTHERWISE = {
    # uv tells the requests first that its search came to last; here what is at the bottom.
    "two dependencies": "Because all versions of stove depend on oil>=3 and your project depends "
    "on stove, we can conclude that your project depends on oil>=3.\n"
    "         And because your project depends on oil<2, we can conclude that your project's "
    "requirements are unsatisfiable.",
    "add what conflicts": "Because all versions of stove depend on oil>=3 and your project depends "
    "on stove, we can conclude that your project depends on oil>=3.\n"
    "         And because your project depends on oil<2, we can conclude that your project's "
    "requirements are unsatisfiable.",
    "two members": "Because all versions of stove depend on oil>=3 and bee depends on oil<2, we "
    "can conclude that bee and all versions of stove are incompatible.\n"
    "         And because cee depends on stove, we can conclude that bee and cee are "
    "incompatible.\n"
    "         And because your workspace requires bee and cee, we can conclude that your "
    "workspace's requirements are unsatisfiable.",
    "members of a virtual root": "Because all versions of stove depend on oil>=3 and bee depends "
    "on oil<2, we can conclude that bee and all versions of stove are incompatible.\n"
    "         And because cee depends on stove, we can conclude that bee and cee are "
    "incompatible.\n"
    "         And because your workspace requires bee and cee, we can conclude that your "
    "workspace's requirements are unsatisfiable.",
    # Of several contradictions it is another one.
    "one for linux alone": "Because all versions of heater depend on oil>=3 and your project "
    "depends on heater, we can conclude that your project depends on oil>=3.\n"
    "         And because your project depends on oil{sys_platform == 'linux'}<3, we can conclude "
    "that your project's requirements are unsatisfiable.",
    "the same twice": "Because all versions of heater depend on oil>=3 and demo[x] depends on "
    "oil<2, we can conclude that demo[x] and all versions of heater are incompatible.\n"
    "         And because your project depends on heater and your project requires demo[x], we can "
    "conclude that your project's requirements are unsatisfiable.",
    # uv: "your project requires your project and demo:dev".
    "a group": "Because all versions of heater depend on oil>=3 and demo:dev depends on heater, "
    "we can conclude that demo:dev depends on oil>=3.\n"
    "         And because your project depends on oil<2 and your project requires demo:dev, we "
    "can conclude that your project's requirements are unsatisfiable.",
    # The order of two facts, and of two names.
    "an extra lacks": "Because only oil<=3.0 is available and demo[x] depends on oil>9, we can "
    "conclude that demo[x]'s requirements are unsatisfiable.\n"
    "         And because your project requires demo[x], we can conclude that your project's "
    "requirements are unsatisfiable.",
    "groups of members": "Because cee depends on oil>2 and bee:dev depends on oil<2, we can "
    "conclude that bee:dev and cee are incompatible.\n"
    "         And because your workspace requires bee:dev and cee, we can conclude that your "
    "workspace's requirements are unsatisfiable.",
    "extras of members": "Because cee depends on oil>2 and bee[x] depends on oil<2, we can "
    "conclude that bee[x] and cee are incompatible.\n"
    "         And because your workspace requires bee[x] and cee, we can conclude that your "
    "workspace's requirements are unsatisfiable.",
    # A marker belongs to a demand, not to what is available, nor to what others demand.
    "another python fails": "Because only oil<=3.0 is available and your project depends on "
    "oil{python_full_version >= '3.12'}>9, we can conclude that your project's requirements are "
    "unsatisfiable.",
    "markers": "Because all versions of heater depend on oil>=3 and your project depends on "
    "heater{python_full_version >= '3.12'}, we can conclude that your project depends on oil>=3.\n"
    "         And because your project depends on oil{python_full_version >= '3.12'}<2, we can "
    "conclude that your project's requirements are unsatisfiable.",
    "another platform": "Because all versions of heater depend on oil>=3 and your project depends "
    "on heater{sys_platform == 'win32'}, we can conclude that your project depends on oil>=3.\n"
    "         And because your project depends on oil{sys_platform == 'win32'}<2, we can conclude "
    "that your project's requirements are unsatisfiable.",
    # uv: "your project depends on tester<2.0a1 and tester>=2.0a1, which are incompatible".
    "pre-release named": "Because only tester<=2.0a1 is available and your project depends on "
    "tester>=2.0a1,<2.0a1, we can conclude that your project's requirements are unsatisfiable.",
    # uv: "native==1.0 has no Linux-compatible wheels".
    "environments": "Because native==1.0 has no wheels with a matching Python implementation tag "
    "(e.g., `cp311`) and only native==1.0 is available, we can conclude that all versions of "
    "native cannot be used.\n         And because your project depends on native, we can conclude "
    "that your project's requirements are unsatisfiable.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer, caches: Path) -> Twins:
    return Twins(tmp_path, index.url, caches)


def written(twins: Twins, case: str) -> tuple[str, ...]:
    """The command of a case whose files are there now."""
    files, words = CASES[case]
    for path, text in files.items():
        twins.write(path, text)
    return words


@pytest.mark.parametrize("case", [case for case in CASES if case not in OTHERWISE])
def test_projects_are_told_why_in_uvs_words(twins: Twins, case: str) -> None:
    words = written(twins, case)
    theirs, ours = twins.outcome("uv", *words), twins.outcome("weft", *words)
    assert "No solution found" in theirs.err
    assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, theirs.err)
    assert ours.files == theirs.files


@pytest.mark.parametrize("case", OTHERWISE)
def test_what_is_told_otherwise_is_as_true(twins: Twins, case: str) -> None:
    words = written(twins, case)
    ours = twins.outcome("weft", *words)
    assert ours.code == 1
    cause = ours.err.split("  cause: ")[-1].split("\n\nhint: ")[0].strip()
    assert cause == OTHERWISE[case]


def apply(place: Path, hint: str) -> None:
    """Edit the files as the advice says."""
    for new, every, old, name in _IN_FILE.findall(hint):
        replaced(place / name, f'"{old}', f'"{new}', count=2 if every else 1)
    if match := _WITHOUT.search(hint):
        replaced(place / match[1], f'"{match[2]}"', "")
    if match := _PYTHON.search(hint):
        path = place / "pyproject.toml"
        python = tomllib.loads(path.read_text())["project"]["requires-python"]
        replaced(path, f'requires-python = "{python}"', f'requires-python = "{match[1]}"')
    if match := _OVERRIDE.search(hint):
        path = place / "pyproject.toml"
        document = tomlkit.parse(path.read_text())
        table = document.setdefault("tool", {}).setdefault("uv", {})
        table.setdefault("override-dependencies", []).append(match[1])
        path.write_text(tomlkit.dumps(document))


def replaced(path: Path, old: str, new: str, count: int = 1) -> None:
    text = path.read_text()
    assert text.count(old) == count, (old, text)
    path.write_text(text.replace(old, new))


ADVICE = {
    "no such version": 1,
    "two dependencies": 2,
    "two packages": 2,
    "two extras": 2,
    "two groups": 2,
    "one for linux alone": 1,
    "the same twice": 2,
    "a group lacks": 1,
    "a python that is old": 1,
    "markers of two kinds": 2,
    "pre-releases off": 1,
    "a constraint": 2,
    "conflicts": 2,
    "a member and the root": 2,
    "groups of members": 2,
    "add a missing version": 1,
    "add what conflicts": 2,
    "add to an extra": 2,
    "sync": 2,
    "run": 2,
    "remove": 2,
    "tree": 2,
    "groups of a virtual root": 2,
}


@pytest.mark.parametrize("case", ADVICE)
def test_advice_works_when_it_is_followed(twins: Twins, case: str) -> None:
    words = written(twins, case)
    failed = twins.run_one("weft", *words)
    hints = [match[0].strip() for match in _WORKS.finditer(failed.err)]
    assert len(hints) == ADVICE[case], failed.err
    for hint in hints:
        written(twins, case)
        (twins.places["weft"] / "uv.lock").unlink(missing_ok=True)
        apply(twins.places["weft"], hint)
        command = _COMMAND.search(hint)
        assert command, hint
        done = twins.run_one("weft", *shlex.split(command[1]))
        assert done.code == 0, f"{hint}\n{done.err}"
        assert (twins.places["weft"] / "uv.lock").exists()


def test_a_lock_that_has_to_stand_is_given_no_advice(twins: Twins) -> None:
    written(twins, "two dependencies")
    done = twins.run_one("weft", "lock", "--check")
    assert (done.code, "works (" in done.err) == (1, False)
    assert "works (" not in twins.run_one("weft", "-q", "lock").err
