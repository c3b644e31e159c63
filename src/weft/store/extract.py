"""Members of a zip file on their way to files.

Owns reading, inflating, checking and writing a run of members. Refuses to write a byte that the
central directory did not announce: a local header, a data descriptor, a size or a checksum that
disagrees ends the work. Neighbours are read together, large members in pieces, so memory stays
bounded whatever an archive claims. Follows APPNOTE.TXT 6.3.10, section 4.3.
"""

from __future__ import annotations

import os
import struct

from weft.core.errors import OsCause, SystemFailure
from weft.store.directory import DEFLATED, DESCRIPTOR, NO_SIZE, extra_fields, read_at
from weft.store.errors import Refused

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

_LOCAL = struct.Struct("<4s2xHH4xIIIHH")
_AGREEING = 28  # bytes of a local header of which the central record holds the same
_BATCH = 1 << 20
_PIECE = 1 << 18
_SMALL = 16 << 20  # a member above this is never held whole
_LONGEST_HEADER = 30 + 2 * 0xFFFF
_DESCRIPTOR_SIZE = 24
# A local header must agree in the flags that change what its data means: encryption, patches,
# and a descriptor behind the data.
_MEANINGFUL_FLAGS = 0x2069
_PLACEHOLDER = b"#!python"

_FLAGS = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)  # fmt: skip
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd


class Extractor:
    """Unpacks members of one open archive below one directory.

    `kept` names members whose content comes back with the outcome, `unwritten` is not made a
    file, and what begins with one of `scripts` is executable whatever the archive says.
    Directories must exist. `close` it after use.
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
    ) -> None:
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
                if batch[0][9] - start > _BATCH:
                    self._unpack_alone(batch[0])
                else:
                    self._unpack(batch, read_at(self.descriptor, batch[-1][9] - start, start))
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
        facts, crc32, sha256, scripts = self.outcome[0], zlib.crc32, self.sha256, self.scripts
        for member in members:
            name, method, crc, compressed, size, offset, mode, _, _, limit = member
            start = offset - begin
            start += _find_data(member, data, start) or _check_local(
                member, view[start : limit - begin]
            )
            packed = view[start : start + compressed]
            if size > _SMALL:
                self._stream(member, (packed,))
                continue
            content = _inflate(name, packed, size) if method == DEFLATED else packed
            found = crc32(content)
            if found != crc:
                raise _bad_crc(name, found, crc)
            if name in self.kept:
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
        if name in self.kept and compressed <= _SMALL:
            length = min(limit - offset, _LONGEST_HEADER + compressed + _DESCRIPTOR_SIZE)
            self._unpack([member], read_at(self.descriptor, length, offset))
            return
        head = read_at(self.descriptor, min(_LONGEST_HEADER, limit - offset), offset)
        start = _check_local(member, memoryview(head), whole=False)
        end = offset + start + compressed
        if flags & DESCRIPTOR:
            behind = read_at(self.descriptor, min(_DESCRIPTOR_SIZE, limit - end), end)
            _check_descriptor(member, behind)
        self._stream(member, self._pieces(offset + start, end, name))

    def _pieces(self, start: int, end: int, name: bytes) -> Iterator[memoryview]:
        while start < end:
            piece = read_at(self.descriptor, min(_PIECE, end - start), start)
            if not piece:
                raise Refused("is truncated", name)
            start += len(piece)
            yield memoryview(piece)

    def _stream(self, member: Member, pieces: Iterator[memoryview] | tuple[memoryview]) -> None:
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
                first = first or bytes(data[: len(_PLACEHOLDER)])
                found = zlib.crc32(data, found)
                running.update(data)
                written += len(data)
                self._write(descriptor, data, name)
        finally:
            os.close(descriptor)
        if written != size:
            raise _wrong_size(name, written, size)
        if found != crc:
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


def _find_data(member: Member, data: bytes, start: int) -> int:
    """How far behind its header at `start` a member's data begins, where all is as it should be.

    0 where it is not, or cannot be told at a glance: `_check_local` says more.
    """
    name, _, _, compressed, _, offset, _, flags, header, limit = member
    end = start + _LOCAL.size + len(name)
    if (
        flags & DESCRIPTOR
        or data[start : start + _AGREEING] != header
        or data[start + _LOCAL.size : end] != name
    ):
        return 0
    end += data[start + _AGREEING] | data[start + _AGREEING + 1] << 8
    room = min(limit - offset, len(data) - start)
    return end - start if end - start + compressed <= room else 0


def _check_local(member: Member, region: memoryview, *, whole: bool = True) -> int:
    """Compare the local header with the central record; where the data starts in the region.

    `whole` says that the region reaches to the member's limit. Raises Refused.
    """
    name, method, crc, compressed, size, offset, _, flags, _, limit = member
    if len(region) < _LOCAL.size:
        raise Refused("is truncated", name)
    (
        signature, local_flags, local_method, *sizes, name_length, extra_length
    ) = _LOCAL.unpack_from(region)  # fmt: skip
    start: int = _LOCAL.size + name_length + extra_length
    if (
        signature != b"PK\3\4"
        or local_method != method
        or (local_flags ^ flags) & _MEANINGFUL_FLAGS
        or region[_LOCAL.size : _LOCAL.size + name_length] != name
    ):
        raise Refused("is described differently by its local header", name)
    if start + compressed > limit - offset:
        raise Refused("overlaps with what follows it", name)
    if whole and len(region) < start + compressed:
        raise Refused("is truncated", name)
    if sizes != [crc, compressed, size]:
        _check_local_sizes(member, sizes, bytes(region[_LOCAL.size + name_length : start]))
    if flags & DESCRIPTOR and whole:
        end = start + compressed
        _check_descriptor(member, bytes(region[end : end + _DESCRIPTOR_SIZE]))
    return start


def _check_local_sizes(member: Member, sizes: list[int], extra: bytes) -> None:
    """The local header says something else: zip64 values, or a lie."""
    name, flags = member[0], member[7]
    local_crc, local_compressed, local_size = sizes
    wide = dict(extra_fields(extra, name)).get(1, b"")
    if local_size == NO_SIZE:
        local_size = int.from_bytes(wide[:8], "little")
        wide = wide[8:]
    if local_compressed == NO_SIZE:
        local_compressed = int.from_bytes(wide[:8], "little")
    told = (local_crc, local_compressed, local_size)
    for here, there in zip(told, member[2:5], strict=True):
        if here != there and not (flags & DESCRIPTOR and here == 0):
            raise Refused("is described differently by its local header", name)


def _check_descriptor(member: Member, data: bytes) -> None:
    """A data descriptor comes with or without signature, with sizes of 4 or of 8 bytes."""
    crc, compressed, size = member[2:5]
    for signature in (b"PK\7\x08", b""):
        for width in (4, 8):
            told = signature + crc.to_bytes(4, "little")
            try:
                told += compressed.to_bytes(width, "little") + size.to_bytes(width, "little")
            except OverflowError:
                continue
            if data.startswith(told):
                return
    raise Refused("is described differently by what follows its data", member[0])


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


def _inflate_pieces(
    name: bytes, pieces: Iterator[memoryview] | tuple[memoryview], size: int
) -> Iterator[memoryview]:
    """The same for streams that are too large to hold."""
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
