"""Local headers of a zip file, compared with what the central directory says.

Owns where the data of a member begins, and that nothing which describes it says anything else: the
header in front of it, a zip64 field, the descriptor behind it. Refuses what disagrees: two readers
would unpack two things. Follows APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.9.
"""

from __future__ import annotations

import struct

from weft.store.directory import DESCRIPTOR, NO_SIZE, extra_fields
from weft.store.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.directory import Member

LONGEST_HEADER = 30 + 2 * 0xFFFF
DESCRIPTOR_SIZE = 24

_LOCAL = struct.Struct("<4s2xHH4xIIIHH")
# A local header must agree in the flags that change what its data means: encryption, patches,
# and a descriptor behind the data.
_MEANINGFUL_FLAGS = 0x2069


def check_local(member: Member, region: memoryview, *, whole: bool = True) -> int:
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
        check_descriptor(member, bytes(region[end : end + DESCRIPTOR_SIZE]))
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


def check_descriptor(member: Member, data: bytes) -> None:
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
