"""Hints below an impossible request that need to know indexes, files and interpreters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "win", "1.0", tag="py3-none-win_amd64")
    make_wheel(wheels, "win", "1.0", tag="py3-none-manylinux_2_99_x86_64")
    make_wheel(wheels, "old", "1.0", tag="cp310-cp310-manylinux_2_17_x86_64")
    make_wheel(wheels, "old", "1.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    make_wheel(wheels, "two", "1.0", tag="py2-none-any")
    make_wheel(wheels, "oil", "1.0")
    make_wheel(wheels, "oil", "2.0a1")
    make_wheel(wheels, "oil", "3.0")
    make_wheel(wheels, "picky", "1.0", requires=["oil<2 ; sys_platform == 'win32'", "oil>=1"])
    times = {path.name: "2024-01-01T00:00:00Z" for path in wheels.iterdir()}
    with IndexServer(wheels, format="json", upload_times=times) as server:
        yield server


def hints(weft: Weft, *words: str) -> list[str]:
    done = weft("pip", "compile", "-q", "reqs.in", *words)
    assert done.code == 1, done.err
    return [line[6:] for line in done.err.splitlines() if line.startswith("hint: ")]


def ask(weft: Weft, text: str) -> None:
    (weft.cwd / "reqs.in").write_text(text)


def test_platforms_that_have_wheels_are_listed(weft: Weft) -> None:
    ask(weft, "win")
    assert hints(weft, "--python-platform", "macos") == [
        "Wheels are available for `win` (v1.0) on the following platforms: "
        "`manylinux_2_99_x86_64`, `win_amd64`"
    ]


def test_abis_that_have_wheels_are_listed_from_the_oldest(weft: Weft) -> None:
    ask(weft, "old")
    assert hints(weft, "--python-version", "3.12", "--python-platform", "linux") == [
        "You require CPython 3.12 (`cp312`), but we only found wheels for `old` (v1.0) with the "
        "following Python ABI tags: `cp39`, `cp310`"
    ]


def test_implementations_that_have_wheels_are_listed(weft: Weft) -> None:
    ask(weft, "two")
    assert hints(weft, "--python-version", "3.12") == [
        "You require CPython 3.12 (`cp312`), but we only found wheels for `two` (v1.0) with the "
        "following Python implementation tag: `py2`"
    ]


def test_a_later_index_is_named(weft: Weft, index: IndexServer, tmp_path: Path) -> None:
    make_wheel(tmp_path / "first", "oil", "0.1")
    ask(weft, "oil>=1")
    with IndexServer(tmp_path / "first") as first:
        url = first.url
        (hint,) = hints(weft, "--index", url)
    assert hint.startswith(
        f"`oil` was found on {url}, but not at the requested version (oil>=1). A compatible "
        f"version may be available on a subsequent index (e.g., {index.url}). "
    )


def test_what_is_too_new_is_told_with_its_date(weft: Weft) -> None:
    ask(weft, "oil")
    assert hints(weft, "--exclude-newer", "2020-01-01T00:00:00Z") == [
        "`oil` was filtered by `exclude-newer` to only include packages uploaded before "
        "2020-01-01T00:00:00Z. The latest version satisfying the requirement is v3.0, published at "
        "2024-01-01T00:00:00Z. Consider using `exclude-newer-package` to override the cutoff for "
        "this package."
    ]


def test_asking_for_a_pre_release_is_not_enough_where_they_are_forbidden(weft: Weft) -> None:
    ask(weft, "oil>=2a1,<3")
    assert hints(weft, "--prerelease", "disallow") == [
        "`oil` was requested with a pre-release marker (e.g., oil>=2a1,<3), but pre-releases "
        "weren't enabled (try: `--prerelease=allow`)"
    ]


def test_without_any_place_to_look_one_is_asked_for(weft: Weft) -> None:
    ask(weft, "oil")
    assert hints(weft, "--no-index") == [
        "Packages were unavailable because index lookups were disabled and no additional package "
        "locations were provided (try: `--find-links <uri>`)"
    ]


def test_a_failure_for_others_is_told_as_such(weft: Weft) -> None:
    ask(weft, "picky\noil>=3")
    assert hints(weft, "--universal") == [
        "The resolution failed for an environment that is not the current one, consider limiting "
        "the environments with `tool.uv.environments`."
    ]
