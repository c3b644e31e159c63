"""A project's lock as a `pylock.toml`.

Owns the way from packages that are exported to those of the standard file. Refuses to choose files:
every one that the lock has is named, since the file is for all environments.
Follows PEP 751, and uv where that leaves a choice.
"""

from __future__ import annotations

from weft.core.value import replace, value
from weft.lock.model import LockedDirectory, LockedFile, LockedPackage, LockedVcs, Pylock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weft.core.distribution import Hashes
    from weft.lock.export import Exported
    from weft.lock.uvmodel import UvFile, UvPackage


def pylock_of(
    packages: Iterable[Exported],
    *,
    requires_python: str,
    environments: tuple[str, ...] = (),
    path: Callable[[str], str],
    absolute: Callable[[str], str] | None = None,
    digest: Callable[[str], str] = lambda path: "",
    editable: Callable[[str], bool] = lambda name: True,
) -> Pylock:
    """The file's values.

    `path` makes a path that counts from the lock count from the new file. `absolute` makes it
    absolute, for indexes that are directories; None leaves their files relative. `digest` is the
    hash, `algorithm:hex`, of a file there that the lock has no hash of.
    """
    from weft.lock.export_requirements import package_order

    ordered = sorted(packages, key=lambda each: package_order(each.package))
    return Pylock(
        tuple(
            [
                _package(each, _Paths(path, absolute, digest), editable)
                for each in ordered
                if each.package.source.kind != "virtual"
            ]
        ),
        requires_python=requires_python,
        environments=environments,
    )


@value
class _Paths:
    """See `pylock_of`."""

    relative: Callable[[str], str]
    absolute: Callable[[str], str] | None
    digest: Callable[[str], str]


def _package(each: Exported, paths: _Paths, editable: Callable[[str], bool]) -> LockedPackage:
    package = each.package
    kind, location = package.source.kind, package.source.location
    marker = "" if each.marker.is_true else each.marker.text
    if kind in ("directory", "editable"):
        told = kind == "editable" if editable(package.name) else None
        tree = LockedDirectory(paths.relative(location), told)
        return LockedPackage(package.name, marker=marker, directory=tree)
    if kind == "git":
        return LockedPackage(package.name, package.version, marker, vcs=_vcs(location))
    if kind in ("url", "path"):
        archive = _archive(package, paths.relative)
        return LockedPackage(package.name, package.version, marker, archive=archive)
    return LockedPackage(
        package.name,
        package.version,
        marker,
        index=_index(location, paths),
        sdist=_file(package.sdist, location, paths) if package.sdist is not None else None,
        wheels=tuple([_wheel(wheel, location, paths) for wheel in package.wheels]) or None,
    )


def _index(location: str, paths: _Paths) -> str:
    """The URL of an index."""
    if "://" in location:
        return location
    return "" if paths.absolute is None else _file_url(paths.absolute(location))


def _file_url(path: str) -> str:
    from urllib.parse import quote

    return f"file://{quote(path)}"


def _vcs(location: str) -> LockedVcs:
    from weft.lock.export_requirements import git_parts

    url, asked, commit = git_parts(location)
    revision = asked.get("rev") or asked.get("tag") or asked.get("branch") or ""
    return LockedVcs(
        "git",
        commit,
        url,
        requested_revision=revision,
        subdirectory=asked.get("subdirectory", ""),
    )


def _archive(package: UvPackage, path: Callable[[str], str]) -> LockedFile:
    file = package.sdist if package.sdist is not None else next(iter(package.wheels), None)
    hashes = _hashes(file) if file is not None else ()
    size = file.size if file is not None else None
    if package.source.kind == "path":
        return LockedFile(path=path(package.source.location), size=size, hashes=hashes)
    return LockedFile(
        package.source.location,
        size=size,
        hashes=hashes,
        subdirectory=package.source.subdirectory,
    )


def _wheel(wheel: UvFile, location: str, paths: _Paths) -> LockedFile:
    """A wheel whose project is not written in its normal form has a name besides its URL."""
    from weft.core.names import normalize_name
    from weft.lock.model import last_of_url

    found = _file(wheel, location, paths)
    if found.name or not found.url:
        return found
    last = last_of_url(found.url)
    project, _, rest = last.partition("-")
    name = f"{normalize_name(project).replace('-', '_')}-{rest}"
    return found if name == last else replace(found, name=name)


def _file(file: UvFile, location: str, paths: _Paths) -> LockedFile:
    from weft.lock.model import last_of_url

    url, local = file.url, ""
    if file.path:
        place = file.path if "://" in location else f"{location}/{file.path}"
        if paths.absolute is None:
            local = paths.relative(place)
        else:
            url = _file_url(paths.absolute(place))
            if not file.hash:
                file = replace(file, hash=paths.digest(paths.absolute(place)))
    hashes, uploaded = _hashes(file), _seconds(file.upload_time)
    if local:
        return LockedFile(path=local, size=file.size, upload_time=uploaded, hashes=hashes)
    name = file.filename if file.filename and last_of_url(url) != file.filename else ""
    return LockedFile(url, name=name, size=file.size, upload_time=uploaded, hashes=hashes)


def _seconds(moment: str) -> int | None:
    """A moment of the lock in epoch seconds; the file's times are whole ones."""
    if not moment:
        return None
    from weft.core.dates import parse_upload_time

    return parse_upload_time(moment)


def _hashes(file: UvFile) -> Hashes:
    if not file.hash:
        return ()
    algorithm, _, digest = file.hash.partition(":")
    return ((algorithm, digest),)
