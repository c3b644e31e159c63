"""How the bytes of an input file become text.

Owns the choice of encoding: a byte order mark, a PEP 263 line, else UTF-8. Refuses to guess and
to depend on the locale: the same file reads the same on every machine.
"""

from __future__ import annotations

from weft.core.errors import WeftError

# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)


class DecodeFailure(WeftError):
    """The bytes of `path` are not text in `encoding`."""

    def __init__(self, path: str, encoding: str) -> None:
        super().__init__(f"failed to decode file `{path}`: stream did not contain valid {encoding}")
        self.path = path
        self.encoding = encoding


def decode(data: bytes, path: str) -> str:
    """The text of a file, without its byte order mark. Raises DecodeFailure."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, path)
    return _decode(data, _declared(data), path)


def _declared(data: bytes) -> str:
    """The encoding that a comment in the first two lines names, else UTF-8."""
    for line in data.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and b"coding" in line:
            import re

            match = re.search(rb"coding[:=]\s*([-\w.]+)", line)
            if match:
                return match[1].decode("ascii", "replace")
    return "utf-8"


def _decode(data: bytes, encoding: str, path: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise DecodeFailure(path, encoding.upper()) from None
