"""What an environment holds and requires, remembered from one run to the next.

Owns the check behind `Checked 3 packages`: whether the installed distributions already satisfy
some requirements, with everything that those require. Parsing a hundred METADATA files is most of
what that costs, so their requirements are kept in the store, parsed, each with the identity of the
file that it was read from.
Refuses to trust what it kept when a file's size, inode, mtime or ctime differs, and to keep what
was read from a file so young that a later change could bear the same times.
"""

from __future__ import annotations

import marshal

from weft.core import ranges as range_algebra
from weft.core.digest import quick_digest
from weft.core.names import normalize_name
from weft.python.installed import scan
from weft.store.layout import Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Protocol

    from weft.core.distribution import InstalledDist
    from weft.core.ranges import Ranges
    from weft.core.requirement import Requirement
    from weft.install.origins import DirectWant

    class Blobs(Protocol):
        """The part of the store that is needed here."""

        def read(self, bucket: str, key: str) -> bytes | None: ...
        def write(self, bucket: str, key: str, data: bytes) -> object: ...

    # (name, extras, ranges, exact, url, marker): `exact` is the text behind `===` or "", `url` ""
    # for registry requirements, `marker` "" unless it asks for an extra; others held when parsed.
    Row = tuple[str, tuple[str, ...], Ranges, str, str, str]
    # (version key, whether its wheel tags fit the interpreter, rows)
    Record = tuple[bytes, bool, tuple[Row, ...]]
    Stamp = tuple[int, int, int, int]

FORMAT = 1


