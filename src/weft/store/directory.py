"""The central directory of a zip file, read with suspicion.

Owns where the members of an archive lie and what they claim to be. Refuses whatever two readers
could understand differently (data before, behind or between what it says, overlaps, second end
records), whatever an installer has no use for (encryption, links, devices, methods other than
stored and deflated) and whatever claims more than it can hold. Follows APPNOTE.TXT 6.3.10,
sections 4.3 to 4.5.
"""

from __future__ import annotations

import stat
import struct

from weft.store.errors import Refused
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: name, method, crc, compressed size, size, offset of the local header, mode (0 if unknown),
    #: flags, a local header that says the same (empty if it could be another), limit: where the
    #: next member or the directory begins.
    Member = tuple[bytes, int, int, int, int, int, int, int, bytes, int]
    Found = tuple[bytes, int, int, int, int, int, int, int, bytes]

STORED = 0
DEFLATED = 8
_METHODS = (STORED, DEFLATED)
_PLAIN = (0, stat.S_IFREG >> 12)
DESCRIPTOR = 0x0008  # crc and sizes follow the data
FORBIDDEN_FLAGS = 0x2061  # encrypted, patched, strongly encrypted, masked
NO_SIZE = 0xFFFFFFFF  # the value is in the zip64 field

_END = struct.Struct("<4sHHHHIIH")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4s4xHH4xIIIHHHH2xII")
_LONGEST_COMMENT = 0xFFFF
_LOCAL_SIZE = 30
_LOCAL = b"PK\3\4%b\0\0%b"  # without an extra field

# Far above what is published (the largest wheels have 4 GB and 20,000 files), far below what
# would fill a disk or a memory unnoticed. No deflate stream grows by more than 1,032.
MOST_MEMBERS = 500_000
MOST_DIRECTORY = 128 << 20
MOST_BYTES = 64 << 30
BOMB_BYTES = 1 << 30
BOMB_RATIO = 100
_DEFLATE_RATIO = 1032

_ZIP64 = 0x0001
_UNICODE_PATH = 0x7075
_AES = 0x9901


