"""Archives of sources, kept as they were fetched.

Owns the bucket `sources-v1`, and the names under which sources lie there and in `built-v1`.
Refuses to unpack an archive (weft.fetch.unpacking), and to keep what is no single file: directories
are built where they are, repositories are cloned. Follows the layout in weft.store.layout.

An archive is named by its content, and a record says which one a file name stands for now. So an
archive is never changed, and whoever found one keeps it: its digest goes into the process's lease.
"""

from __future__ import annotations

import marshal

from weft.core.errors import OsCause, SystemFailure
from weft.core.value import value
from weft.store.hashes import check_hashes
from weft.store.layout import MARSHAL_VERSION, Bucket, origin_key
from weft.system.files import write_all, write_atomic
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.source import Source
    from weft.store.store import Store

    Hashes = tuple[tuple[str, str], ...]

ARCHIVE = ".archive"
#: The directory of sources whose project only their metadata tells; no project has this name.
UNNAMED = "_"

_FIELDS = 7
_LONGEST = 200
_CHUNK = 1 << 20
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


@value
class SourceArchive:
    """An archive in the store. `hashes` are (algorithm, hex), sha256 among them; `size` in bytes.

    The file may be read for as long as the process lives that found or kept it.
    """

    path: str
    filename: str
    hashes: Hashes
    size: int

    def check(self, allowed: frozenset[str], *, shown: str) -> None:
        """Compare with the `algorithm:hex` of a request. Raises HashMismatch, SystemFailure."""
        pairs = tuple((kind, digest) for kind, _, digest in (x.partition(":") for x in allowed))
        check_hashes(self.path, shown, hashes=tuple(sorted(pairs)), computed=self.hashes)


def place_of(source: Source) -> str:
    """`<origin key>/<package>` for whatever is kept of a source: a key for `Store.path`."""
    if source.kind == "git":
        return f"{origin_key(source.url, kind='git')}/{UNNAMED}"
    if source.kind != "sdist":
        kind = "path" if source.is_local else "url"
        return f"{origin_key(source.url, kind=kind)}/{UNNAMED}"
    index = source.file.index if source.file is not None else ""
    package = source.name or UNNAMED
    if index or source.file is None:
        return f"{origin_key(index)}/{package}"
    kind = "path" if source.url.startswith("file:") else "url"
    return f"{origin_key(source.url, kind=kind)}/{package}"


def find_archive(store: Store, source: Source, *, stamp: str = "") -> SourceArchive | None:
    """The archive of a source, if it is kept and nothing says that it has changed since.

    What changes is the `stamp` of a local file (`weft.store.hashes.file_stamp`), or the hashes
    that the index tells. Raises SystemFailure.
    """
    file = source.file
    if file is None:
        return None
    place, name = place_of(source), _record_name(file.filename)
    record = unpack_record(store.read(Bucket.SOURCES, f"{place}/{name}"))
    if record is None or record[4] != stamp:
        return None
    _, hashes, size, _, _, _ = record
    known = dict(hashes)
    if any(known.get(kind, digest) != digest.lower() for kind, digest in file.hashes):
        return None
    digest = known["sha256"]
    store.protect((digest,))
    path = store.path(Bucket.SOURCES, f"{place}/{digest}{ARCHIVE}")
    try:
        if os.stat(path).st_size != size:
            return None
    except OSError:
        return None
    return SourceArchive(path, file.filename, hashes, size)


