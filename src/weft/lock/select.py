"""What a lock file has for one environment.

Owns the choice of packages by their markers, and of one file of each by tags and by what the user
allows. Refuses to resolve: a lock file has one answer for an environment, or it does not go there.
Follows PEP 751, section "Installation"; sentences are those of uv.
"""

from __future__ import annotations

from weft.core.filename import SDIST_EXTENSIONS, FilenameError, SdistName, WheelName
from weft.core.value import value
from weft.lock.model import LockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Literal

    from weft.lock.model import LockedFile, LockedPackage, Pylock

    Kind = Literal["wheel", "sdist", "directory", "vcs", "archive"]

_SHOWN = 8  # tags in a hint


def _nothing(_name: str) -> bool:
    return False


@value
class Target:
    """The environment to choose for, and what is allowed in it.

    `python` is a full version; `rank` gives the rank of a wheel's name among the supported tags,
    None if it does not fit. `no_binary` and `no_build` tell of a project's name whether its wheels
    are not to be used, or it is not to be built. Extras and groups are the ones that are wanted.
    """

    environment: Mapping[str, str]
    python: str
    rank: Callable[[str], int | None]
    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    no_binary: Callable[[str], bool] = _nothing
    no_build: Callable[[str], bool] = _nothing


@value
class Selected:
    """A package that belongs into the environment, and what it is to be had from.

    `file` is set for a "wheel", an "sdist" and an "archive"; the others are in `package`.
    `version` is empty where only the source tells.
    """

    package: LockedPackage
    kind: Kind
    file: LockedFile | None = None
    version: str = ""

    @property
    def is_wheel(self) -> bool:
        """Whether nothing has to be built."""
        return self.file is not None and self.file.filename.endswith(".whl")


def chosen_groups(document: Pylock, named: frozenset[str]) -> frozenset[str]:
    """The groups to install: those of the default, and the named ones that the file has."""
    return frozenset(document.default_groups) | named & frozenset(document.dependency_groups)


def select(document: Pylock, target: Target) -> tuple[Selected, ...]:
    """The packages of the environment, in the order of the file.

    Raises LockError where the file is for other environments, or lacks a file that fits.
    """
    from weft.core.marker import Marker

    environments = [Marker.parse(text) for text in document.environments]
    if environments and not any(each.evaluate(target.environment) for each in environments):
        raise LockError("The target environment is not supported by the lockfile")
    seen: set[str] = set()
    found = []
    for package in document.packages:
        if package.marker and not Marker.parse(package.marker).evaluate(
            target.environment, target.extras, groups=target.groups
        ):
            continue
        if package.name in seen:
            raise LockError(f"Multiple active package entries found for `{package.name}`")
        seen.add(package.name)
        _check(package, target)
        found.append(_choose(package, target))
    return tuple(found)


def _check(package: LockedPackage, target: Target) -> None:
    """What has to be true of a package whatever is chosen of it."""
    from weft.core.specifier import requires_python_allows

    wanted = package.requires_python
    if wanted and not requires_python_allows(wanted, target.python):
        raise LockError(
            f"Package `{package.name}` requires Python {wanted}, but the target Python version "
            f"is {target.python}"
        )
    _check_sources(package)
    for wheel in package.wheels or ():
        _check_place(package, wheel, "wheel")
        check_wheel(package, wheel.filename)


def _check_sources(package: LockedPackage) -> None:
    """Exactly one of wheels with sdist, a directory, a commit and an archive."""
    sources = [
        (wording, key)
        for wording, key, item in (
            ("a registry", "wheels", package.wheels),
            ("a registry", "sdist", package.sdist),
            ("a directory", "directory", package.directory),
            ("a VCS", "vcs", package.vcs),
            ("an archive", "archive", package.archive),
        )
        if item is not None
    ]
    if not sources:
        raise LockError(
            f"Package `{package.name}` must include one of: `wheels`, `directory`, `archive`, "
            "`sdist`, or `vcs`"
        )
    others = [each for each in sources[1:] if each[1] != "sdist"]
    if others:
        (first, key), (second, other) = sources[0], others[0]
        raise LockError(
            f"Package `{package.name}` includes both {first} (`packages.{key}`) and {second} "
            f"source (`packages.{other}`)"
        )


def check_wheel(package: LockedPackage, filename: str) -> None:
    """The name of a wheel says the same as its package. Raises FilenameError, LockError."""
    wheel = WheelName.parse(filename)
    for what, found, given in (
        ("name", wheel.name, package.name),
        ("version", wheel.version, package.version),
    ):
        if given and found != given:
            raise LockError(f"Wheel filename `{filename}` does not match package {what} `{given}`")


def _check_place(package: LockedPackage, file: LockedFile, key: str) -> None:
    if not (file.path or file.url):
        raise LockError(f"`packages.{key}` entry for `{package.name}` must have a `path` or `url`")


