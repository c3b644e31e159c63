"""The two streams.

Owns stdout and stderr as file descriptors, and whether they show colours. A reader that goes away
(`weft pip list | head`) is no error and stops no installation; a full disk behind stdout is one.
Refuses to know what is written. Follows NO_COLOR (no-color.org), FORCE_COLOR and CLICOLOR_FORCE.
"""

from __future__ import annotations

import errno

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Stream:
    """A descriptor that text goes to, unbuffered; `fd` is 1 or 2."""

    __slots__ = ("closed", "fd")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.closed = False

    def write(self, text: str) -> None:
        """Write all of `text`. Raises OSError except where nobody reads any more."""
        if self.closed:
            return
        data = text.encode("utf-8", "surrogateescape")
        try:
            while data:
                data = data[os.write(self.fd, data) :]
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EBADF, errno.EINVAL):
                raise
            self.closed = True

    def is_terminal(self) -> bool:
        """Whether a person is looking."""
        try:
            return os.isatty(self.fd)
        except OSError:
            return False


def in_colour(choice: str, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to write ANSI colours: `choice` is auto, always or never."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environ.get(name, "0") not in ("", "0"):
            return True
    return terminal and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"


def width(environ: Mapping[str, str], fd: int) -> int:
    """Columns to write in: those of the terminal, 100 at most and where there is none."""
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return min(int(columns), 100)
    try:
        return min(os.get_terminal_size(fd).columns or 100, 100)
    except OSError:
        return 100
