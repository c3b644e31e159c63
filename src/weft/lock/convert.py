"""A `pylock.toml` that is the lock of a project.

Owns the way from what a `uv.lock` says to the standard file and back: any installer finds the
packages, their files and markers there, and `[tool.weft]` has what the standard has no word for,
so that nothing is lost on either way. Refuses to resolve and to open files.
Follows PEP 751; what stands below `[tool.weft]` has the form of `uv.lock`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.lock.model import LockedFile, LockedPackage, Pylock, last_of_path, last_of_url
from weft.lock.uvmodel import UvFile, UvLock, UvManifest, UvPackage, UvRequirement, UvSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date
    from typing import Any

    from weft.core.marker_sets import MarkerSet

    Files = tuple[UvFile | None, tuple[UvFile, ...]]

_FACTS = "packages.tool.weft"


def to_pylock(lock: UvLock, *, default_groups: tuple[str, ...] = ()) -> Pylock:
    """The standard part: what an installer needs for the project, its extras and its groups.

    Members that nothing leads to are not in it, nor are trees that nobody installs.
    """
    pairs = _standard(lock)
    return _document(lock, [each for each in pairs if each is not None], default_groups)


def write_project_pylock(lock: UvLock, *, default_groups: tuple[str, ...] = ()) -> str:
    """The whole text of a project's `pylock.toml`, with a line feed at its end."""
    from weft.lock.pylock_text import package_lines, pylock_text
    from weft.lock.uvlock_write import Lines, ambiguous_names, write_head, write_package

    standard = _standard(lock)
    document = _document(lock, [], default_groups)
    head = pylock_text(document).removesuffix("packages = []\n").rstrip("\n")
    lines = Lines([head])
    if not any(standard):
        lines.append("packages = []")
    ambiguous = ambiguous_names(lock.packages)
    rest = []
    for package, locked in zip(lock.packages, standard, strict=True):
        if locked is None:
            rest.append(package)
            continue
        lines += package_lines(locked)
        lines.table(_FACTS)
        start = len(lines)
        write_package(lines, _facts(package, locked), ambiguous, _FACTS)
        del lines[start]  # the name, which stands above
        if locked.version:
            del lines[start]
    lines.top = "tool."
    lines.table("weft")
    lines.top = "tool.weft."
    write_head(lines, lock)
    for package in rest:
        lines.row("package")
        write_package(lines, package, ambiguous, "package")
    return "\n".join([*lines, ""])


def read_project_pylock(text: str, shown: str = "pylock.toml") -> UvLock:
    """The lock again. A file without `[tool.weft]` has packages, but no edges between them.

    Raises LockError (InvalidLock of `weft.lock.pylock`, or InvalidUvLock) with a cause.
    """
    from weft.lock.pylock import InvalidLock, check_pylock, parsed_tables
    from weft.lock.uvlock_check import check_files, check_packages
    from weft.lock.uvlock_read import FutureUvLock, InvalidUvLock, located, merging
    from weft.lock.uvlock_values import WrongTable
    from weft.lock.uvmodel import VERSION

    try:
        top = parsed_tables(text, shown)
        document, _warnings = check_pylock(top, text, shown)
    except InvalidLock as error:
        raise merging(text, shown, error.__cause__) or error from error.__cause__
    try:
        facts = _below(top, ())
        if facts is None:
            return from_pylock(document)
        tables = [_package_table(table, number) for number, table in enumerate(top["packages"])]
        lock = _lock_of(facts, tables)
        lock = replace(lock, packages=_in_order(lock.packages))
        check_packages(lock)
        check_files(lock)
    except WrongTable as error:
        raise InvalidUvLock(shown) from located(error, text)
    except WeftError as error:
        raise InvalidUvLock(shown) from error
    if lock.version != VERSION:
        raise FutureUvLock(shown, lock.version)
    return lock


def from_pylock(document: Pylock) -> UvLock:
    """The packages of any standard lock, each asked for where its marker holds.

    There are no edges between them and no members: it is for installing and for preferences.
    """
    packages = tuple([_uv_package(package) for package in document.packages])
    asked = [UvRequirement(package.name, marker=package.marker) for package in document.packages]
    return UvLock(
        document.requires_python,
        packages,
        supported_markers=document.environments,
        manifest=UvManifest(requirements=tuple(dict.fromkeys(asked))),
    )


# From the project's lock.


