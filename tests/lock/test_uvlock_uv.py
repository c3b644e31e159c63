"""`uv.lock` against the real uv: its bytes, its order, and what it installs from them."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from pathlib import Path

import packaging.markers
import packaging.tags
import pytest
from packaging.pylock import Pylock as Reference

from tests.lock.projects import FOREIGN, SHAPES, locked_projects, run_uv
from weft.core.errors import WeftError
from weft.core.filename import WheelName
from weft.core.value import replace
from weft.lock.convert import read_project_pylock, to_pylock, write_project_pylock
from weft.lock.export import root_package
from weft.lock.uvlock_layout import scan
from weft.lock.uvlock_read import read_any_layout, read_uv_lock
from weft.lock.uvlock_write import write_uv_lock
from weft.lock.uvmodel import UvLock
from weft.lock.uvorder import arranged
from weft.lock.uvselect import NoUsableFile, UvTarget, reach, select

ENVIRONMENT = {key: str(text) for key, text in packaging.markers.default_environment().items()}
RANKS = {str(tag): rank for rank, tag in enumerate(packaging.tags.sys_tags())}
ODD = ("paths",)  # has quotes of a kind that the fast way leaves to the other


def rank(filename: str) -> int | None:
    return WheelName.parse(filename).rank(RANKS)


def anything(_name: str) -> bool:
    return True


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    with locked_projects(tmp_path_factory.mktemp("projects")) as found:
        yield found


def lock_of(directory: Path) -> tuple[UvLock, str]:
    text = (directory / "uv.lock").read_text()
    return read_uv_lock(text), text


@pytest.mark.parametrize("shape", SHAPES)
def test_what_uv_wrote_is_written_again_byte_for_byte(
    projects: dict[str, Path], shape: str
) -> None:
    lock, text = lock_of(projects[shape])
    assert write_uv_lock(lock) == text
    assert read_any_layout(text) == lock
    if shape not in ODD:
        assert scan(text, lambda: pytest.fail("the other way was taken")) == lock


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shuffled_lock_comes_back_in_the_order_of_uv(
    projects: dict[str, Path], shape: str
) -> None:
    lock, text = lock_of(projects[shape])
    dice = random.Random(shape)

    def mixed(items):
        return tuple(dice.sample(items, len(items)))

    def groups(items):
        return mixed(tuple([(name, mixed(each)) for name, each in items]))

    packages = [
        replace(
            package,
            dependencies=mixed(package.dependencies),
            optional_dependencies=groups(package.optional_dependencies),
            dev_dependencies=groups(package.dev_dependencies),
            metadata=replace(
                package.metadata,
                requires_dist=mixed(package.metadata.requires_dist),
                requires_dev=groups(package.metadata.requires_dev),
            ),
        )
        for package in lock.packages
    ]
    manifest = replace(
        lock.manifest,
        members=mixed(lock.manifest.members),
        constraints=mixed(lock.manifest.constraints),
        excludes=mixed(lock.manifest.excludes),
        dependency_groups=groups(lock.manifest.dependency_groups),
    )
    shuffled = replace(lock, packages=mixed(tuple(packages)), manifest=manifest)
    assert write_uv_lock(arranged(shuffled)) == text


CHOICES = {
    "plain": [],
    "extras": ["--extra=foo"],
    "groups": ["--group=lint"],
    "groups-alone": [],
    "workspace": ["--package=m1"],
    "no-project": ["--group=one"],
    "conflicts": ["--extra=x1", "--group=g1"],
    "markers": [],
    "environments": [],
    "flat": [],
    "index": ["--extra=cpu"],
}


def installed(done: str) -> list[str]:
    """Names and versions of what uv would install; trees have no version there."""
    lines = [line.split() for line in done.splitlines() if line.startswith(" + ")]
    return sorted(words[1] for words in lines)


def chosen(lock: UvLock, words: list[str], **more: object) -> list[str]:
    wanted = [word.partition("=")[::2] for word in words]
    extras = {name for option, name in wanted if option == "--extra"}
    groups = {name for option, name in wanted if option in ("--group", "--only-group")} | {"dev"}
    root = root_package(lock)
    roots = [name for option, name in wanted if option == "--package"]
    roots = roots or ([root.name] if root is not None else list(lock.manifest.members))
    target = UvTarget(ENVIRONMENT, rank, extras.__contains__, groups.__contains__)
    return sorted(
        each.package.name
        if each.kind in ("editable", "directory", "git")
        else f"{each.package.name}=={each.package.version}"
        for each in select(lock, roots, replace(target, **more))
        if each.kind != "virtual"
    )


@pytest.mark.parametrize("shape", CHOICES)
def test_the_choice_is_that_of_uv(projects: dict[str, Path], shape: str) -> None:
    words = CHOICES[shape]
    directory = projects[shape]
    cache = directory.parent / "cache"
    done = run_uv(directory, "sync", "--frozen", "--dry-run", "--offline", *words, cache=cache)
    assert done.returncode == 0, done.stderr
    assert chosen(lock_of(directory)[0], words) == installed(done.stderr)


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["--no-binary"], {"no_binary": anything}),
        (["--no-binary", "--no-build"], {"no_binary": anything, "no_build": anything}),
    ],
)
@pytest.mark.parametrize("shape", ["plain", "url", "flat"])
def test_refusals_are_worded_as_uv_does(
    projects: dict[str, Path], shape: str, words: list[str], more: dict[str, object]
) -> None:
    directory = projects[shape]
    cache = directory.parent / "cache"
    done = run_uv(directory, "sync", "--frozen", "--dry-run", "--offline", *words, cache=cache)
    assert done.returncode == 2
    with pytest.raises(WeftError) as raised:
        chosen(lock_of(directory)[0], [], **more)
    assert f"error: {raised.value.message}" in done.stderr.splitlines()


@pytest.mark.parametrize("shape", FOREIGN)
def test_what_wheels_are_for_is_told_as_uv_does(projects: dict[str, Path], shape: str) -> None:
    directory = projects[shape]
    cache = directory.parent / "cache"
    done = run_uv(directory, "sync", "--frozen", "--dry-run", "--offline", cache=cache)
    assert done.returncode == 2
    with pytest.raises(NoUsableFile) as raised:
        chosen(lock_of(directory)[0], [], tags=tuple(RANKS))
    (hint,) = raised.value.hints
    said = done.stderr.replace("ensure uv resolves", "ensure weft resolves").splitlines()
    assert f"error: {raised.value.message}" in said
    assert f"hint: {hint}" in said


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_lost_in_a_pylock(projects: dict[str, Path], shape: str) -> None:
    lock, _ = lock_of(projects[shape])
    text = write_project_pylock(lock)
    assert read_project_pylock(text) == lock
    assert write_project_pylock(read_project_pylock(text)) == text
    if shape != "flat":  # uv locks no hashes of files in a directory
        Reference.from_dict(tomllib.loads(text)).validate()


PLATFORMS = (
    {},
    {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_markers_of_a_pylock_choose_as_the_lock_does(
    projects: dict[str, Path], shape: str
) -> None:
    lock, _ = lock_of(projects[shape])
    document = to_pylock(lock)
    root = root_package(lock)
    roots = [root.name] if root is not None else list(lock.manifest.members)
    dice = random.Random(shape)
    for _ in range(9):
        environment = {**ENVIRONMENT, **dice.choice(PLATFORMS)}
        extras = {name for name in document.extras if dice.random() < 0.5}
        groups = {name for name in document.dependency_groups if dice.random() < 0.5}
        if excluded(lock, extras, groups):
            continue
        target = UvTarget(environment, rank, extras.__contains__, groups.__contains__)
        wanted = sorted(
            (package.name, _version(package.source.kind, package.version))
            for package, _ in reach(lock, roots, target)
            if package.source.kind != "virtual"
        )
        sets = {"extras": extras, "dependency_groups": groups}
        found = sorted(
            (package.name, package.version)
            for package in document.packages
            if not package.marker
            or packaging.markers.Marker(package.marker).evaluate(
                {**environment, **sets}, context="lock_file"
            )
        )
        assert found == wanted


def _version(kind: str, version: str) -> str:
    return "" if kind in ("directory", "editable") else version


def excluded(lock: UvLock, extras: set[str], groups: set[str]) -> bool:
    """Whether the choice has two that exclude each other."""
    names = {"extra": extras, "group": groups, "project": set()}
    return any(sum(item.name in names[item.kind] for item in items) > 1 for items in lock.conflicts)


def test_uv_installs_from_the_pylock_of_a_project(
    projects: dict[str, Path], tmp_path: Path
) -> None:
    lock, _ = lock_of(projects["plain"])
    (tmp_path / "pylock.toml").write_text(write_project_pylock(lock))
    words = ["pip", "install", "-r", "pylock.toml", "--target", "there"]
    done = run_uv(tmp_path, *words, cache=projects["plain"].parent / "cache")
    assert done.returncode == 0, done.stderr
    assert installed(done.stderr) == chosen(lock, [])
    assert (tmp_path / "there" / "many" / "__init__.py").exists()
