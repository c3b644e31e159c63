"""A zip writer that lies on demand.

Owns the bytes of test archives: every field of the local header, the central record and the end
record can be set apart from the truth. Refuses to be safe or fast; `zipfile` cannot write any of
what is needed here. Follows APPNOTE.TXT 6.3.10.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

STORED, DEFLATED = 0, 8
REGULAR, SYMLINK, FIFO = 0o100000, 0o120000, 0o010000


@dataclass
class Member:
    """One file. `local` and `central` override single fields by name: name, flags, method, crc,
    compressed, size, offset (central only), extra."""

    name: str | bytes
    data: bytes = b""
    mode: int = REGULAR | 0o644
    method: int = DEFLATED
    flags: int = 0
    descriptor: bytes | bool = False  # True writes an honest one and zeros in the local header
    zip64: bool = False  # sizes (and offset) move to the extra field
    payload: bytes | None = None  # the compressed bytes as they are
    extra: bytes = b""
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)

    @property
    def name_bytes(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def write_zip(
    path: str | os.PathLike[str],
    members: list[Member],
    *,
    prefix: bytes = b"",
    shift: bool = True,
    trailing: bytes = b"",
    comment: bytes = b"",
    zip64: bool = False,
    end: dict[str, int] | None = None,
    end64: dict[str, int] | None = None,
) -> str:
    """Write `members`. `prefix` goes before everything (`shift`: offsets know of it), `trailing`
    after it; `end` and `end64` override count, size and offset of the end records."""
    body = bytearray(prefix)
    base = 0 if shift else len(prefix)
    directory = bytearray()
    for member in members:
        offset = len(body) - base
        body += _local(member)
        directory += _central(member, offset)
    start = len(body) - base
    truth = {"count": len(members), "size": len(directory), "offset": start}
    body += directory
    if zip64:
        large = truth | (end64 or {})
        record = len(body) - base
        body += struct.pack(
            "<4sQHHIIQQQQ",
            b"PK\6\6",
            44,
            45,
            45,
            0,
            0,
            large["count"],
            large["count"],
            large["size"],
            large["offset"],
        )
        body += struct.pack("<4sIQI", b"PK\6\7", 0, record, 1)
        truth = {"count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    small = truth | (end or {})
    body += struct.pack(
        "<4sHHHHIIH",
        b"PK\5\6",
        0,
        0,
        small["count"],
        small["count"],
        small["size"],
        small["offset"],
        len(comment),
    )
    body += comment + trailing
    with open(path, "wb") as file:
        file.write(body)
    return os.fspath(path)


def _facts(member: Member) -> dict[str, Any]:
    payload = _payload(member)
    flags = member.flags | (0x08 if member.descriptor else 0)
    if not member.name_bytes.isascii():
        flags |= 0x800
    return {
        "name": member.name_bytes,
        "flags": flags,
        "method": member.method,
        "crc": zlib.crc32(member.data),
        "compressed": len(payload),
        "size": len(member.data),
        "extra": member.extra,
    }


def _payload(member: Member) -> bytes:
    if member.payload is not None:
        return member.payload
    return deflate(member.data) if member.method == DEFLATED else member.data


def _local(member: Member) -> bytes:
    facts = _facts(member)
    if member.descriptor:
        facts |= {"crc": 0, "compressed": 0, "size": 0}
    if member.zip64:
        facts["extra"] += struct.pack("<HHQQ", 1, 16, facts["size"], facts["compressed"])
        facts |= {"compressed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    facts |= member.local
    made = struct.pack(
        "<4sHHHHHIIIHH",
        b"PK\3\4",
        20,
        facts["flags"],
        facts["method"],
        0,
        33,
        facts["crc"],
        facts["compressed"],
        facts["size"],
        len(facts["name"]),
        len(facts["extra"]),
    )
    made += facts["name"] + facts["extra"] + _payload(member)
    if member.descriptor is True:
        truth = _facts(member)
        layout = "<4sIQQ" if member.zip64 else "<4sIII"
        made += struct.pack(layout, b"PK\7\x08", truth["crc"], truth["compressed"], truth["size"])
    elif member.descriptor:
        made += member.descriptor
    return made


def _central(member: Member, offset: int) -> bytes:
    facts = _facts(member) | {"offset": offset}
    if member.zip64:
        facts["extra"] += struct.pack(
            "<HHQQQ", 1, 24, facts["size"], facts["compressed"], facts["offset"]
        )
        facts |= {"compressed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    facts |= member.central
    return struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\1\2", 0x0314, 20, facts["flags"], facts["method"], 0, 33,
        facts["crc"], facts["compressed"], facts["size"], len(facts["name"]), len(facts["extra"]),
        0, 0, 0, member.mode << 16, facts["offset"],
    ) + facts["name"] + facts["extra"]  # fmt: skip
