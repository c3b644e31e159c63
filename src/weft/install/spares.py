"""Installing by renaming trees that are linked already, and making such trees.

Owns the form of a spare and moving its parts into an environment. What is on disk afterwards is
what linking makes: directories of the environment's own, files that share with the store. Refuses
what is not the usual case (a wheel whose files another one overwrites, directories that inherit
something from their parents): that is linked as always.

In a spare there are, besides one directory for each scheme, INSTALLER and REQUESTED, also RECORD
where it does not depend on the environment, and `account`: marshal of (format, names to rename by
scheme, whether RECORD is there, rows). A row is (mode, refusals, files, bytes, example).
Follows `rename(2)`, which replaces empty directories and refuses others.
"""

from __future__ import annotations

import errno
import marshal
import os

from weft.core.errors import SystemFailure, WeftError
from weft.install.record import whole_record
from weft.link.places import places_between
from weft.store.layout import MARSHAL_VERSION
from weft.store.spares import Shelf
from weft.store.staging import Staging
from weft.system.files import make_directory, read_bytes, write_all
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from weft.link.places import Places, Row
    from weft.link.receipt import Receipt
    from weft.link.route import LinkMode, RealMode
    from weft.link.tree import LinkJob
    from weft.store.manifest import Manifest
    from weft.store.store import Store

    Tally: TypeAlias = tuple[RealMode, tuple[tuple[RealMode, int], ...], int, int, bytes]

_FORMAT = 1
_ACCOUNT = "account"
#: What is written into every dist-info directory, if nothing else is to be said there.
USUAL = (("INSTALLER", b"weft"), ("REQUESTED", b""))
_INHERITED = ("system.posix_acl_default", "security.selinux")


class Spare:
    """One spare that was taken: its parts go into the environment one by one."""

    __slots__ = ("_places", "_root", "_rows", "has_record", "names", "path")

    def __init__(
        self,
        path: str,
        names: tuple[tuple[str, tuple[bytes, ...]], ...],
        rows: tuple[Tally, ...],
        *,
        has_record: bool,
        places: dict[tuple[str, bytes], Places],
    ) -> None:
        self._root = os.path.dirname(os.path.dirname(path))  # one mount for all that was taken
        self._places = places
        self.path = path
        self.names = names
        self.has_record = has_record
        self._rows = rows

    def rows_between(self, tree: str, root: bytes) -> list[Row]:
        """The account of the links, as if they led from `tree` to `root`. Raises OSError."""
        places = self._places.get((self._root, root))
        if places is None:
            places = self._places[(self._root, root)] = places_between(os.fsencode(tree), root)
        store, target = places
        return [
            (mode, refusals, store, target, 0, files, size, root + b"/" + example)
            for mode, refusals, files, size, example in self._rows
        ]

    def move(self, scheme: str, root: bytes, names: Iterable[bytes]) -> None:
        """Rename what belongs below the root of a scheme. Raises OSError."""
        source = os.fsencode(f"{self.path}/{scheme}/")
        for name in names:
            _merge(source + name, root + b"/" + name)


def _merge(source: bytes, target: bytes) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        for name in os.listdir(source):
            _merge(source + b"/" + name, target + b"/" + name)


class Spares:
    """The spares that one installation may take, and what has to be removed after it.

    `serving` tells which store has an entry. Close it; what it leaves is to be removed.
    """

    def __init__(self, serving: Callable[[str], Store], *, mode: LinkMode) -> None:
        self._serving = serving
        self._mode = mode
        self._shelves: dict[str, tuple[Shelf, Staging] | None] = {}
        self._places: dict[tuple[str, bytes], Places] = {}
        self._refused = False

    def suit(self, locations: Iterable[str]) -> bool:
        """Whether new directories there are like those that were made in the store."""
        self._refused = any(_inherits(location) for location in locations)
        return not self._refused

    def open_mark(
        self, entry: str, dist_info: str, mark: str, files: Sequence[tuple[str, bytes]]
    ) -> Spare | None:
        """Take the spare of an entry, and rename its dist-info directory to `mark`.

        None where there is none, or `files` are not those that are in it.
        """
        if self._refused or tuple(files) != USUAL:
            return None
        spare = self._take(entry)
        if spare is None:
            return None
        try:
            os.rename(f"{spare.path}/lib/{dist_info}", mark)
        except OSError:  # another mount, most likely: then none of them can be renamed
            self._refused = True
            return None
        return spare

    def _take(self, entry: str) -> Spare | None:
        store = self._serving(entry)
        if store.root not in self._shelves:
            self._shelves[store.root] = self._open(store)
        known = self._shelves[store.root]
        if known is None:
            return None
        shelf, staging = known
        path = shelf.take(entry, staging.path)
        return _read(path, self._places) if path is not None else None

    def _open(self, store: Store) -> tuple[Shelf, Staging] | None:
        shelf = Shelf(store, self._mode)
        if not shelf.exists:
            return None
        try:
            return shelf, Staging(store.staging())
        except SystemFailure:  # a store that can only be read
            return None

    def leave(self) -> list[str]:
        """Directories to remove, which nobody uses any more."""
        left = []
        for known in self._shelves.values():
            if known:
                left.append(known[1].abandon())
        self._shelves.clear()
        return left


