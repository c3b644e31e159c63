"""Which distribution a file of an environment belongs to.

Owns the reading of the RECORDs of an environment for that question, and the rule where a row's
path lies. Refuses to change anything. Follows "Recording installed projects": paths are relative
to the directory that holds the dist-info directory, or absolute.
"""

from __future__ import annotations

from weft.core.value import value
from weft.install.record import RecordError, record_paths
from weft.system.files import read_bytes
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DIST_INFO = ".dist-info"


@value
class Registered:
    """The RECORD of one dist-info directory: its bytes, and where it lies."""

    dist_info: str
    location: str
    record: bytes


def project_of(dist_info: str) -> str:
    """The project as the path of its dist-info directory spells it."""
    return os.path.basename(dist_info).removesuffix(DIST_INFO).rpartition("-")[0]


def registered(site_directories: Sequence[str], *, without: Iterable[str] = ()) -> list[Registered]:
    """Every dist-info directory with a RECORD, but for the paths in `without`.

    Directories that cannot be listed or read own nothing.
    """
    excluded = {os.path.normpath(path) for path in without}
    found: list[Registered] = []
    for location in site_directories:
        try:
            names = os.listdir(location)
        except OSError:
            continue
        for name in sorted(names):
            path = f"{location}/{name}"
            if not name.endswith(DIST_INFO) or os.path.normpath(path) in excluded:
                continue
            data = read_bytes(f"{path}/RECORD")
            if data is not None:
                found.append(Registered(path, location, data))
    return found


def owners_of(paths: Iterable[str], distributions: Iterable[Registered]) -> dict[str, list[str]]:
    """For each of the absolute, normalized `paths` that is registered: its owners' dist-infos.

    A RECORD is parsed only if one of its rows begins like one of the paths: looking for that in
    bytes costs a thousandth.
    """
    wanted = set(paths)
    owners: dict[str, list[str]] = {}
    if not wanted:
        return owners
    tops: dict[str, set[bytes]] = {}
    for distribution in distributions:
        location = distribution.location
        if location not in tops:
            tops[location] = {_beginning(path, location) for path in wanted}
        record = distribution.record
        if _goes_around(record, location) or any(_mentions(record, top) for top in tops[location]):
            for path in _paths(distribution):
                if path in wanted:
                    owners.setdefault(path, []).append(distribution.dist_info)
    return owners


def shared_files(
    location: str, rows: Sequence[str], others: Sequence[Registered]
) -> frozenset[str]:
    """Which files of a RECORD's rows `others` register too: absolute, normalized paths."""
    if not others:
        return frozenset()
    tops = set(map(os.fsencode, {row.partition("/")[0] for row in rows}))
    plain = tops.isdisjoint((b"..", b".", b""))
    candidates = [
        other
        for other in others
        if not plain
        or other.location != location
        or _goes_around(other.record, location)
        or any(_mentions(other.record, top) for top in tops)
    ]
    if not candidates:
        return frozenset()
    return frozenset(owners_of([row_path(location, row) for row in rows], candidates))


def row_path(location: str, path: str) -> str:
    """The absolute, normalized path of a RECORD row."""
    return os.path.normpath(os.path.join(location, path))


def _paths(distribution: Registered) -> list[str]:
    try:
        paths = record_paths(distribution.record, f"{distribution.dist_info}/RECORD")
    except RecordError:
        return []
    return [row_path(distribution.location, path) for path in paths]


def _beginning(path: str, location: str) -> bytes:
    """How a row for `path` begins: its first directory below `location`, `../`, or its name."""
    inside = location.rstrip("/") + "/"
    if not path.startswith(inside):
        return b"../"
    top, slash, _ = path[len(inside) :].partition("/")
    return os.fsencode(top + slash)


def _goes_around(record: bytes, location: str) -> bool:
    """Whether a row may leave `location` and come back (`../../site-packages/x.py`)."""
    back = b"/" + os.fsencode(os.path.basename(location.rstrip("/"))) + b"/"
    return b"../" in record and back in record


def _mentions(record: bytes, top: bytes) -> bool:
    """Whether a row begins with `top`; quoted, absolute and `./` rows count as mentioning all."""
    if record.startswith((top, b'"', b"/", b"./")):
        return True
    return b"\n" + top in record or b'\n"' in record or b"\n/" in record or b"\n./" in record
