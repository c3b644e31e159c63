"""A form with one file, as a stream of bytes.

Owns the encoding of an upload. The file is read piece by piece while it is sent, so that memory
does not grow with it. Refuses to know what the fields mean.
Follows RFC 7578 (multipart/form-data), with file names in UTF-8 as browsers write them.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PIECE = 1 << 17  # bytes read and sent at once


class FileChanged(WeftError):
    """A file has another size than when its digests were taken."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"`{path}` changed while it was uploaded",
            hints=("Run the command again when nothing writes to the file any more",),
        )
        self.path = path


class Form:
    """The body of one request. `length` is its size in bytes; iterating gives it from the start,
    as often as it takes. `progress` hears how many bytes of the file have been read.
    """

    def __init__(
        self,
        fields: Iterable[tuple[str, str]],
        path: str,
        *,
        filename: str,
        size: int,
        after: Iterable[tuple[str, str]] = (),
        progress: Callable[[int], None] = lambda _count: None,
        boundary: str = "",
    ) -> None:
        """`path` is the file of part `content`; `after` are the fields behind it."""
        self._boundary = boundary or os.urandom(16).hex()
        head = [self._field(name, text) for name, text in fields]
        disposition = f'form-data; name="content"; filename="{_quoted(filename)}"'
        head.append(
            f"--{self._boundary}\r\nContent-Disposition: {disposition}\r\n"
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        tail = ["\r\n", *(self._field(name, text) for name, text in after)]
        tail.append(f"--{self._boundary}--\r\n")
        self._head = "".join(head).encode("utf-8", "replace")
        self._tail = "".join(tail).encode("utf-8", "replace")
        self._path = path
        self._size = size
        self._progress = progress
        self.length = len(self._head) + size + len(self._tail)

    @property
    def content_type(self) -> str:
        """The value of `Content-Type`."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __iter__(self) -> Iterator[bytes]:
        """The body in pieces. Raises `FileChanged` and `SystemFailure`."""
        yield self._head
        try:
            yield from self._content()
        except OSError as error:
            raise SystemFailure("read", self._path, error) from OsCause(error)
        yield self._tail

    def _content(self) -> Iterator[bytes]:
        sent = 0
        with open(self._path, "rb", buffering=0) as file:
            while sent < self._size and (piece := file.read(min(PIECE, self._size - sent))):
                sent += len(piece)
                yield piece
                self._progress(sent)
            if sent != self._size or file.read(1):
                raise FileChanged(self._path)

    def _field(self, name: str, text: str) -> str:
        disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
        return f"--{self._boundary}\r\n{disposition}\r\n\r\n{text}\r\n"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