def read_at(descriptor: int, length: int, offset: int) -> bytes:
    """`length` bytes from `offset`, fewer only at the end of the file. Raises OSError."""
    if not hasattr(os, "pread"):  # Windows
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)
    data = os.pread(descriptor, length, offset)
    while 0 < len(data) < length:  # above 2 GiB, or a file system of its own mind
        more = os.pread(descriptor, length - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


def read_members(
    descriptor: int, size: int, *, links: bool = False
) -> tuple[list[Member], list[bytes]]:
    """The files in the order of their bytes, and the names of the directories.

    `size` is that of the archive. Names are as stored, not yet checked. With `links` symbolic
    links are among the files, for the caller to look at. Raises Refused, OSError.
    """
    count, start, length = _find_directory(descriptor, size)
    blob = read_at(descriptor, length, start)
    if len(blob) < length:
        raise Refused("it was truncated while it was read")
    found: list[Found] = []
    directories: list[bytes] = []
    position = 0
    first = size
    unpack, fixed = _CENTRAL.unpack_from, _CENTRAL.size
    for _ in range(count):
        if length - position < fixed:
            raise Refused("its directory holds fewer members than it says")
        (
            signature, flags, method, crc, compressed, bare,
            name_length, extra_length, comment_length, disk, external, offset,
        ) = unpack(blob, position)  # fmt: skip
        end = position + fixed + name_length
        name = blob[position + fixed : end]
        # From the version to the length of the name both headers hold the same fields.
        header = b"" if flags & DESCRIPTOR else _LOCAL % (blob[position + 6 : position + 30], name)
        position = end + extra_length + comment_length
        if signature != b"PK\1\2" or position > length:
            raise Refused("its directory is damaged")
        if extra_length:
            extra = blob[end : end + extra_length]
            told = (compressed, bare, offset)
            compressed, bare, offset = _apply_extra(name, extra, told)
            if (compressed, bare, offset) != told:
                header = b""  # what is too large for it stands elsewhere there, too
        first = min(first, offset)
        mode = external >> 16
        if flags & FORBIDDEN_FLAGS or method not in _METHODS or disk:
            _check_data(name, flags, method=method, disk=disk)
        if mode >> 12 not in _PLAIN:
            _check_kind(name, mode, links=links)
        if name[-1:] == b"/":
            if bare:
                raise Refused("is a directory with content", name)
            directories.append(name[:-1])
            continue
        if compressed != bare and (method == STORED or bare > (compressed + 1) * _DEFLATE_RATIO):
            raise Refused("claims a size that its data cannot have", name)
        found.append((name, method, crc, compressed, bare, offset, mode, flags, header))
    if position != length:
        raise Refused("its directory holds more members than it says")
    if first and count:
        raise Refused("data precedes its first member")
    return _ordered(found, start, size=size), directories


def _check_data(name: bytes, flags: int, *, method: int, disk: int) -> None:
    if flags & FORBIDDEN_FLAGS:
        raise Refused("is encrypted", name)
    if method not in (STORED, DEFLATED):
        raise Refused(f"is compressed with method {method}, only deflate is supported", name)
    if disk:
        raise Refused("lies on another disk", name)


def _check_kind(name: bytes, mode: int, *, links: bool) -> None:
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        if links and name[-1:] != b"/":
            return
        raise Refused("is a symbolic link", name)
    if kind != stat.S_IFDIR:
        raise Refused("is neither a file nor a directory", name)
    if name[-1:] != b"/":
        raise Refused("is a directory with the name of a file", name)


def _ordered(found: list[Found], start: int, *, size: int) -> list[Member]:
    """Sort by offset, add limits; refuse overlaps and bombs."""
    if not found:
        raise Refused("it holds no files")
    found.sort(key=_offset)
    total = sum([member[4] for member in found])
    if total > MOST_BYTES or (total > BOMB_BYTES and total > size * BOMB_RATIO):
        raise Refused(f"it would unpack to {total} bytes from {size}, which looks like a bomb")
    limits = [member[5] for member in found[1:]]
    limits.append(start)
    members: list[Member] = [(*member, limit) for member, limit in zip(found, limits, strict=True)]
    for member in members:
        if member[5] + _LOCAL_SIZE + len(member[0]) + member[3] > member[9]:
            raise Refused("overlaps with what follows it", member[0])
    return members


def _offset(member: Found) -> int:
    return member[5]


def _apply_extra(name: bytes, extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Compressed size, size and offset, from the zip64 field where they do not fit elsewhere."""
    compressed, bare, offset = values
    for kind, field in extra_fields(extra, name):
        if kind == _AES:
            raise Refused("is encrypted", name)
        if kind == _UNICODE_PATH and field[5:] != name:
            raise Refused("has a second name", name)
        if kind == _ZIP64:
            position = 0
            wide = []
            for small in (bare, compressed, offset):
                if small == NO_SIZE:
                    wide.append(int.from_bytes(field[position : position + 8], "little"))
                    position += 8
                else:
                    wide.append(small)
            if position > len(field):
                raise Refused("has a damaged zip64 field", name)
            bare, compressed, offset = wide
    return compressed, bare, offset


def extra_fields(extra: bytes, name: bytes) -> list[tuple[int, bytes]]:
    """The (kind, content) pairs of an extra field; up to 3 stray bytes at its end are borne."""
    fields = []
    position = 0
    while position + 4 <= len(extra):
        kind = int.from_bytes(extra[position : position + 2], "little")
        length = int.from_bytes(extra[position + 2 : position + 4], "little")
        position += 4 + length
        if position > len(extra):
            raise Refused("has a damaged extra field", name)
        fields.append((kind, extra[position - length : position]))
    return fields


def _find_directory(descriptor: int, size: int) -> tuple[int, int, int]:
    """How many members, where the directory starts and how long it is."""
    reach = min(size, _END.size + _LONGEST_COMMENT)
    tail = read_at(descriptor, reach, size - reach)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < _END.size:
        raise Refused("it is truncated or not a zip file")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, place)
    end = size - reach + place
    if end + _END.size + comment != size:
        raise Refused("it is truncated, or data follows its end")
    if _is_comment(tail, place):
        raise Refused("it has two ends")
    if disk or first_disk or here != count:
        raise Refused("it is a part of several files")
    if place >= _LOCATOR64.size and tail.startswith(b"PK\6\7", place - _LOCATOR64.size):
        count, length, start, end = _read_end64(
            descriptor, end - _LOCATOR64.size, small=(count, length, start)
        )
    elif NO_SIZE in (length, start):
        raise Refused("its zip64 record is missing")
    if start + length > end:
        raise Refused("its directory lies outside of the file")
    if start + length < end:
        raise Refused("data precedes its first member, or follows its directory")
    if count > MOST_MEMBERS or length > MOST_DIRECTORY or count * _CENTRAL.size > length:
        raise Refused(f"its directory of {length} bytes claims {count} members")
    return count, start, length


def _is_comment(tail: bytes, place: int) -> bool:
    """Whether an earlier end record reaches to the end of the file as well."""
    earlier = tail.find(b"PK\5\6", 0, place)
    while 0 <= earlier < place:
        if len(tail) - earlier >= _END.size:
            comment = _END.unpack_from(tail, earlier)[7]
            if earlier + _END.size + comment == len(tail):
                return True
        earlier = tail.find(b"PK\5\6", earlier + 1, place)
    return False


def _read_end64(
    descriptor: int, locator: int, *, small: tuple[int, int, int]
) -> tuple[int, int, int, int]:
    """Count, length and start from the zip64 end record, and where that record lies."""
    _, disk, place, disks = _LOCATOR64.unpack(read_at(descriptor, _LOCATOR64.size, locator))
    data = b""
    if place + _END64.size <= locator:
        data = read_at(descriptor, _END64.size, place)
    if data[:4] != b"PK\6\6" or disk or disks > 1:
        raise Refused("its zip64 record is damaged")
    _, extent, _, _, number, first, here, count, length, start = _END64.unpack(data)
    if place + 12 + extent != locator or number or first or here != count:
        raise Refused("its zip64 record is damaged")
    for narrow, wide, none in zip(
        small, (count, length, start), (0xFFFF, NO_SIZE, NO_SIZE), strict=True
    ):
        if narrow not in (wide, none):
            raise Refused("its two end records disagree")
    return count, length, start, place
