"""Seeing whether overlayfs copied files in order to link them.

A hard link to a file in a lower layer succeeds, after the kernel has copied all of the file to the
upper layer. The second link to it is a real one. Nothing says so but the traces:

- A directory that is in both an upper and a lower layer has one link by definition, one that is in
  a single layer has its true number, two or more (on btrfs it is always one). A copy-up of a file
  copies its directory up first. So where the number falls to one, all that was linked was copied.
- In a directory that has one link from the start, each file is looked at: a copy-up gives it a new
  time of birth, and on some combinations of file systems another device or inode number.

Owns these two observations. Refuses to read the layers themselves, which a container does not see.
Follows `Documentation/filesystems/overlayfs.rst` of Linux and `statx(2)`.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.link.modes import Pair

    Traces = tuple[int, int, bytes]

_STATX_BTIME = 0x800
_AT_SYMLINK_NOFOLLOW = 0x100
_STATX_BYTES = 256
_BTIME = slice(80, 92)  # seconds and nanoseconds


class Watch:
    """Looks at the files `names` of a store's directory before they are linked, and after."""

    def __init__(self, pair: Pair, names: Sequence[bytes]) -> None:
        assert pair.source is not None, "overlayfs is of Linux"
        self._directory = pair.source
        self._names = names
        self._before: dict[bytes, Traces] = {}
        if self._is_merged():
            birth = _find_birth()
            self._before = {name: self._look(name, birth) for name in names}

    def copied_up(self) -> frozenset[bytes]:
        """Those of the names that were copied since."""
        if not self._before:
            return frozenset(self._names) if self._is_merged() else frozenset()
        birth = _find_birth()
        return frozenset(
            name for name, traces in self._before.items() if self._look(name, birth) != traces
        )

    def _is_merged(self) -> bool:
        return os.fstat(self._directory).st_nlink == 1

    def _look(self, name: bytes, birth: Callable[[int, bytes], bytes]) -> Traces:
        try:
            status = os.stat(name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return 0, 0, b""  # linking will say so
        return status.st_dev, status.st_ino, birth(self._directory, name)


def _find_birth() -> Callable[[int, bytes], bytes]:
    """A function that gives the time of birth of a file in a directory, empty where unknown."""
    import ctypes

    try:
        statx = ctypes.CDLL(None).statx
    except (AttributeError, OSError):
        return lambda _directory, _name: b""
    answer = ctypes.create_string_buffer(_STATX_BYTES)

    def birth(directory: int, name: bytes) -> bytes:
        if statx(directory, name, _AT_SYMLINK_NOFOLLOW, _STATX_BTIME, answer):
            return b""
        known = int.from_bytes(answer.raw[:4], "little") & _STATX_BTIME
        return answer.raw[_BTIME] if known else b""

    return birth
