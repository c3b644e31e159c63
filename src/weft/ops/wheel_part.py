"""A wheel without a name: what it would be called.

Owns reading a part of a file as if it were one, and the file name that follows from what a wheel
says of itself. Refuses to believe more than a name: whoever unpacks it checks the rest.
Follows the binary distribution format (file name convention, WHEEL).
"""

from __future__ import annotations

import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CHUNK = 1 << 20
_LARGEST = 1 << 20


class Part(io.RawIOBase):
    """`size` bytes of an open file from `start` on, for reading."""

    def __init__(self, file: io.FileIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._size)[whence]
        if base + offset < 0:
            raise OSError("seek before the beginning")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        length = max(min(len(buffer), self._size - self._position), 0)
        self._file.seek(self._start + self._position)
        count = self._file.readinto(memoryview(buffer)[:length]) or 0
        self._position += count
        return count

    def sha256(self) -> str:
        """The digest of the whole part, in hex."""
        from weft.core.digest import new_sha256

        running = new_sha256()
        self.seek(0)
        while chunk := self.read(_CHUNK):
            running.update(chunk)
        return running.hexdigest()


def describe(part: Part) -> str:
    """`name-version[-build]-python-abi-platform.whl`; empty where it is no wheel.

    Tags come from WHEEL. They may be written otherwise in the name that an index gives the file,
    where sets of tags stand in another order.
    """
    from zipfile import BadZipFile, ZipFile
    from zlib import error as ZlibError

    try:
        with ZipFile(part) as archive:
            found = [
                each
                for each in archive.infolist()
                if each.filename.endswith(".dist-info/WHEEL") and each.filename.count("/") == 1
            ]
            if len(found) != 1 or found[0].file_size > _LARGEST:
                return ""
            text = archive.read(found[0]).decode("utf-8", "replace")
    except (BadZipFile, ZlibError, NotImplementedError, RuntimeError, ValueError, EOFError):
        return ""
    return _filename(found[0].filename.partition(".dist-info/")[0], text.splitlines())


def _filename(stem: str, lines: Iterable[str]) -> str:
    tags: list[list[str]] = []
    build = ""
    for line in lines:
        key, _, text = line.partition(":")
        if key.strip().lower() == "tag" and text.count("-") == 2:
            tags.append(text.strip().split("-"))
        elif key.strip().lower() == "build" and text.strip():
            build = f"-{text.strip()}"
    if not tags:
        return ""
    compressed = (".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))
    return f"{stem}{build}-{'-'.join(compressed)}.whl"