def _document(
    lock: UvLock, packages: list[LockedPackage], default_groups: tuple[str, ...]
) -> Pylock:
    from weft.lock.export import root_package

    root = root_package(lock)
    extras: tuple[str, ...] = ()
    groups = [name for name, _ in lock.manifest.dependency_groups]
    if root is not None:
        extras = tuple(sorted({*root.metadata.provides_extras, *dict(root.optional_dependencies)}))
        groups += [*dict(root.metadata.requires_dev), *dict(root.dev_dependencies)]
    return Pylock(
        tuple(packages),
        requires_python=lock.requires_python,
        environments=lock.supported_markers,
        extras=extras,
        dependency_groups=tuple(sorted(set(groups))),
        default_groups=tuple([name for name in default_groups if name in groups]),
    )


def _standard(lock: UvLock) -> list[LockedPackage | None]:
    """What an installer is to see of each package; None for what it is not."""
    from weft.core.marker_sets import MarkerSet
    from weft.core.specifier import Specifiers
    from weft.lock.convert_markers import needed
    from weft.lock.export import key_of

    markers = needed(lock)
    pythons = MarkerSet.of_python(Specifiers.parse(lock.requires_python))
    found = []
    for package in lock.packages:
        marker = markers.get(key_of(package), MarkerSet.FALSE)
        shown = None
        if package.source.kind != "virtual" and not marker.is_false:
            shown = _locked(package, marker.simplified(pythons))
        found.append(shown)
    return found


def _locked(package: UvPackage, marker: MarkerSet) -> LockedPackage:
    from weft.lock.export import Exported
    from weft.lock.export_pylock import pylock_of

    each = Exported(package, marker, ())
    document = pylock_of([each], requires_python="", path=lambda path: path)
    locked = document.packages[0]
    if locked.sdist is not None and package.sdist is not None:
        locked = replace(locked, sdist=_exact(locked.sdist, package.sdist))
    if locked.wheels is not None:
        pairs = zip(locked.wheels, package.wheels, strict=True)
        locked = replace(locked, wheels=tuple([_exact(file, wheel) for file, wheel in pairs]))
    return locked


def _exact(file: LockedFile, original: UvFile) -> LockedFile:
    return replace(file, uploaded=original.upload_time)


def _facts(package: UvPackage, locked: LockedPackage) -> UvPackage:
    """What is left to say of a package besides the standard part."""
    if _files_of(locked, package.source) == (package.sdist, package.wheels):
        return replace(package, sdist=None, wheels=())
    return package


# Back.


def _in_order(packages: tuple[UvPackage, ...]) -> tuple[UvPackage, ...]:
    from weft.lock.uvorder import package_order

    return tuple(sorted(packages, key=package_order))


def _below(table: dict[str, Any], place: tuple[str | int, ...]) -> dict[str, Any] | None:
    """What weft has written below `tool`, if anything."""
    from weft.lock.uvlock_values import check_table

    tool = table.get("tool", {})
    check_table(tool, (*place, "tool"))
    facts = tool.get("weft")
    if facts is not None:
        check_table(facts, (*place, "tool", "weft"))
    found: dict[str, Any] | None = facts
    return found


def _lock_of(facts: dict[str, Any], tables: list[dict[str, Any]]) -> UvLock:
    """The lock of what both parts say. Raises WrongTable with the place in the file."""
    from weft.lock.uvlock_tables import lock_of
    from weft.lock.uvlock_values import WrongTable, check_list

    below = ("tool", "weft")
    rest = facts.get("package", [])
    check_list(rest, (*below, "package"))
    try:
        return lock_of({**facts, "package": [*tables, *rest]})
    except WrongTable as error:
        first, *inner = error.place or ("",)
        if first != "package" or not inner or not isinstance(inner[0], int):
            raise WrongTable((*below, *error.place), error.message) from None
        number = inner[0] - len(tables)
        if number >= 0:
            raise WrongTable((*below, "package", number, *inner[1:]), error.message) from None
        shared = inner[1:2] and inner[1] in ("name", "version")
        place = ("packages", inner[0], *(() if shared else below), *inner[1:])
        raise WrongTable(place, error.message) from None


