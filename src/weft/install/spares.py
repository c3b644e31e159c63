"""Installing by renaming trees that are linked already, and making such trees.

Owns the form of a spare and moving its parts into an environment. What is on disk afterwards is
what linking makes: directories of the environment's own, files that share with the store. Refuses
what is not the usual case (a wheel whose files another one overwrites, directories that inherit
something from their parents): that is linked as always.

In a spare there are one directory for each scheme, `info`, which becomes the dist-info directory,
and `account`: marshal of (format, rows). A row is (mode, refusals, files, bytes, example). Whoever
renames `info` has the spare; what is left of it then is replaced with the next one. `info` holds
INSTALLER, REQUESTED and RECORD, without its end where that depends on the environment.
Follows `rename(2)`, which replaces empty directories and refuses others.
"""

from __future__ import annotations

import errno
import marshal

from weft.core.errors import SystemFailure, WeftError
from weft.install.record import whole_record
from weft.link.places import places_between
from weft.store.layout import MARSHAL_VERSION
from weft.store.spares import INFO, Shelf
from weft.system.files import write_all
from weft.system.lean import os

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

_FORMAT = 2
_ACCOUNT = "account"
#: What is written into every dist-info directory, if nothing else is to be said there.
USUAL = (("INSTALLER", b"weft"), ("REQUESTED", b""))
_INHERITED = ("system.posix_acl_default", "security.selinux")
# The time of the first access is a change of the inode, which costs more than all of the reading.
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOATIME", 0)
_LARGEST_ACCOUNT = 1 << 16


class Spare:
    """One spare that was taken: its parts go into the environment one by one."""

    __slots__ = ("_places", "_rows", "_shelf", "path")

    def __init__(
        self,
        path: str,
        rows: tuple[Tally, ...],
        *,
        places: dict[tuple[str, bytes], Places],
    ) -> None:
        self._shelf = os.path.dirname(path)  # one mount for all that was taken
        self._places = places
        self.path = path
        self._rows = rows

    def rows_between(self, tree: str, root: bytes) -> list[Row]:
        """The account of the links, as if they led from `tree` to `root`. Raises OSError."""
        places = self._places.get((self._shelf, root))
        if places is None:
            places = self._places[(self._shelf, root)] = places_between(os.fsencode(tree), root)
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
    """The spares that one installation may take.

    `serving` tells which store has an entry.
    """

    def __init__(self, serving: Callable[[str], Store], *, mode: LinkMode) -> None:
        self._serving = serving
        self._mode = mode
        self._shelves: dict[str, Shelf | None] = {}
        self._places: dict[tuple[str, bytes], Places] = {}
        self._taken: list[tuple[Shelf, str]] = []
        self._refused = False

    def suit(self, locations: Iterable[str]) -> bool:
        """Whether new directories there are like those that were made in the store."""
        self._refused = any(_inherits(location) for location in locations)
        return not self._refused

    def open_mark(self, entry: str, mark: str, files: Sequence[tuple[str, bytes]]) -> Spare | None:
        """Take the spare of an entry by renaming its `info` to `mark`.

        None where there is none, or `files` are not those that are in it.
        """
        if self._refused or tuple(files) != USUAL:
            return None
        shelf = self._shelf(entry)
        if shelf is None:
            return None
        path = shelf.place(entry)
        rows = _read_account(f"{path}/{_ACCOUNT}")
        if rows is None:
            if shelf.has(entry):  # then nobody could ever use it
                shelf.drop(entry)
            return None
        try:
            os.rename(f"{path}/{INFO}", mark)
        except FileNotFoundError:  # somebody else has it
            return None
        except OSError:  # another mount, most likely: then none of them can be renamed
            self._refused = True
            return None
        self._taken.append((shelf, entry))
        return Spare(path, rows, places=self._places)

    def _shelf(self, entry: str) -> Shelf | None:
        store = self._serving(entry)
        if store.root not in self._shelves:
            shelf = Shelf(store, self._mode)
            self._shelves[store.root] = shelf if shelf.exists else None
        return self._shelves[store.root]

    def clear(self) -> None:
        """Remove what is left of those that were taken, where no others will be made."""
        for shelf, entry in self._taken:
            shelf.clear(entry)
        self._taken.clear()


def _read_account(path: str) -> tuple[Tally, ...] | None:
    try:
        descriptor = _open(path)
        try:
            form, rows = marshal.loads(os.read(descriptor, _LARGEST_ACCOUNT))
        finally:
            os.close(descriptor)
    except (OSError, EOFError, TypeError, ValueError):
        return None
    return rows if form == _FORMAT else None


def _open(path: str) -> int:
    try:
        return os.open(path, _READ)
    except PermissionError:  # only the owner of a file may leave no trace
        return os.open(path, os.O_RDONLY)


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
    from weft.store.staging import Staging

    manifest = store.manifest(entry)
    with Staging(store.staging()) as staging:
        receipt = spread([_job(store.tree_path(entry), staging.path, manifest)], mode=mode)
        rows = _rows(receipt, staging.path)
        if rows is None:
            return False
        _write_info(f"{staging.path}/{INFO}", manifest)
        _write(f"{staging.path}/{_ACCOUNT}", marshal.dumps((_FORMAT, rows), MARSHAL_VERSION))
        return shelf.put(staging, entry)


def _job(tree: str, path: str, manifest: Manifest) -> LinkJob:
    from weft.link.tree import LinkJob

    base = os.fsencode(path)
    info = manifest.dist_info.encode()

    def place(scheme: str, below: bytes) -> bytes:
        if scheme == "lib" and (below == info or below.startswith(info + b"/")):
            return base + b"/" + INFO.encode() + below[len(info) :]
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


def _write_info(directory: str, manifest: Manifest) -> None:
    """Write what every installation writes, as far as that is known."""
    os.makedirs(directory, exist_ok=True)
    record = manifest.record
    if manifest.is_plain:
        record = whole_record(manifest.dist_info, record, (), USUAL)
    for name, content in (*USUAL, ("RECORD", record)):
        _write(f"{directory}/{name}", content)


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


def refill(stores: Sequence[tuple[Store, Sequence[str]]], *, mode: LinkMode) -> None:
    """Make the spares that are missing.

    Runs behind other commands: gives way to whoever wants the store for itself, and keeps silent
    about errors, as nothing but time is lost.
    """
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
            shelf.clear(entry)
            make_spare(store, entry, shelf=shelf, mode=mode)
