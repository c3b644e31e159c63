"""Unpacking a wheel into a staged entry.

Owns the order of the work: read the directory, refuse what is bad by its names, write the files,
check them against RECORD, make the manifest, and write that last. Refuses to publish; whoever
calls renames the staged directory into place. Follows the binary distribution format.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.store.anatomy import Anatomy, build_manifest
from weft.store.directory import read_members
from weft.store.errors import BadWheel, Refused, shown
from weft.store.extract import Extractor, check_sum
from weft.store.layout import MANIFEST, TREE
from weft.store.manifest import entry_id
from weft.store.paths import check_paths
from weft.store.record import check_record, lines_of, whole_rows
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from weft.core.filename import WheelName
    from weft.store.extract import Outcome
    from weft.store.manifest import Manifest

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CHUNK = 1 << 18  # stays in the processor's cache between reading and hashing


def unpack(
    path: str,
    staging: str,
    *,
    filename: str,
    expected: WheelName,
    seal: bool = True,
    check_version: bool = True,
) -> tuple[str, Manifest]:
    """Unpack the wheel at `path` into the empty directory `staging`; entry id and manifest.

    Afterwards `staging` is a complete entry: a tree without RECORD (the manifest replaces it),
    files 0444 or 0555 if `seal` is true, and the manifest, written last. Raises BadWheel, and
    SystemFailure where something cannot be read or written.
    """
    with Archive(path, filename=filename) as archive:
        archive.make_directories(staging)
        outcome = archive.extract(staging, seal=seal)
        entry, manifest = archive.finish(
            staging, outcome, expected=expected, check_version=check_version
        )
    _write_last(os.path.join(staging, MANIFEST), manifest.dump())
    return entry, manifest


class Archive:
    """A wheel that is open, and whose directory holds nothing bad."""

    def __init__(self, path: str, *, filename: str) -> None:
        """Open and check. Raises BadWheel, SystemFailure."""
        self.path = path
        self.filename = filename
        self.descriptor = -1
        with _Blaming(self):
            self.descriptor = os.open(path, _READ)
            self.size = os.fstat(self.descriptor).st_size
            self.members, explicit = read_members(self.descriptor, self.size)
            names = [member[0] for member in self.members]
            self.directories = check_paths(names, explicit)
            self.anatomy = Anatomy(names)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def make_directories(self, staging: str) -> None:
        """Make the tree in `staging`, with every directory that a file needs."""
        tree = os.path.join(os.fsencode(staging), TREE.encode())
        path = tree
        try:
            os.mkdir(tree)
            for directory in self.directories:
                path = tree + b"/" + directory
                os.mkdir(path)
        except OSError as error:
            raise SystemFailure("create directory", os.fsdecode(path), error) from OsCause(error)

    def extract(self, staging: str, *, seal: bool) -> Outcome:
        """Write the files."""
        extractor = Extractor(
            self.descriptor,
            os.path.join(staging, TREE),
            seal=seal,
            kept=self.anatomy.kept,
            unwritten=self.anatomy.record,
            scripts=self.anatomy.scripts,
            vouched=True,
        )
        with _Blaming(self):
            return extractor.run(self.members)

    def finish(
        self, staging: str, outcome: Outcome, *, expected: WheelName, check_version: bool = True
    ) -> tuple[str, Manifest]:
        """Check the whole and describe it: entry id and manifest.

        What has the SHA-256 and the size that RECORD says is as good as it can be; the checksums of
        the zip format, which are weaker, are compared for all other files.
        """
        facts, kept, rewritten = outcome
        rows = whole_rows(facts)
        lines = lines_of(kept[self.anatomy.record])
        tree = os.path.join(os.fsencode(staging), TREE.encode())
        with _Blaming(self):
            left = {fact[0] for fact, row in zip(facts, rows, strict=True) if row not in lines}
            for name, _, crc, *_ in self.members if left else ():
                if name in left:
                    check_sum(tree + b"/" + name, name, crc)
            check_record(
                lines,
                facts,
                rows,
                member=self.anatomy.record,
                hash_again=lambda path, kind: hash_file(tree + b"/" + path, kind),
            )
            manifest = build_manifest(
                self.anatomy,
                facts,
                kept,
                rows=rows,
                expected=expected,
                rewritten=frozenset(rewritten),
                check_version=check_version,
            )
        return entry_id(facts), manifest


class _Blaming:
    """Turns what went wrong with an archive into an error that names it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            return
        if isinstance(error, Refused):
            self.archive.close()
            raise BadWheel(
                self.archive.filename, error.reason, member=shown(error.member)
            ) from None
        if isinstance(error, OSError):
            self.archive.close()
            raise SystemFailure("read", self.archive.path, error) from OsCause(error)


def hash_file(path: str | bytes, algorithm: str) -> bytes:
    """The raw digest of a file. Raises ValueError for an unknown algorithm, and OSError."""
    if algorithm == "sha256":
        from weft.core.digest import new_sha256

        running = new_sha256()
    else:
        import hashlib

        if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
            raise ValueError(algorithm)
        running = hashlib.new(algorithm, usedforsecurity=False)
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with open(path, "rb", buffering=0) as file:
        while length := file.readinto(buffer):
            running.update(view[:length])
    return running.digest()


def _write_last(path: str, data: bytes) -> None:
    """The staged directory is nobody else's, so a plain write is enough."""
    try:
        with open(path, "xb", buffering=0) as file:
            if file.write(data) != len(data):
                raise OSError(28, os.strerror(28), path)
    except OSError as error:
        raise SystemFailure("write", path, error) from OsCause(error)