def keep_archive(
    store: Store, path: str, source: Source, *, stamp: str = "", computed: Hashes = ()
) -> SourceArchive:
    """Keep the file at `path` as the archive of a source that has a `file`.

    `computed` are hashes that the caller made of this very file; one of the strongest kind that
    the index tells must match. A file below the store's own staging directory is taken, any other
    is copied. Raises HashMismatch, and SystemFailure (a full disk); then nothing is kept.
    """
    from weft.store.staging import Staging

    file, home = source.file, store.records
    assert file is not None, "a directory or a repository is no archive"
    place = place_of(source)
    package = f"{source.name}=={source.version}" if source.version else source.name or source.url
    with Staging(home.staging()) as staging:
        if not path.startswith(home.staging() + os.sep):
            copy = os.path.join(staging.path, "archive")
            computed = (("sha256", _copy(path, copy)),)
            path = copy
        hashes = check_hashes(path, package, hashes=file.hashes, computed=computed)
        size = os.stat(path).st_size
        digest = dict(hashes)["sha256"]
        target = home.path(Bucket.SOURCES, f"{place}/{digest}{ARCHIVE}")
        lease = home.lease()
        with home.gate():  # so that no prune sees the archive without its record
            if lease is not None:
                lease.note((digest,))
            _move(path, target)
            write_atomic(
                home.path(Bucket.SOURCES, f"{place}/{_record_name(file.filename)}"),
                _pack_record(source, hashes, size, stamp=stamp),
            )
    return SourceArchive(target, file.filename, hashes, size)


def forget_archive(store: Store, source: Source) -> None:
    """Drop the archive of a source: it is good for nothing. Raises SystemFailure."""
    from weft.system.removal import remove_tree

    if source.file is None:
        return
    place = place_of(source)
    key = f"{place}/{_record_name(source.file.filename)}"
    record = unpack_record(store.read(Bucket.SOURCES, key))
    if record is not None:
        with store.gate(shared=False):  # nobody keeps the same one meanwhile
            remove_tree(store.path(Bucket.SOURCES, key))
            digest = dict(record[1])["sha256"]
            remove_tree(store.path(Bucket.SOURCES, f"{place}/{digest}{ARCHIVE}"))


def _pack_record(source: Source, hashes: Hashes, size: int, *, stamp: str) -> bytes:
    from time import time_ns

    filename = source.file.filename if source.file is not None else ""
    fields = (filename, hashes, size, source.url, stamp, time_ns(), source.name)
    return marshal.dumps(fields, MARSHAL_VERSION)


def unpack_record(data: bytes | None) -> tuple[str, Hashes, int, str, str, str] | None:
    """File name, hashes, bytes, url, stamp and project (or ""); None for what is no record."""
    try:
        fields = marshal.loads(data or b"")
        if len(fields) != _FIELDS or "sha256" not in dict(fields[1]):
            return None
    except (EOFError, ValueError, TypeError):
        return None
    filename, hashes, size, url, stamp, _kept, name = fields
    return filename, hashes, size, url, stamp, name


def _record_name(filename: str) -> str:
    """The file name itself where it is fit to be one, so that people find their way."""
    from weft.core.digest import short_digest

    plain = filename.isascii() and filename.isprintable() and len(filename) <= _LONGEST
    if plain and filename[:1].isalnum() and not {"/", "\\", ":"} & set(filename):
        return filename
    return short_digest(filename)


def _move(path: str, target: str) -> None:
    """Put a finished file where it belongs; the same content may be there already."""
    from weft.system.files import make_directory

    make_directory(os.path.dirname(target))
    try:
        os.chmod(path, 0o444)
        os.replace(path, target)
    except OSError as error:
        raise SystemFailure("rename", path, error) from OsCause(error)


def _copy(path: str, target: str) -> str:
    """Copy a file and hash what was copied, whoever changes it meanwhile; the sha256 as hex."""
    from weft.core.digest import new_sha256

    running = new_sha256()
    source = _open(path, _READ, "read")
    try:
        copy = _open(target, _CREATE, "write")
        try:
            while piece := _read(source, path):
                running.update(piece)
                try:
                    write_all(copy, piece)
                except OSError as error:
                    raise SystemFailure("write", target, error) from OsCause(error)
        finally:
            os.close(copy)
    finally:
        os.close(source)
    return running.hexdigest()


def _open(path: str, flags: int, action: str) -> int:
    try:
        return os.open(path, flags, 0o644)
    except OSError as error:
        raise SystemFailure(action, path, error) from OsCause(error)


def _read(descriptor: int, path: str) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)
