"""What a program says: its lines are passed on while they come, a bounded part of it is kept.

Owns the cutting into lines, and what is left out of an output that is too long. Refuses to read
from a descriptor, and to decode. Bytes are bytes: no specification.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The longest piece of a line that waits for its end, and what may be kept too much, in bytes.
_CHUNK = 1 << 16


class Output:
    """One output. `stream` hears its lines; `keep` is the most that is kept, None for all."""

    def __init__(self, stream: Callable[[bytes], None] | None, keep: int | None) -> None:
        self._stream = stream
        self._most = keep
        self._head = bytearray()
        self._tail = bytearray()
        self._lost = 0
        self._line = b""

    def add(self, data: bytes) -> None:
        if self._stream is not None:
            whole = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1  # \r ends a bar's states
            if whole:
                self._stream(self._line + data[:whole])
                self._line = b""
            self._line += data[whole:]
            if len(self._line) > _CHUNK:
                self._stream(self._line)
                self._line = b""
        if self._most is None:
            self._head += data
            return
        room = max(self._most // 4 - len(self._head), 0)
        self._head += data[:room]
        self._tail += data[room:]
        over = len(self._tail) - (self._most - self._most // 4)
        if over > _CHUNK:  # not at every piece: removing from the front moves all the rest
            self._drop(over)

    def _drop(self, count: int) -> None:
        del self._tail[:count]
        self._lost += count

    def end(self) -> None:
        """Pass on a last line that has no end."""
        if self._stream is not None and self._line:
            self._stream(self._line)
            self._line = b""

    def kept(self) -> bytes:
        """Everything, or head and tail with a line between them that tells how much is missing."""
        if self._most is not None:
            self._drop(max(len(self._tail) - (self._most - self._most // 4), 0))
        if not self._lost:
            return bytes(self._head + self._tail)
        # Cut at ends of lines, where there are any: half a line misleads.
        head, tail = self._head, self._tail
        head = head[: head.rfind(b"\n") + 1] or head
        begin = tail.find(b"\n") + 1
        lost = self._lost + len(self._head) - len(head) + begin
        note = f"[{lost} bytes of output were left out here]\n".encode()
        return bytes((head if head.endswith(b"\n") else head + b"\n") + note + tail[begin:])
