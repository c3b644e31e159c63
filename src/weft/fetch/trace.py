"""Resolutions that were made before, and what they were made from.

Owns the memory of answers. A resolution is a function of its request and of the index pages that
it read; metadata does not count, since it never changes for a file. The trace of one names the
request by a digest and each page by the identity of its file in the store. While all pages are the
same, and fresh where there is a network, solving again could only give the same answer.
Refuses requests that look at anything but pages of one index (find-links, paths, URLs).

`installed-v1/resolution-<32 hex>`: marshal of (FORMAT, fresh until in epoch seconds, pages ((key,
mtime ns, size, inode), …), packages ((name, version, position, extras, requirements, file or
None), …), missing extras). Universal answers have rows of their own, see `ops.compile_universal`.
"""

from __future__ import annotations

import marshal

from weft.core.distribution import File
from weft.core.value import value
from weft.resolver.answer import Resolution, ResolvedPackage
from weft.store.layout import Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from weft.store.store import Store

FORMAT = 1


@value
class Traced:
    """A remembered answer: the packages, and the file that was chosen for each."""

    resolution: Resolution
    files: Mapping[str, File | None]


def recall(store: Store, key: str, *, now: float, offline: bool) -> Traced | None:
    """The answer to the request `key`, if everything it was made from is as it was."""
    found = recall_rows(store, key, now=now, offline=offline)
    if found is None:
        return None
    rows, missing = found
    try:
        files = {row[0]: unpacked_file(row[5]) for row in rows}
        packages = tuple(
            [ResolvedPackage(row[0], row[1], row[2], frozenset(row[3]), row[4]) for row in rows]
        )
    except (IndexError, TypeError):
        return None
    return Traced(Resolution(packages, None, missing), files)


def recall_rows(
    store: Store, key: str, *, now: float, offline: bool
) -> tuple[tuple[Any, ...], tuple[tuple[str, str], ...]] | None:
    """The rows of a remembered answer, and the extras that it lacked."""
    data = store.read(Bucket.INSTALLED, f"resolution-{key}")
    if data is None:
        return None
    try:
        form, fresh_until, pages, rows, missing = marshal.loads(data)
        if form != FORMAT or (not offline and now >= fresh_until):
            return None
        for page, *stamp in pages:
            if _stamp(store, page) != tuple(stamp):
                return None
    except (ValueError, EOFError, TypeError):
        return None
    return rows, missing


def remember(
    store: Store,
    key: str,
    *,
    resolution: Resolution,
    files: Mapping[str, File | None],
    pages: Iterable[tuple[str, int]],
    started: float,
) -> None:
    """Keep an answer. `pages` are keys of pages in the store and until when each is fresh."""
    rows = [
        (
            package.name,
            package.version,
            package.position,
            tuple(sorted(package.extras)),
            package.requirements,
            packed_file(files.get(package.name)),
        )
        for package in resolution.packages
    ]
    remember_rows(store, key, rows, resolution.missing_extras, pages=pages, started=started)


def remember_rows(
    store: Store,
    key: str,
    rows: Iterable[tuple[Any, ...]],
    missing: tuple[tuple[str, str], ...],
    *,
    pages: Iterable[tuple[str, int]],
    started: float,
) -> None:
    """Keep rows of what `marshal` can write.

    Nothing is kept if a page was written since `started` (epoch seconds): then another process
    may have put a newer one in the place of the one that was read.
    """
    stamps = []
    fresh_until: float = float("inf")
    for page, until in pages:
        stamp = _stamp(store, page)
        if stamp is None or stamp[0] > started * 1e9 - 50_000_000:
            return
        stamps.append((page, *stamp))
        fresh_until = min(fresh_until, until)
    document = (FORMAT, fresh_until, tuple(stamps), tuple(rows), missing)
    store.write(Bucket.INSTALLED, f"resolution-{key}", marshal.dumps(document))


def pages_of(store: Store, key: str) -> tuple[float, dict[str, tuple[int, int, int]]] | None:
    """Until when an answer is fresh, and the paths of its pages with (mtime ns, size, inode)."""
    data = store.read(Bucket.INSTALLED, f"resolution-{key}") if key else None
    if data is None:
        return None
    form, fresh_until, pages, *_ = marshal.loads(data)
    if form != FORMAT:
        return None
    return fresh_until, {store.path(Bucket.SIMPLE, page): tuple(known) for page, *known in pages}


def packed_file(file: File | None) -> tuple[Any, ...] | None:
    """A file as `marshal` can write it."""
    if file is None:
        return None
    return tuple([getattr(file, name) for name in File.__match_args__])


def unpacked_file(row: tuple[Any, ...] | None) -> File | None:
    """The file again."""
    return File(*row) if row else None


def _stamp(store: Store, page: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(store.path(Bucket.SIMPLE, page))
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
