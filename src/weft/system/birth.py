"""When a file or directory came into being.

Owns the one call for it that Python lacks on Linux. Refuses to guess: None where the kernel or the
file system does not tell. Follows `statx(2)`.
"""

from __future__ import annotations

from weft.system.lean import os

_STATX_BTIME = 0x800
_STATX_BYTES = 256
_AT_FDCWD = -100


def birth_time(path: str) -> int | None:
    """Nanoseconds since the epoch; links are followed. None where it is not known or not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    seconds = getattr(found, "st_birthtime", None)  # macOS, the BSDs, Windows
    if seconds is not None:
        return int(getattr(found, "st_birthtime_ns", seconds * 1_000_000_000))
    answer = _statx(os.fsencode(path))
    if answer is None or not int.from_bytes(answer[:4], "little") & _STATX_BTIME:
        return None
    whole = int.from_bytes(answer[80:88], "little", signed=True)
    return whole * 1_000_000_000 + int.from_bytes(answer[88:92], "little")


def _statx(path: bytes) -> bytes | None:
    import ctypes

    try:
        statx = ctypes.CDLL(None).statx
    except (AttributeError, OSError):
        return None
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    if statx(_AT_FDCWD, path, 0, _STATX_BTIME, answer):
        return None
    return answer.raw
