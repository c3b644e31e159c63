"""Members of a zip file on their way to files.

Owns reading, inflating, checking and writing a run of members. Refuses to write a byte that the
central directory did not announce: a local header, a data descriptor, a size or a checksum that
disagrees ends the work. Neighbours are read together, large members in pieces, so memory stays
bounded whatever an archive claims. Follows APPNOTE.TXT 6.3.10, section 4.3.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.store.directory import DEFLATED, DESCRIPTOR, read_at
from weft.store.errors import Refused
from weft.store.headers import (
    DESCRIPTOR_SIZE,
    LONGEST_HEADER,
    check_descriptor,
    check_local,
)
from weft.system.lean import os, supports

try:
    from isal import isal_zlib as zlib  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from weft.core.digest import Hash
    from weft.store.directory import Member
    from weft.store.record import Fact

    class Inflater(Protocol):
        """What zlib and isal have in common."""

        @property
        def eof(self) -> bool: ...
        @property
        def unused_data(self) -> bytes: ...
        @property
        def unconsumed_tail(self) -> bytes: ...
        def decompress(self, data: bytes | memoryview, max_length: int = ..., /) -> bytes: ...

    #: facts of what was written, content of wanted members, scripts that begin with `#!python`.
    #: Plain tuples, so that a worker process can answer with one.
    Outcome = tuple[list[Fact], dict[bytes, bytes], list[bytes]]

_BATCH = 1 << 20
# A member of more than `_SMALL` bytes is not held whole: its data is taken in pieces, so small that
# what comes of one is still in the processor's cache when it has been hashed and is written.
_SMALL = 1 << 18
_PIECE = 1 << 16
_LARGEST_KEPT = 16 << 20  # of those whose content comes back
_PLACEHOLDER = b"#!python"

_FLAGS = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)  # fmt: skip
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BY_DESCRIPTOR = supports("openat")


class Extractor:
    """Unpacks members of one open archive below one directory.

    `kept` names members whose content comes back with the outcome, `unwritten` is not made a
    file, and what begins with one of `scripts` is executable whatever the archive says. With
    `vouched` the caller knows the SHA-256 of nearly all files and compares it, and looks at the
    checksums of the others afterwards (`check_sum`). Directories must exist. `close` it after use.
    """

    def __init__(
        self,
        descriptor: int,
        tree: str,
        *,
        seal: bool,
        kept: frozenset[bytes],
        unwritten: bytes,
        scripts: tuple[bytes, ...],
        vouched: bool = False,
    ) -> None:
        self.vouched = vouched
        self.descriptor = descriptor
        self.tree = os.fsencode(tree)
        self.modes = (0o444, 0o555) if seal else (0o666, 0o777)
        self.kept = kept | {unwritten}
        self.unwritten = unwritten
        self.scripts = scripts
        self.sha256 = _sha256()
        self.outcome: Outcome = ([], {}, [])
        self._current = b"/"  # no directory has this name
        self._directory = -1

    def run(self, members: list[Member]) -> Outcome:
        """Unpack members, which are in the order of their offsets.

        Raises Refused, and SystemFailure where the disk is full or cannot be written.
        """
        try:
            for start, batch in _batches(members):
                length = batch[-1][9] - start
                if length > _BATCH:
                    self._unpack_alone(batch[0])
                else:
                    self._unpack(batch, read_at(self.descriptor, length, start))
        finally:
            self.close()
        return self.outcome

    def close(self) -> None:
        """Let go of the directory that was written to last."""
        if self._directory >= 0:
            os.close(self._directory)
        self._current, self._directory = b"/", -1

    def _unpack(self, members: list[Member], data: bytes) -> None:
        """Unpack neighbours, of which the first begins where `data` does."""
        view = memoryview(data)
        begin = members[0][5]
        facts, sha256, scripts, vouched = self.outcome[0], self.sha256, self.scripts, self.vouched
        for member in members:
            name, method, crc, compressed, size, offset, mode, _, header, limit = member
            start = offset - begin
            if header and data.startswith(header, start):
                start += len(header)
            else:
                start += check_local(member, view[start : limit - begin])
            packed = view[start : start + compressed]
            if len(packed) != compressed:
                raise Refused("is truncated", name)
            is_kept = name in self.kept
            if size > (_LARGEST_KEPT if is_kept else _SMALL):
                self._stream(member, _slices(packed))
                continue
            content = _inflate(name, packed, size) if method == DEFLATED else packed
            if (is_kept or not vouched) and (found := zlib.crc32(content)) != crc:
                raise _bad_crc(name, found, crc)
            if is_kept:
                self.outcome[1][name] = bytes(content)
                if name == self.unwritten:
                    continue
            executable = mode & 0o111 != 0 or self._is_script(name)
            descriptor = self._create(name, executable)
            try:
                if size:
                    self._write(descriptor, content, name)
            finally:
                os.close(descriptor)
            facts.append((name, size, executable, sha256(content).digest()))
            if scripts:
                self._note_script(name, content[: len(_PLACEHOLDER)])

    def _unpack_alone(self, member: Member) -> None:
        """Unpack a member whose region is larger than one batch."""
        name, _, _, compressed, _, offset, _, flags, _, limit = member
        if name in self.kept and compressed <= _LARGEST_KEPT:
            length = min(limit - offset, LONGEST_HEADER + compressed + DESCRIPTOR_SIZE)
            self._unpack([member], read_at(self.descriptor, length, offset))
            return
        head = read_at(self.descriptor, min(LONGEST_HEADER, limit - offset), offset)
        start = check_local(member, memoryview(head), whole=False)
        end = offset + start + compressed
        if flags & DESCRIPTOR:
            behind = read_at(self.descriptor, min(DESCRIPTOR_SIZE, limit - end), end)
            check_descriptor(member, behind)
        self._stream(member, self._pieces(offset + start, end, name))

    def _pieces(self, start: int, end: int, name: bytes) -> Iterator[memoryview]:
        while start < end:
            piece = read_at(self.descriptor, min(_PIECE, end - start), start)
            if not piece:
                raise Refused("is truncated", name)
            start += len(piece)
            yield memoryview(piece)

    def _stream(self, member: Member, pieces: Iterator[memoryview]) -> None:
        """Inflate, check and write a large member piece by piece."""
        name, method, crc, _, size = member[:5]
        if name in self.kept:
            raise Refused(f"is too large for what it is ({size} bytes)", name)
        executable = member[6] & 0o111 != 0 or self._is_script(name)
        running = self.sha256()
        found = written = 0
        first = b""
        descriptor = self._create(name, executable)
        try:
            for data in _inflate_pieces(name, pieces, size) if method == DEFLATED else pieces:
                if len(first) < len(_PLACEHOLDER):  # empty blocks may stand between two bytes
                    first += bytes(data[: len(_PLACEHOLDER) - len(first)])
                if not self.vouched:
                    found = zlib.crc32(data, found)
                running.update(data)
                written += len(data)
                self._write(descriptor, data, name)
        finally:
            os.close(descriptor)
        if written != size:
            raise _wrong_size(name, written, size)
        if found != crc and not self.vouched:
            raise _bad_crc(name, found, crc)
        self.outcome[0].append((name, size, executable, running.digest()))
        self._note_script(name, first)

    def _is_script(self, name: bytes) -> bool:
        return bool(self.scripts) and name.startswith(self.scripts)

    def _note_script(self, name: bytes, first: bytes | memoryview) -> None:
        if first == _PLACEHOLDER and self._is_script(name):
            self.outcome[2].append(name)

    def _create(self, name: bytes, executable: bool) -> int:
        """Open a new file; the directory of the one before is still open, which most share."""
        try:
            if not _BY_DESCRIPTOR:
                return os.open(self.tree + b"/" + name, _FLAGS, self.modes[executable])
            directory, _, base = name.rpartition(b"/")
            if directory != self._current:
                self.close()
                self._directory = os.open(self.tree + b"/" + directory, _DIRECTORY)
                self._current = directory
            return os.open(base, _FLAGS, self.modes[executable], dir_fd=self._directory)
        except OSError as error:
            raise SystemFailure("create", self._path(name), error) from OsCause(error)

    def _write(self, descriptor: int, data: bytes | memoryview, name: bytes) -> None:
        try:
            written = os.write(descriptor, data)
            while written < len(data):  # the disk takes what fits, and refuses the rest
                written += os.write(descriptor, memoryview(data)[written:])
        except OSError as error:
            raise SystemFailure("write", self._path(name), error) from OsCause(error)

    def _path(self, name: bytes) -> str:
        return os.fsdecode(self.tree + b"/" + name)


def _batches(members: list[Member]) -> Iterator[tuple[int, list[Member]]]:
    """Runs of neighbours that lie within one batch; a larger member is alone in its run."""
    batch: list[Member] = []
    start = 0
    for member in members:
        if batch and (member[5] < batch[-1][9] or member[9] - start > _BATCH):
            yield start, batch
            batch = []
        if not batch:
            start = member[5]
        batch.append(member)
    if batch:
        yield start, batch


def _slices(data: memoryview) -> Iterator[memoryview]:
    return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


def _inflate(name: bytes, data: memoryview, size: int) -> bytes:
    """One deflate stream of exactly `size` bytes; nothing may follow it."""
    inflater: Inflater = zlib.decompressobj(-15)
    try:
        made = inflater.decompress(data, size or 1)  # of exactly that size it is not copied
        if not inflater.eof and len(made) == size:
            made += inflater.decompress(inflater.unconsumed_tail, 1)
    except zlib.error as error:
        raise _damaged(name) from error
    if len(made) != size:
        raise _wrong_size(name, len(made), size)
    if not inflater.eof or inflater.unused_data:
        raise _damaged(name)
    return made


def _inflate_pieces(name: bytes, pieces: Iterator[memoryview], size: int) -> Iterator[memoryview]:
    """The same for a stream that is not held whole."""
    inflater: Inflater = zlib.decompressobj(-15)
    made = 0
    try:
        for piece in pieces:
            rest: bytes | memoryview = piece
            while not inflater.eof:
                data = inflater.decompress(rest, _BATCH)
                rest = inflater.unconsumed_tail
                made += len(data)
                if made > size:
                    raise _wrong_size(name, made, size)
                yield memoryview(data)
                # A full answer may leave more behind even where all input is used up.
                if not data or (len(data) < _BATCH and not rest):
                    break
            if len(rest):
                raise _damaged(name)
    except zlib.error as error:
        raise _damaged(name) from error
    if not inflater.eof or inflater.unused_data:
        raise _damaged(name)


def check_sum(path: bytes, name: bytes, expected: int) -> None:
    """Refuse a member whose file has another checksum than the archive says. Raises OSError."""
    found = 0
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            found = zlib.crc32(piece, found)
    if found != expected:
        raise _bad_crc(name, found, expected)


def _damaged(name: bytes) -> Refused:
    return Refused("has damaged data", name)


def _wrong_size(name: bytes, found: int, expected: int) -> Refused:
    more = "more" if found > expected else "fewer"
    return Refused(f"has {more} than the {expected} bytes that it claims", name)


def _bad_crc(name: bytes, found: int, expected: int) -> Refused:
    return Refused(f"has a bad CRC (got {found:08x}, expected {expected:08x})", name)


def _sha256() -> Callable[..., Hash]:
    """A constructor to call 15,000 times; OpenSSL's is the fast one."""
    try:
        from _hashlib import openssl_sha256
    except ImportError:
        from hashlib import sha256

        return sha256
    return openssl_sha256
