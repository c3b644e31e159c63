"""RECORD files: rows in, rows out.

Owns their text form. Refuses to open files and to judge paths; `weft.install.uninstall` does.
Follows "Recording installed projects" of the packaging specifications: CSV with comma and `"`,
UTF-8, one row `path,sha256=<urlsafe base64 without padding>,size` per file.
"""

from __future__ import annotations

import binascii

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    # Path as written, `algorithm=digest` or "", size in decimal or "".
    Row = tuple[str, str, str]

_QUOTED = frozenset(',"\r\n')


class RecordError(WeftError):
    """A RECORD that is no CSV; `path` is the file."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"Invalid `RECORD` file at `{path}`: {reason}")
        self.path = path
        self.reason = reason


def parse_record(data: bytes, path: str = "RECORD") -> list[Row]:
    """The rows of a RECORD; blank lines are skipped, missing columns are empty.

    Bytes that are not UTF-8 come back as the surrogates that `os.fsencode` turns into the same
    bytes. Raises RecordError.
    """
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")  # where CSV splits; `splitlines` knows more line ends
    if '"' not in text:
        return [_row(line.rstrip("\r").split(",")) for line in lines if line.rstrip("\r")]
    import _csv

    try:
        fields = _csv.reader([line + "\n" for line in lines], strict=True)
        return [_row(row) for row in fields if row and row[0]]
    except _csv.Error as error:
        raise RecordError(path, str(error)) from None


def record_paths(data: bytes, path: str = "RECORD") -> list[str]:
    """The paths alone of a RECORD's rows, as `parse_record` gives them. Raises RecordError."""
    if b'"' in data or b"\r" in data:
        return [row[0] for row in parse_record(data, path)]
    text = data.decode("utf-8", "surrogateescape")
    return [line.partition(",")[0] for line in text.split("\n") if line]


def _row(fields: list[str]) -> Row:
    path, digest, size, *_ = (*fields, "", "")
    return path, digest, size


def is_whole(data: bytes) -> bool:
    """Whether a RECORD that weft wrote has its last row, that of RECORD itself."""
    return data.endswith((b"/RECORD,,\n", b'/RECORD",,\n'))


def format_row(path: str, digest: bytes | None, size: int) -> str:
    """One row with its line end; `digest` is a raw sha256, None for the row of RECORD itself."""
    if _QUOTED.intersection(path):
        path = '"' + path.replace('"', '""') + '"'
    if digest is None:
        return f"{path},,\n"
    return f"{path},{hash_field(digest)},{size}\n"


def content_row(path: str, content: bytes) -> bytes:
    """The row of a small file."""
    from weft.core.digest import sha256_hex
    from weft.store.record import row_tail

    tail = row_tail(len(content), bytes.fromhex(sha256_hex(content)))
    if not _QUOTED.isdisjoint(path):
        path = '"' + path.replace('"', '""') + '"'
    return path.encode("utf-8", "surrogateescape") + tail


def whole_record(
    dist_info: str, begin: bytes, rows: Iterable[bytes], files: Iterable[tuple[str, bytes]]
) -> bytes:
    """RECORD: the rows `begin` of a wheel and `rows`, then `files` (name, content), then its own.

    `files` are those that are written into the dist-info directory.
    """
    written = [content_row(f"{dist_info}/{name}", content) for name, content in files]
    last = format_row(f"{dist_info}/RECORD", None, 0).encode()
    return b"".join([begin, *rows, *written, last])


def hash_field(digest: bytes) -> str:
    """`sha256=` and the digest as RECORD writes it."""
    text = binascii.b2a_base64(digest, newline=False).rstrip(b"=").decode()
    return "sha256=" + text.replace("+", "-").replace("/", "_")
