"""Whether the packages of a `uv.lock` fit together.

Owns what no table shows by itself: packages that are there twice, edges that lead to none or to
several, wheels of another project or version, hashes that have to be there. Refuses to mend.
Follows what uv refuses to read, in its sentences.
"""

from __future__ import annotations

from weft.lock.model import LockError
from weft.lock.uvmodel import LOCAL_KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvmodel import UvDependency, UvFile, UvLock, UvPackage, UvSource

_SCHEMES = {"url": "direct"}


def shown_id(name: str, version: str, source: UvSource | None) -> str:
    """`name==version @ registry+https://…`, as messages have it."""
    pinned = f"{name}=={version}" if version else name
    if source is None:
        return pinned
    return f"{pinned} @ {_SCHEMES.get(source.kind, source.kind)}+{source.location}"


def check_packages(lock: UvLock) -> None:
    """Raises LockError for a package without the version that its source promises, for one that is
    there twice, and for an edge to nowhere."""
    by_name: dict[str, list[UvPackage]] = {}
    for package in lock.packages:
        if not package.version and package.source.kind == "registry":
            raise LockError(
                f"Package `{package.name}` from a registry source has a missing `version` field"
            )
        others = by_name.setdefault(package.name, [])
        for other in others:
            if other.version == package.version and other.source == package.source:
                shown = shown_id(package.name, package.version, package.source)
                raise LockError(f"Found duplicate package `{shown}`")
        others.append(package)
    for package in lock.packages:
        for edge in package.dependencies:
            _check_edge(package, edge, by_name)
        for _name, edges in package.optional_dependencies:
            for edge in edges:
                _check_edge(package, edge, by_name)
        for _name, edges in package.dev_dependencies:
            for edge in edges:
                _check_edge(package, edge, by_name)


def _check_edge(
    package: UvPackage, edge: UvDependency, by_name: dict[str, list[UvPackage]]
) -> None:
    targets = by_name.get(edge.name, ())
    if len(targets) == 1 and not edge.version and edge.source is None:
        return  # the usual case
    version = edge.version
    if edge.source is None:
        if len(targets) != 1:
            raise LockError(
                f"Dependency `{edge.name}` has missing `source` field but has more than one "
                "matching package"
            )
        version = version or targets[0].version
        found = targets[0].version == version
    else:
        found = any(each.version == version and each.source == edge.source for each in targets)
    if not found:
        raise LockError(
            f"For package `{shown_id(package.name, package.version, package.source)}`, found "
            f"dependency `{shown_id(edge.name, version, edge.source)}` with no locked package"
        )


def check_files(lock: UvLock) -> None:
    """Raises LockError for a file without a hash it needs, and for a wheel of another version or
    another project, which uv installs."""
    for package in lock.packages:
        check_package_files(package, package.sdist, package.wheels)


def check_package_files(
    package: UvPackage, sdist: UvFile | None, wheels: tuple[UvFile, ...]
) -> None:
    """As `check_files`, of one package."""
    if package.source.kind in ("url", "path"):
        for file, what in ((sdist, "source distribution"), *[(each, "wheel") for each in wheels]):
            if file is not None and not file.hash:
                kind = _SCHEMES.get(package.source.kind, package.source.kind)
                raise LockError(
                    f"Since the package "
                    f"`{shown_id(package.name, package.version, package.source)}` comes from a "
                    f"{kind} dependency, a hash was expected but one was not found for {what}"
                )
    if not package.version or package.source.kind in LOCAL_KINDS:
        return
    for wheel in wheels:
        _check_wheel(package, wheel)


def _check_wheel(package: UvPackage, wheel: UvFile) -> None:
    from weft.core.filename import WheelName
    from weft.lock.uvlock_tables import file_name

    filename = file_name(wheel)
    parts = filename.split("-")
    usual = len(parts) == 5 and parts[1] == package.version and filename.endswith(".whl")
    if usual and parts[0].lower().replace("_", "-") == package.name and all(parts):
        return  # what parsing would find, too
    found = WheelName.parse(filename)
    entry = f"The entry for package `{package.name}` ({package.version}) has wheel `{filename}`"
    if found.name != package.name:
        raise LockError(f"{entry}, which is a wheel of `{found.name}`")
    if found.version != package.version:
        raise LockError(
            f"{entry} with inconsistent version ({found.version}), which indicates a malformed "
            "wheel"
        )
