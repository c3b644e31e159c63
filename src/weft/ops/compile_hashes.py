"""The hashes of the files that a compiled version consists of.

Owns where they come from: the earlier output, the pages of the index, and the files themselves
where nobody else tells. Refuses to choose versions. Follows pip's hash-checking mode.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.core.distribution import CachedWheel, File
    from weft.core.source import Source
    from weft.fetch.database import Database
    from weft.ops.building import Building
    from weft.ops.compile_pins import Pin
    from weft.ops.compile_preferences import Preference

    Hashes = Iterable[tuple[str, str]]

_ORDER = ("md5", "sha256", "sha384", "sha512", "blake2b")


def hashes_of(
    pins: Iterable[Pin],
    preferences: Iterable[Preference],
    *,
    database: Database,
    building: Building,
) -> dict[Pin, Sequence[str]]:
    """`algorithm:hex` of all files of each version, of whichever platform.

    Hashes that an earlier output has for the same version are taken as they stand there.
    """
    kept = {(str(each.name), each.version): each.hashes for each in preferences if each.hashes}
    found: dict[Pin, Sequence[str]] = {}
    for pin in pins:
        before = None if pin.direct else kept.get((pin.name, pin.version))
        found[pin] = _texts(before) if before else _sorted(_hashes(pin, database, building))
    return found


def _texts(hashes: Hashes) -> list[str]:
    return [f"{algorithm}:{digest}" for algorithm, digest in hashes]


def _sorted(hashes: Hashes) -> list[str]:
    known = [each for each in dict.fromkeys(hashes) if each[0] in _ORDER]
    return _texts(sorted(known, key=lambda each: (_ORDER.index(each[0]), each[1])))


def _hashes(pin: Pin, database: Database, building: Building) -> Hashes:
    if pin.direct is not None:
        return hashes_of_direct(pin, building)
    listed = [each for file in files_of(pin, database) for each in file.hashes]
    if listed or pin.file is None:
        return listed
    if pin.file.filename.endswith(".whl"):
        return _of_wheel(pin.name, pin.version, pin.file, building)
    from weft.core.source import Source

    source = Source("sdist", pin.file.url, pin.name, pin.version, pin.file)
    return building.builder.archive(source).hashes


def files_of(pin: Pin, database: Database) -> Sequence[File]:
    """All files of the version in the place that the chosen one is from."""
    from weft.fetch.projects import Project

    project = database.project(pin.name)
    if not isinstance(project, Project) or pin.file is None:
        return ()
    return [file for file in project.files(pin.position) if file.index == pin.file.index]


def hashes_of_direct(pin: Pin, building: Building) -> Hashes:
    """Of an archive or a wheel; a directory and a repository have none."""
    direct = pin.direct
    assert direct is not None, "asked of a path or a URL only"
    source: Source | None = direct.source
    if source is None:
        file = direct.candidate.file
        assert file is not None, "what is not built is a wheel"
        return file.hashes or _of_wheel(pin.name, pin.version, file, building)
    if source.kind != "archive":
        return ()
    return building.builder.archive(source).hashes


def _of_wheel(name: str, version: str, file: File, building: Building) -> Hashes:
    from weft.fetch.stored import Wanted, path_of

    wheels: Mapping[str, CachedWheel] = building.session.preparation().run(
        [Wanted(name, version, file)]
    )
    known = wheels[name].hashes
    if not known and file.url.startswith("file://"):  # nobody has asked for them until now
        from weft.store.hashes import check_hashes

        known = check_hashes(path_of(file.url), file.filename, hashes=(), computed=())
    return known