def _choose(package: LockedPackage, target: Target) -> Selected:
    """The best thing that may be used. Raises LockError with the reason why nothing may."""
    builds = not target.no_build(package.name)
    if package.wheels and not target.no_binary(package.name):
        wheel = _best(package.wheels, target)
        if wheel is not None:
            return Selected(package, "wheel", wheel, WheelName.parse(wheel.filename).version)
    if package.sdist is not None and builds:
        _check_place(package, package.sdist, "sdist")
        return Selected(package, "sdist", package.sdist, _sdist_version(package, package.sdist))
    if package.directory is not None and builds:
        return Selected(package, "directory")
    if package.vcs is not None and builds:
        _check_vcs(package)
        return Selected(package, "vcs", version=package.version)
    if package.archive is not None:
        selected = _archive(package, package.archive)
        if not target.no_binary(package.name) if selected.is_wheel else builds:
            _check_fit(selected, target)
            return selected
    raise LockError(
        f"Package `{package.name}` can't be installed because {_why(package, target)}",
        hints=() if target.no_binary(package.name) else _tag_hints(package, package.wheels or ()),
    )


def _best(wheels: tuple[LockedFile, ...], target: Target) -> LockedFile | None:
    """The lowest rank; among equals the highest build, then the first."""
    best: LockedFile | None = None
    best_key: tuple[int, tuple[int, str]] = (0, (0, ""))
    for wheel in wheels:
        rank = target.rank(wheel.filename)
        if rank is None:
            continue
        key = (-rank, WheelName.parse(wheel.filename).build_key)
        if best is None or key > best_key:
            best, best_key = wheel, key
    return best


def _sdist_version(package: LockedPackage, sdist: LockedFile) -> str:
    """Of the package, else of the file's name. Raises LockError where the two contradict."""
    _check_extension(package, sdist, SDIST_EXTENSIONS)
    try:
        found = SdistName.parse(sdist.filename, package.name).version  # type: ignore[arg-type]
    except FilenameError:
        if package.version:
            return package.version  # there are names from before there were rules
        raise
    if package.version and found != package.version:
        raise LockError(
            f"Source distribution filename `{sdist.filename}` does not match package version "
            f"`{package.version}`"
        )
    return found


def _archive(package: LockedPackage, archive: LockedFile) -> Selected:
    _check_place(package, archive, "archive")
    _check_extension(package, archive, (".whl", *SDIST_EXTENSIONS))
    version = package.version
    if archive.filename.endswith(".whl"):
        check_wheel(package, archive.filename)
        version = WheelName.parse(archive.filename).version
    return Selected(package, "archive", archive, version)


def _check_extension(package: LockedPackage, file: LockedFile, allowed: tuple[str, ...]) -> None:
    if not file.filename.endswith(allowed):
        known = ", ".join([f"`{extension}`" for extension in allowed])
        raise LockError(
            f"Package `{package.name}` can't be installed because `{file.filename}` is not a "
            f"distribution (expected one of: {known})"
        )


def _check_vcs(package: LockedPackage) -> None:
    vcs = package.vcs
    assert vcs is not None, "asked of a repository only"
    if vcs.type != "git":
        raise LockError(
            f"Package `{package.name}` is in a `{vcs.type}` repository, and only `git` is supported"
        )
    if not (vcs.url or vcs.path):
        raise LockError(f"`packages.vcs` entry for `{package.name}` must have a `url` or `path`")


def _check_fit(selected: Selected, target: Target) -> None:
    """A wheel that is the only file of its package."""
    file = selected.file
    if selected.is_wheel and file is not None and target.rank(file.filename) is None:
        raise LockError(
            f"Package `{selected.package.name}` can't be installed because the binary "
            "distribution is incompatible with the current platform",
            hints=_tag_hints(selected.package, (file,)),
        )


def _why(package: LockedPackage, target: Target) -> str:
    """uv's reasons, which follow on `can't be installed because`."""
    name = package.name
    no_binary, no_build = target.no_binary(name), target.no_build(name)
    is_wheel = package.archive is not None and package.archive.filename.endswith(".whl")
    if no_binary and no_build:
        return "it is marked as both `--no-binary` and `--no-build`"
    if no_binary and is_wheel:
        return "it is marked as `--no-binary` but is itself a binary distribution"
    if no_binary:
        return "it is marked as `--no-binary` but has no source distribution"
    if no_build:
        return "it is marked as `--no-build` but has no binary distribution"
    return "it doesn't have a source distribution or wheel for the current platform"


def _tag_hints(package: LockedPackage, wheels: Iterable[LockedFile]) -> tuple[str, ...]:
    """What the wheels are for; nothing where there are none."""
    names = [WheelName.parse(each.filename) for each in wheels]
    tags = dict.fromkeys(f"{each.python}-{each.abi}-{each.platform}" for each in names)
    if not tags:
        return ()
    version = f" (v{package.version})" if package.version else ""
    shown = [f"`{tag}`" for tag in tags]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return (
        f"`{package.name}`{version} only has wheels with the following tags: "
        f"{', '.join(shown[:_SHOWN])}{more}",
    )