class Inventory:
    """The distributions of some site directories, and what they require in one environment."""

    def __init__(
        self,
        store: Blobs,
        directories: Sequence[str],
        *,
        environment: Mapping[str, str],
        tags: Sequence[str],
    ) -> None:
        self.distributions: list[InstalledDist] = scan(directories)
        self._directories = directories
        self.environment = environment
        self._tags = tags
        self._store = store
        self._by_name: dict[str, list[InstalledDist]] = {}
        for dist in self.distributions:
            self._by_name.setdefault(dist.name, []).append(dist)
        self._records: dict[str, tuple[Stamp, Record]] | None = None
        self._seen: dict[str, Record | None] = {}
        self._fresh: dict[str, tuple[Stamp, Record]] = {}
        self._places: dict[str, str] = {}  # names that stand for a place, which they were told by

    @property
    def _key(self) -> str:
        """What is kept belongs to these directories, and to the interpreter as it is."""
        markers = [f"{name}={text}" for name, text in sorted(self.environment.items())]
        # The tags too: markers are the same with another C library, and without the GIL.
        return quick_digest("\0".join([*self._directories, *markers, *self._tags]))

    @property
    def consulted(self) -> list[str]:
        """Every path whose change may change an answer."""
        paths = [*self._directories]
        for dist in self.distributions:
            paths += (dist.path, f"{dist.path}/METADATA")
            if self._places:
                paths.append(f"{dist.path}/direct_url.json")
            if dist.name in self._places:
                paths += (f"{dist.path}/uv_cache.json", f"{dist.path}/uv_build.json")
        return paths

    def satisfies(
        self,
        requirements: Iterable[Requirement],
        *,
        names: Iterable[str] = (),
        constraints: Sequence[Requirement] = (),
        overrides: Sequence[Requirement] = (),
        excludes: frozenset[str] = frozenset(),
        dependencies: bool = True,
        direct: Iterable[DirectWant] = (),
        build_info: Callable[[str], bytes] | None = None,
    ) -> bool:
        """Whether all of these, and all that they require, are installed and fit.

        Requirements with a URL are judged by the wants in `direct` only: anywhere else the answer
        to them is False. Without `dependencies` only the named ones count. `build_info` tells what
        a distribution of some name would be built with; one that was built with anything else
        does not fit.
        """
        limits = _by_name(constraints, self.environment)
        replacing = _by_name(overrides, self.environment)
        pending: list[Row] = [
            (normalize_name(name), (), range_algebra.FULL, "", "", "") for name in names
        ]
        for requirement in requirements:
            row = _row(requirement, self.environment)
            if row is not None:
                pending.append(row)
        self._places = {}
        for want in direct:
            place = self._place(want)
            if place is None or place[0] in replacing:
                return False
            pending.append(place)
        done: set[tuple[str, tuple[str, ...]]] = set()
        answer = True
        while pending:
            name, extras, allowed, exact, url, _ = pending.pop()
            if name in excludes:
                continue
            if name in replacing:
                rows = [row for row in replacing[name] if row[4] == ""]
                if len(rows) != len(replacing[name]):
                    answer = False
                    break
            else:
                rows = [(name, extras, allowed, exact, url, "")]
            rows += limits.get(name, [])
            record = self._fitting(name, rows)
            if record is None or not self._is_built_alike(name, build_info):
                answer = False
                break
            if dependencies and (name, extras) not in done:
                done.add((name, extras))
                pending.extend(self._required(record, extras))
        self._save()
        return answer

    def _fitting(self, name: str, rows: Sequence[Row]) -> Record | None:
        """The record of the one distribution of that name, if it meets every row."""
        candidates = self._by_name.get(name, ())
        if len(candidates) != 1:
            return None
        record = self._record(candidates[0])
        if record is None or not record[1]:
            return None
        key = record[0]
        for _, _, allowed, exact, url, _ in rows:
            if url and self._places.get(name) != url:
                return None
            if not range_algebra.contains(allowed, key):
                return None
            if exact and exact != candidates[0].version:
                return None
        return record

    def _place(self, want: DirectWant) -> Row | None:
        """A row for the distribution that stands for a place; None where none does."""
        from weft.install.origins import standing_for

        dist = standing_for(want, self._by_name)
        if dist is None:
            return None
        url = want.direct_url.url
        if self._places.setdefault(dist.name, url) != url:
            return None
        return dist.name, want.extras, range_algebra.FULL, "", url, ""

    def _is_built_alike(self, name: str, build_info: Callable[[str], bytes] | None) -> bool:
        if build_info is None or name in self._places:
            return True
        dist = self._by_name[name][0]
        if not os.path.lexists(f"{dist.path}/uv_build.json"):
            return True  # was not built here, like most; known without loading what compares
        from weft.install.origins import is_built_alike

        return is_built_alike(dist, build_info(name))

    def _required(self, record: Record, extras: tuple[str, ...]) -> list[Row]:
        """What a distribution requires when asked for with `extras`."""
        wanted = frozenset(extras)
        rows = []
        for row in record[2]:
            if row[5]:
                if not wanted:
                    continue
                from weft.core.marker import Marker

                if not Marker.parse(row[5]).evaluate(self.environment, wanted):
                    continue
            rows.append(row)
        return rows

    def _record(self, dist: InstalledDist) -> Record | None:
        """The record of one distribution, made once per run; None if it cannot be trusted."""
        if dist.path not in self._seen:
            self._seen[dist.path] = self._look_up(dist)
        return self._seen[dist.path]

    def _look_up(self, dist: InstalledDist) -> Record | None:
        """From the store when the file is the same as then, else parsed."""
        stamp = _stamp(dist)
        if stamp is None:
            return None
        if self._records is None:
            self._records = self._load()
        kept = self._records.get(dist.path)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        record = self._parse(dist)
        if record is not None:
            self._fresh[dist.path] = (stamp, record)
        return record

    def _parse(self, dist: InstalledDist) -> Record | None:
        from weft.core.errors import WeftError
        from weft.core.requirement import Requirement
        from weft.core.version import version_key
        from weft.python.installed import read_metadata, supports

        try:
            metadata = read_metadata(dist)
            parsed = [Requirement.parse_lenient(text) for text in metadata.requires_dist]
        except WeftError:
            return None
        rows = [_row(requirement, self.environment) for requirement in parsed]
        key = version_key(dist.version)
        if key is None:
            return None
        kept = tuple(row for row in rows if row is not None)
        return key, supports(dist, frozenset(self._tags)), kept

    def _load(self) -> dict[str, tuple[Stamp, Record]]:
        data = self._store.read(Bucket.INSTALLED, self._key)
        if data is None:
            return {}
        try:
            version, records = marshal.loads(data)
        except (ValueError, EOFError, TypeError):
            return {}
        return records if version == FORMAT else {}

    def _save(self) -> None:
        """Keep what was parsed, but for files that changed a moment ago."""
        if not self._fresh:
            return
        import time

        now = time.time_ns()
        kept = {
            path: (stamp, record)
            for path, (stamp, record) in self._fresh.items()
            if not is_young(stamp[:2], now)
        }
        if kept:
            present = {dist.path for dist in self.distributions}
            old = {path: item for path, item in (self._records or {}).items() if path in present}
            self._store.write(Bucket.INSTALLED, self._key, marshal.dumps((FORMAT, {**old, **kept})))
        self._fresh = {}


def is_young(times: Sequence[int], now: int) -> bool:
    """Whether a change made right now could leave the same times; all are in nanoseconds.

    Kernel clocks tick every 10 ms at the coarsest; whole seconds tell of a file system (FAT, NFS
    of old) that counts in seconds, or in two.
    """
    return any(now - time < (3_000_000_000 if time % 10**9 == 0 else 50_000_000) for time in times)


def _stamp(dist: InstalledDist) -> Stamp | None:
    """Identity of METADATA; None for anything but a complete dist-info."""
    if dist.kind != "dist-info" or not dist.complete:
        return None
    try:
        found = os.stat(f"{dist.path}/METADATA")
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _row(requirement: Requirement, environment: Mapping[str, str]) -> Row | None:
    """None where the marker excludes it whatever extras are asked for."""
    marker = requirement.marker
    condition = ""
    if marker is not None:
        if marker.mentions_extra:
            condition = marker.text
        elif not marker.evaluate(environment):
            return None
    specifiers = requirement.specifiers
    return (
        str(requirement.name),
        requirement.extras,
        specifiers.ranges,
        specifiers.exact or "",
        requirement.url or "",
        condition,
    )


def _by_name(
    requirements: Iterable[Requirement], environment: Mapping[str, str]
) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for requirement in requirements:
        row = _row(requirement, environment)
        if row is not None:
            rows.setdefault(row[0], []).append(row)
    return rows
