"""What a lock file has for an environment, against `packaging.pylock`."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock as Reference
from packaging.pylock import PylockSelectError
from packaging.tags import parse_tag

from tests.lock.documents import DIGEST, HEAD, PACKAGE, URL, WICK, documents
from weft.core.errors import WeftError
from weft.core.filename import WheelName
from weft.lock.model import LockError, Pylock
from weft.lock.pylock import parse_pylock
from weft.lock.pylock_text import pylock_text
from weft.lock.select import Selected, Target, chosen_groups, select

SUPPORTED = (
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-abi3-manylinux2014_x86_64",
    "py3-none-any",
    "py2-none-any",
)
RANKS = {tag: rank for rank, tag in enumerate(SUPPORTED)}
ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.2",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "#1",
    "python_full_version": "3.11.2",
    "python_version": "3.11",
    "sys_platform": "linux",
}


def target(**facts: object) -> Target:
    """The environment above; what it wants and allows may be changed."""
    rank = lambda name: WheelName.parse(name).rank(RANKS)  # noqa: E731
    return Target(ENVIRONMENT, "3.11.2", rank, **facts)  # type: ignore[arg-type]


def of(text: str, **facts: object) -> tuple[Selected, ...]:
    return select(parse_pylock(HEAD + text, "pylock.toml")[0], target(**facts))


def described(each: Selected) -> tuple[str, str]:
    return each.package.name, each.file.filename if each.file else each.kind


@given(
    documents,
    st.frozensets(st.sampled_from(("bright", "dim"))),
    st.none() | st.frozensets(st.sampled_from(("dev", "docs"))),
)
def test_the_choice_is_that_of_others(
    document: Pylock, extras: frozenset[str], groups: frozenset[str] | None
) -> None:
    reference = Reference.from_dict(tomllib.loads(pylock_text(document)))
    chosen = frozenset(document.default_groups) if groups is None else groups
    tags = [next(iter(parse_tag(tag))) for tag in SUPPORTED]
    try:
        expected = [
            (str(package.name), getattr(source, "filename", None) or type(source).__name__)
            for package, source in reference.select(
                environment=ENVIRONMENT,  # type: ignore[arg-type]
                tags=tags,
                extras=extras,
                dependency_groups=chosen,
            )
        ]
    except PylockSelectError:
        with pytest.raises(LockError):
            select(document, target(extras=extras, groups=chosen))
        return
    kinds = {"PackageDirectory": "directory", "PackageVcs": "vcs"}
    found = select(document, target(extras=extras, groups=chosen))
    assert [name for name, _ in map(described, found)] == [name for name, _ in expected]
    for each, (_, source) in zip(found, expected, strict=True):
        if each.kind != "archive":  # it has no name over there
            assert described(each)[1] == kinds.get(source, source)


def test_the_lowest_rank_wins_and_then_the_highest_build() -> None:
    names = ("1-py3-none-any", "10-py3-none-any", "2-py3-none-any", "py2.py3-none-any")
    wheels = ", ".join(
        f'{{ url = "{URL}/wick-2.0-{name}.whl", hashes = {{ sha256 = "{DIGEST}" }} }}'
        for name in names
    )
    found = of(f"{PACKAGE}wheels = [{wheels}]\n")
    assert described(found[0]) == ("wick", "wick-2.0-10-py3-none-any.whl")


def test_groups_are_those_of_the_default_and_the_named_ones() -> None:
    document = Pylock((), dependency_groups=("dev", "docs"), default_groups=("dev",))
    assert chosen_groups(document, frozenset()) == {"dev"}
    assert chosen_groups(document, frozenset(("docs", "other"))) == {"dev", "docs"}


def test_a_package_may_have_one_version_for_each_environment() -> None:
    text = WICK + WICK.replace("2.0", "3.0")
    text = text.replace("wheels", "marker = \"sys_platform == 'win32'\"\nwheels", 1)
    assert [each.version for each in of(text)] == ["3.0"]


def test_versions_come_out_of_file_names_where_the_package_has_none() -> None:
    sdist = f'sdist = {{ url = "{URL}/a-b-1.0.tar.gz", hashes = {{}} }}\n'
    assert [each.version for each in of('[[packages]]\nname = "a-b"\n' + sdist)] == ["1.0"]
    assert [each.version for each in of(WICK.replace('version = "2.0"\n', ""))] == ["2.0"]


SDIST = f'sdist = {{ url = "{URL}/wick-2.0.tar.gz", hashes = {{}} }}\n'
TREE = 'directory = { path = "x" }\n'
COMMIT = f'vcs = {{ type = "git", url = "{URL}/x", commit-id = "{"a" * 40}" }}\n'
ARCHIVE = SDIST.replace("sdist", "archive")
WHEEL_ARCHIVE = f'archive = {{ url = "{URL}/wick-2.0-py3-none-any.whl", hashes = {{}} }}\n'


def always(_name: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("text", "no_binary", "no_build", "kind"),
    [
        (WICK + SDIST, False, False, "wheel"),
        (WICK + SDIST, True, False, "sdist"),
        (WICK + SDIST, False, True, "wheel"),
        (PACKAGE + SDIST, True, False, "sdist"),
        (PACKAGE + TREE, True, False, "directory"),
        (PACKAGE + COMMIT, True, False, "vcs"),
        (PACKAGE + ARCHIVE, True, False, "archive"),
        (PACKAGE + WHEEL_ARCHIVE, False, True, "archive"),
    ],
)
def test_what_is_forbidden_is_not_chosen(
    text: str, no_binary: bool, no_build: bool, kind: str
) -> None:
    facts = {"no_binary": always} if no_binary else {}
    facts |= {"no_build": always} if no_build else {}
    assert [each.kind for each in of(text, **facts)] == [kind]


CANNOT = "Package `wick` can't be installed because "
REFUSED = {
    'environments = ["sys_platform == \'win32\'"]\n' + WICK:
        "The target environment is not supported by the lockfile",
    WICK + WICK: "Multiple active package entries found for `wick`",
    PACKAGE + 'requires-python = ">=3.12"\n':
        "Package `wick` requires Python >=3.12, but the target Python version is 3.11.2",
    PACKAGE: "Package `wick` must include one of: `wheels`, `directory`, `archive`, `sdist`, or "
        "`vcs`",
    WICK + TREE: "Package `wick` includes both a registry (`packages.wheels`) and a directory "
        "source (`packages.directory`)",
    PACKAGE + SDIST + COMMIT: "Package `wick` includes both a registry (`packages.sdist`) and a "
        "VCS source (`packages.vcs`)",
    PACKAGE + TREE + ARCHIVE: "Package `wick` includes both a directory (`packages.directory`) "
        "and an archive source (`packages.archive`)",
    WICK.replace('"wick"', '"wock"'): "Wheel filename `wick-2.0-py3-none-any.whl` does not match "
        "package name `wock`",
    WICK.replace('"2.0"', '"2.1"'): "Wheel filename `wick-2.0-py3-none-any.whl` does not match "
        "package version `2.1`",
    PACKAGE + SDIST.replace("2.0", "2.1"): "Source distribution filename `wick-2.1.tar.gz` does "
        "not match package version `2.0`",
    PACKAGE + WHEEL_ARCHIVE.replace("wick", "oil"): "Wheel filename `oil-2.0-py3-none-any.whl` "
        "does not match package name `wick`",
    PACKAGE + "wheels = [{ hashes = {} }]\n":
        "`packages.wheel` entry for `wick` must have a `path` or `url`",
    PACKAGE + "archive = { hashes = {} }\n":
        "`packages.archive` entry for `wick` must have a `path` or `url`",
    PACKAGE + COMMIT.replace("url", "path").replace(f"{URL}/x", ""):
        "`packages.vcs` entry for `wick` must have a `url` or `path`",
    PACKAGE + COMMIT.replace('"git"', '"hg"'):
        "Package `wick` is in a `hg` repository, and only `git` is supported",
    WICK.replace("py3-none-any", "nonsense"): "The wheel filename `wick-2.0-nonsense.whl` is "
        "invalid: Must have an ABI tag",
    WICK.replace("py3", "cp39"): CANNOT + "it doesn't have a source distribution or wheel for the "
        "current platform\nhint: `wick` (v2.0) only has wheels with the following tags: "
        "`cp39-none-any`",
    PACKAGE + WHEEL_ARCHIVE.replace("py3", "cp39"): CANNOT + "the binary distribution is "
        "incompatible with the current platform\nhint: `wick` (v2.0) only has wheels with the "
        "following tags: `cp39-none-any`",
    PACKAGE + ARCHIVE.replace(".tar.gz", ".exe"): CANNOT + "`wick-2.0.exe` is not a distribution "
        "(expected one of: `.whl`, `.tar.gz`, `.zip`, `.tar.bz2`, `.tar.lz`, `.tar.lzma`, "
        "`.tar.xz`, `.tar.zst`, `.tar`, `.tbz`, `.tgz`, `.tlz`, `.txz`)",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_installed_is_said(text: str) -> None:
    with pytest.raises(WeftError) as caught:
        of(text)
    hints = "".join(f"\nhint: {hint}" for hint in caught.value.hints)
    assert caught.value.message + hints == REFUSED[text]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "no_binary", "no_build", "why"),
    [
        (WICK, True, False, "it is marked as `--no-binary` but has no source distribution"),
        (PACKAGE + SDIST, False, True, "it is marked as `--no-build` but has no binary "
         "distribution"),
        (PACKAGE + TREE, False, True, "it is marked as `--no-build` but has no binary "
         "distribution"),
        (WICK + SDIST, True, True, "it is marked as both `--no-binary` and `--no-build`"),
        (PACKAGE + WHEEL_ARCHIVE, True, False, "it is marked as `--no-binary` but is itself a "
         "binary distribution"),
    ],
)  # fmt: skip
def test_what_the_user_forbids_is_said(
    text: str, no_binary: bool, no_build: bool, why: str
) -> None:
    facts = {"no_binary": always} if no_binary else {}
    facts |= {"no_build": always} if no_build else {}
    with pytest.raises(LockError) as caught:
        of(text, **facts)
    assert caught.value.message == CANNOT + why