def _read(path: str, places: dict[tuple[str, bytes], Places]) -> Spare | None:
    try:
        form, names, has_record, rows = marshal.loads(read_bytes(f"{path}/{_ACCOUNT}") or b"")
    except (EOFError, TypeError, ValueError):
        return None
    if form != _FORMAT:
        return None
    return Spare(path, names, rows, has_record=has_record, places=places)


def _inherits(location: str) -> bool:
    """Whether a directory passes on its group, an access list or a label."""
    import stat

    try:
        if os.stat(location).st_mode & stat.S_ISGID:
            return True
        listed = os.listxattr(location) if hasattr(os, "listxattr") else []
    except OSError:  # it is not there yet, or has no such things
        return False
    return any(name in listed for name in _INHERITED)


def make_spare(store: Store, entry: str, *, shelf: Shelf, mode: LinkMode) -> bool:
    """Link a spare of an entry, unless its files would be copied.

    Raises WeftError where the entry is gone or a call of the system fails.
    """
    from weft.link.tree import spread

    manifest = store.manifest(entry)
    with Staging(store.staging()) as staging:
        receipt = spread([_job(store.tree_path(entry), staging.path, manifest)], mode=mode)
        rows = _rows(receipt, staging.path)
        if rows is None:
            return False
        names = []
        for scheme in sorted(os.listdir(staging.path)):
            inside = os.listdir(os.fsencode(f"{staging.path}/{scheme}"))
            told = {os.fsencode(manifest.dist_info)} if scheme == "lib" else ()
            names.append((scheme, tuple(sorted(name for name in inside if name not in told))))
        has_record = _write_info(f"{staging.path}/lib/{manifest.dist_info}", manifest)
        account = marshal.dumps((_FORMAT, tuple(names), has_record, rows), MARSHAL_VERSION)
        _write(f"{staging.path}/{_ACCOUNT}", account)
        return shelf.put(staging, entry)


def _job(tree: str, path: str, manifest: Manifest) -> LinkJob:
    from weft.link.tree import LinkJob

    base = os.fsencode(path)

    def place(scheme: str, below: bytes) -> bytes:
        root = base + b"/" + scheme.encode()
        return root + b"/" + below if below else root

    return LinkJob(
        tree,
        tuple(
            [
                (source, place(scheme, below), names, empties)
                for scheme, source, below, names, empties in manifest.groups
            ]
        ),
        manifest.files,
        manifest.bytes,
        tuple([place(scheme, below) for scheme, below in manifest.directories]),
    )


def _rows(receipt: Receipt, path: str) -> tuple[Tally, ...] | None:
    """None where files were copied: those take as much room as they have bytes."""
    rows = []
    for each in receipt.tallies:
        if each.mode == "copy" or each.via is not None:
            return None
        example = os.fsencode(os.path.relpath(each.example, path)).partition(b"/")[2]
        rows.append((each.mode, each.refusals, each.files, each.bytes, example))
    return tuple(rows)


def _write_info(directory: str, manifest: Manifest) -> bool:
    """Write what every installation writes; whether RECORD is among it."""
    make_directory(directory)
    for name, content in USUAL:
        _write(f"{directory}/{name}", content)
    if manifest.entry_points or manifest.rewrites or manifest.other_rows:
        return False
    record = whole_record(manifest.dist_info, manifest.record, (), USUAL)
    _write(f"{directory}/RECORD", record)
    return True


def _write(path: str, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags, 0o666)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SystemFailure("write", path, error) from error


def refill(
    stores: Sequence[tuple[Store, Sequence[str]]], *, mode: LinkMode, left: Sequence[str]
) -> None:
    """Make the spares that are missing, and remove what was left of those that were taken.

    Runs behind other commands: gives way to whoever wants the store for itself, and keeps silent
    about errors, as nothing but time is lost.
    """
    for path in left:
        remove_tree(path)
    for store, entries in stores:
        if not os.path.isdir(store.root):
            continue
        shelf = Shelf(store, mode)
        try:
            lock = shelf.lock()
            if lock is None:
                continue
            try:
                _fill(store, entries, shelf=shelf, mode=mode)
            finally:
                lock.release()
        except WeftError:
            continue


def _fill(store: Store, entries: Sequence[str], *, shelf: Shelf, mode: LinkMode) -> None:
    from weft.store.spares import remove_spares

    for number, entry in enumerate(entries):
        if not number % 16 and shelf.is_short():
            remove_spares(store)
            return
        if not store.has_entry(entry):  # or the cache is gone, and must not come back
            return
        if not shelf.has(entry):
            make_spare(store, entry, shelf=shelf, mode=mode)