def _package_table(table: dict[str, Any], number: int) -> dict[str, Any]:
    """A package of the standard part in the form of a `uv.lock`."""
    from weft.lock.uvlock_tables import source
    from weft.lock.uvlock_values import WrongTable

    place = ("packages", number)
    facts = _below(table, place)
    if facts is None or "source" not in facts:
        raise WrongTable(place, "missing field `tool.weft.source`")
    origin = source(facts["source"], (*place, "tool", "weft", "source"))
    found = {"name": table["name"], **facts}
    if "version" in table:
        found["version"] = table["version"]
    if "sdist" not in facts and "wheels" not in facts:
        found.update(_file_tables(table, origin))
    return found


def _file_tables(table: dict[str, Any], origin: UvSource) -> dict[str, Any]:
    found: dict[str, Any] = {}
    archive = table.get("archive")
    if archive is not None:
        row = _file_table({**archive, "url": "", "path": ""}, origin)
        place = _archive_place(origin)
        if row:  # else nothing is known of the file
            found = {"wheels": [{**place, **row}]} if place else {"sdist": row}
    if "sdist" in table:
        found["sdist"] = _file_table(table["sdist"], origin)
    if "wheels" in table:
        found["wheels"] = [_file_table(wheel, origin) for wheel in table["wheels"]]
    return found


def _file_table(row: dict[str, Any], origin: UvSource) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.get("url"):
        found["url"] = row["url"]
    if row.get("path"):
        found["path"] = _inside(row["path"], origin)
    for algorithm, digest in row["hashes"].items():
        found["hash"] = f"{algorithm}:{digest}"
        break
    if "size" in row:
        found["size"] = row["size"]
    if "upload-time" in row:
        found["upload-time"] = _moment(row["upload-time"])
    return found


def _files_of(locked: LockedPackage, origin: UvSource) -> Files:
    """The files that reading the standard part gives."""

    def file(row: LockedFile) -> UvFile:
        path = _inside(row.path, origin) if row.path else ""
        digest = ":".join(row.hashes[0]) if row.hashes else ""
        return UvFile(row.url, path, "", digest, row.size, row.uploaded)

    if locked.archive is not None:
        bare = file(replace(locked.archive, url="", path=""))
        if bare == UvFile():
            return None, ()
        place = _archive_place(origin)
        return (None, (replace(bare, **place),)) if place else (bare, ())
    sdist = None if locked.sdist is None else file(locked.sdist)
    return sdist, tuple([file(wheel) for wheel in locked.wheels or ()])


def _archive_place(origin: UvSource) -> dict[str, str]:
    """How a wheel that is the source itself is named; nothing where that is no wheel."""
    name = (last_of_url if origin.kind == "url" else last_of_path)(origin.location)
    if not name.endswith(".whl"):
        return {}
    return {"url": origin.location} if origin.kind == "url" else {"filename": name}


def _inside(path: str, origin: UvSource) -> str:
    """A path that counts from a directory of files rather than from the lock."""
    if origin.kind == "registry" and "://" not in origin.location:
        return path.removeprefix(f"{origin.location}/")
    return path


def _moment(found: date) -> str:
    """RFC 3339 in UTC, with no more digits than there are; a day alone means its start."""
    from datetime import UTC, datetime, time

    if not isinstance(found, datetime):
        found = datetime.combine(found, time())
    moment = found.astimezone(UTC) if found.tzinfo is not None else found
    digits = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{digits}Z"


# From any standard lock.


def _uv_package(package: LockedPackage) -> UvPackage:
    origin = _origin(package)
    sdist, wheels = _files_of(package, origin)
    return UvPackage(
        package.name,
        package.version,
        origin,
        resolution_markers=(package.marker,) if package.marker else (),
        sdist=sdist,
        wheels=wheels,
    )


def _origin(package: LockedPackage) -> UvSource:
    if package.directory is not None:
        path = package.directory.path
        return UvSource("editable" if package.directory.editable else "directory", path)
    if package.vcs is not None:
        return UvSource("git", _repository(package))
    if package.archive is not None:
        archive = package.archive
        if archive.path:
            return UvSource("path", archive.path)
        return UvSource("url", archive.url, archive.subdirectory)
    return UvSource("registry", package.index)


def _repository(package: LockedPackage) -> str:
    from urllib.parse import quote_plus

    vcs = package.vcs
    assert vcs is not None, "asked of a repository only"
    pairs = [("subdirectory", vcs.subdirectory), ("rev", vcs.requested_revision)]
    query = "&".join([f"{key}={quote_plus(text)}" for key, text in pairs if text])
    return f"{vcs.url or vcs.path}{'?' if query else ''}{query}#{vcs.commit_id}"
