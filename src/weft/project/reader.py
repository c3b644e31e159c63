"""Bytes of a path: what this room reads files with.

Owns the reader for files of this machine. Refuses to know what is in a file, and the network.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # Bytes of a path or URL; None where there is nothing. Raises WeftError.
    Reader = Callable[[str], bytes | None]


def local_reader(path: str) -> bytes | None:
    """The reader for files of this machine; `-` is the standard input.

    Raises RemoteFile for http URLs and SystemFailure where the system refuses.
    """
    import sys

    if path == "-":
        return sys.stdin.buffer.read()
    if "://" in path and not path.startswith("file://"):
        from weft.project.input_errors import RemoteFile

        raise RemoteFile(path)
    if path.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        path = unquote(urlsplit(path).path)
    from weft.system.files import read_bytes

    try:
        return read_bytes(path)
    except SystemFailure as failure:
        # The sentence has the cause in it already.
        cause = OsCause(failure.error)
        raise WeftError(f"failed to read from file `{path}`: {cause}") from None
