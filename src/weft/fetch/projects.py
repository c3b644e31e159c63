"""One project out of all places that count.

Owns the merge of index pages, find-links and a version that is known beforehand into one list of
versions with their files. Refuses to fetch, and to choose a file.
"""

from __future__ import annotations

from weft.resolver.candidates import VersionList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from weft.core.distribution import File
    from weft.core.metadata import Metadata
    from weft.fetch.selection import Supported
    from weft.index.simple import PackedPage


class Candidate:
    """A version that is known beforehand: installed already, or named by a path or a URL."""

    __slots__ = ("file", "metadata", "version")

    def __init__(self, version: str, metadata: Callable[[], Metadata], file: File | None) -> None:
        self.version = version
        self.metadata = metadata
        self.file = file


class Project:
    """All versions of one project from all places that count, lowest first.

    `files` gives all files of a version. `fitting`, where there is one, gives only the wheels
    among which the best is, if there are any: of the dozens that a version may have, one or two.
    `chosen` remembers the choices that were made: by position a file, or the fields of a refusal.
    """

    __slots__ = ("chosen", "files", "fitting", "known", "versions")

    def __init__(
        self,
        versions: VersionList,
        files: Callable[[int], Sequence[File]],
        known: Mapping[int, Candidate],
        *,
        fitting: Callable[[int], Sequence[File]] | None = None,
        chosen: dict[int, File | tuple[Any, ...]] | None = None,
    ) -> None:
        self.versions = versions
        self.files = files
        self.known = known
        self.fitting = fitting
        self.chosen = chosen


def only(candidate: Candidate) -> Project:
    from weft.core.version import Version

    version = Version.parse(candidate.version)
    listed = VersionList((version.key,), (candidate.version,))
    return Project(listed, lambda _position: (), {0: candidate})


def from_page(
    page: PackedPage, installed: Candidate | None, supported: Supported
) -> Project | None:
    """One page as it is; None where an installed version has to be sorted into it."""
    known: dict[int, Candidate] = {}
    if installed is not None:
        from weft.core.version import version_key

        key = version_key(installed.version)
        if key not in page.keys:
            return None
        known[page.keys.index(key)] = installed
    versions = VersionList(page.keys, page.texts, page.prereleases)

    def fitting(position: int) -> Sequence[File]:
        return page.files(position, only=supported.suits)

    return Project(versions, page.files, known, fitting=fitting, chosen=page.chosen)


def merged(
    pages: Sequence[PackedPage],
    flat: Sequence[File],
    installed: Candidate | None,
    *,
    fits: Callable[[str], bool] | None = None,
) -> Project:
    """Versions of several places in one list; a version's files keep the order of the places.

    With `fits` (whether a file's name is one for us) the versions of an index come before those
    of a later one. A version counts for the first index that has a fitting file of it.
    """
    from weft.core.version import Version
    from weft.index.simple import version_of

    rows: dict[bytes, tuple[str, list[File]]] = {}
    for file in flat:
        text = version_of(file)
        if text is not None:
            rows.setdefault(Version.parse(text).key, (text, []))[1].append(file)
    for page in pages:
        for position, key in enumerate(page.keys):
            row = rows.setdefault(key, (page.texts[position], []))
            row[1].extend(page.files(position))
    known_key = None
    if installed is not None:
        known_key = Version.parse(installed.version).key
        rows.setdefault(known_key, (installed.version, []))
    keys = tuple(sorted(rows))
    texts = tuple(rows[key][0] for key in keys)
    prereleases = 0
    for position, text in enumerate(texts):
        if Version.parse(text).is_prerelease:
            prereleases |= 1 << position
    files = [tuple(rows[key][1]) for key in keys]
    known = {} if installed is None else {keys.index(known_key or b""): installed}
    tiers = () if fits is None else _tiers(keys, pages, fits)
    versions = VersionList(keys, texts, prereleases, tiers=tiers)
    return Project(versions, files.__getitem__, known)


def _tiers(
    keys: Sequence[bytes], pages: Sequence[PackedPage], fits: Callable[[str], bool]
) -> tuple[int, ...]:
    """Masks of the versions for which each page counts.

    The first also takes what only find-links have. What fits nowhere is the first's that lists it.
    """
    positions = {key: position for position, key in enumerate(keys)}
    rest = (1 << len(keys)) - 1
    fitting, listed = [], []
    for page in pages:
        mine = shared = 0
        for place, key in enumerate(page.keys):
            shared |= 1 << positions[key]
            if page.files(place, only=fits):
                mine |= 1 << positions[key]
        fitting.append(mine & rest)
        listed.append(shared)
        rest &= ~mine
    for number, mask in enumerate(listed):
        fitting[number] |= mask & rest
        rest &= ~mask
    fitting[0] |= rest
    return tuple(fitting)
