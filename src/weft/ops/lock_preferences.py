"""What an earlier lock says which versions to try first.

Owns reading `uv.lock` for that, and `poetry.lock` and `pdm.lock` where a project has no lock yet.
Refuses to decide whether a lock is fresh.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weft.lock.freshness import Check
    from weft.lock.uvmodel import UvLock, UvPackage
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.lock_request import LockRequest
    from weft.project.lines import RequirementLine

    Preferences = dict[str, tuple[tuple[str, MarkerSet], ...]]

_OTHERS = ("poetry.lock", "pdm.lock")


def read_preferences(
    context: Context,
    request: LockRequest,
    lock: UvLock | None,
    *,
    check: Check,
    building: Building,
    lines: Iterable[RequirementLine],
) -> tuple[Mapping[str, tuple[tuple[str, MarkerSet], ...]], tuple[MarkerSet, ...]]:
    """Versions by name with where they count, and the regions to begin with.

    A version from another index than the one that `lines`, all that members and scripts require,
    name for a project does not count: it need not be the same file. Commits of repositories are
    noted where they will be asked for.
    """
    if lock is None:
        return dict(_foreign(context, request)), ()
    if not check.usable:
        return {}, ()
    supported = MarkerSet.of_python(request.python)
    left_out = upgraded(context, lock)
    wanted = _indexes(lines, request.root)
    found: Preferences = {}
    for package in lock.packages:
        if package.name in left_out or not package.version:
            continue
        if _is_elsewhere(package, wanted, request.root):
            continue
        if package.source.kind == "git":
            _note_commit(building, package.source.location)
        where = MarkerSet.TRUE
        if package.resolution_markers:
            where = MarkerSet.FALSE
            for text in package.resolution_markers:
                where |= MarkerSet.parse(text)
        found[package.name] = (*found.get(package.name, ()), (package.version, where))
    forks: tuple[MarkerSet, ...] = ()
    if check.forks:
        forks = tuple([MarkerSet.parse(text) & supported for text in lock.resolution_markers])
    return found, forks


def _is_elsewhere(package: UvPackage, wanted: Mapping[str, set[str]], root: str) -> bool:
    """Whether a package is from another index than those that are wanted for it."""
    indexes = wanted.get(package.name)
    if indexes is None or package.source.kind != "registry":
        return False
    return _place(package.source.location, root) not in indexes


def _indexes(lines: Iterable[RequirementLine], root: str) -> dict[str, set[str]]:
    """The projects that are looked for in indexes of their own, and nowhere else."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if line.requirement is not None and line.requirement.url is None:
            place = _place(line.index, root) if line.index else ""
            found.setdefault(line.requirement.name, set()).add(place)
    return {name: places for name, places in found.items() if "" not in places}


def _place(index: str, root: str) -> str:
    """An index as requirements or locks have it, in one spelling: a URL, or an absolute path."""
    from weft.index.urls import local_path, without_credentials
    from weft.system.lean import os

    path = local_path(index) if index.startswith("file:") else None
    if path is not None or "://" not in index:
        return os.path.normpath(os.path.join(root, path or index))
    return without_credentials(index).rstrip("/")


def upgraded(context: Context, lock: UvLock) -> frozenset[str]:
    """The names whose versions are chosen anew."""
    from weft.core.requirement import Requirement

    names = {str(Requirement.parse(text).name) for text in context.settings.upgrade_package}
    groups = set(context.settings.upgrade_group)
    if groups:
        names |= _below(lock, groups)
    return frozenset(names)


def _below(lock: UvLock, groups: set[str]) -> set[str]:
    """Everything that the dependency groups of any member lead to."""
    by_name: dict[str, list[UvPackage]] = {}
    for package in lock.packages:
        by_name.setdefault(package.name, []).append(package)
    waiting = [
        edge.name
        for package in lock.packages
        for name, edges in package.dev_dependencies
        if name in groups
        for edge in edges
    ]
    waiting += [
        each.name
        for name, rows in lock.manifest.dependency_groups
        if name in groups
        for each in rows
    ]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for package in by_name.get(name, ()):
            waiting += [edge.name for edge in package.dependencies]
            for _, edges in package.optional_dependencies:
                waiting += [edge.name for edge in edges]
    return found


def _note_commit(building: Building, location: str) -> None:
    """A branch or tag stands for the commit that it stood for."""
    address, _, commit = location.partition("#")
    repository, _, query = address.partition("?")
    reference = None
    for part in query.split("&"):
        key, _, content = part.partition("=")
        if key in ("rev", "tag", "branch"):
            from urllib.parse import unquote_plus

            reference = unquote_plus(content)
    if commit:
        building.git().know(repository, reference, commit)


def _foreign(
    context: Context, request: LockRequest
) -> Iterator[tuple[str, tuple[tuple[str, MarkerSet], ...]]]:
    """The versions of another tool's lock."""
    from weft.core.names import normalize_name
    from weft.project.toml import TomlError, parse_toml
    from weft.system.files import read_bytes
    from weft.system.lean import os

    if context.settings.upgrade:
        return
    for filename in _OTHERS:
        data = read_bytes(os.path.join(request.root, filename))
        if data is None:
            continue
        try:
            packages = parse_toml(data.decode()).get("package")
        except (UnicodeDecodeError, TomlError):
            continue
        found: Preferences = {}
        for each in packages if isinstance(packages, list) else ():
            name, version = each.get("name"), each.get("version")
            if isinstance(name, str) and isinstance(version, str):
                key = str(normalize_name(name))
                found[key] = (*found.get(key, ()), (version, MarkerSet.TRUE))
        yield from found.items()
        return
