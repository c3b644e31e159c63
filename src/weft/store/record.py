"""RECORD: the list of files of a distribution.

Owns reading one from a wheel, checking it against what was really unpacked, and the rows that an
installer writes. Refuses a RECORD that lies; one that is incomplete is completed, one with rows
for files that are not there is cut, so that an uninstall can never touch foreign files. Follows
the specification "Recording installed projects".
"""

from __future__ import annotations

from binascii import b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    #: path, size, whether it is executable, raw sha256
    Fact = tuple[bytes, int, bool, bytes]

_URLSAFE = bytes.maketrans(b"+/", b"-_")


def row_tail(size: int, digest: bytes) -> bytes:
    """`,sha256=…,size` and the line's end, for a file's row behind its path."""
    text = b2a_base64(digest, newline=False).translate(_URLSAFE, b"=")
    return b",sha256=%b,%d\n" % (text, size)


def quoted(path: bytes) -> bytes:
    """A path as the first field of a row (RFC 4180 quotes, where they are needed)."""
    if b"," in path or b'"' in path:
        return b'"' + path.replace(b'"', b'""') + b'"'
    return path


def check_record(
    data: bytes,
    facts: Mapping[bytes, Fact],
    tails: Mapping[bytes, bytes],
    *,
    member: bytes,
    hash_again: Callable[[bytes, str], bytes],
) -> None:
    """Compare a wheel's RECORD with what was unpacked.

    `facts` and `tails` (of `row_tail`) are by path. `hash_again(path, algorithm)` computes another
    hash than sha256, and raises ValueError for an unknown algorithm. Raises Refused where a hash
    or a size differs.
    """
    from weft.store.errors import Refused, shown

    rows = set(data.replace(b"\r\n", b"\n").split(b"\n"))
    rows -= {quoted(path) + tail[:-1] for path, tail in tails.items()}  # all of them, as a rule
    for path, digest, size in _parse_rows(rows, member):
        fact = facts.get(path)
        if fact is None:
            continue
        if size and size != b"%d" % fact[1]:
            raise Refused(f"has {fact[1]} bytes, but RECORD says `{shown(size)}`", path)
        algorithm, equals, value = digest.partition(b"=")
        if not digest:
            continue
        if not equals or not _matches(algorithm, value, fact, hash_again=hash_again):
            raise Refused("does not have the hash that RECORD says", path)


def _matches(
    algorithm: bytes, value: bytes, fact: Fact, *, hash_again: Callable[[bytes, str], bytes]
) -> bool:
    name = algorithm.decode("ascii", "replace").lower()
    try:
        digest = fact[3] if name == "sha256" else hash_again(fact[0], name)
    except ValueError:
        from weft.store.errors import Refused, shown

        raise Refused(
            f"has a hash of the unknown kind `{shown(name)}` in RECORD", fact[0]
        ) from None
    expected = b2a_base64(digest, newline=False).translate(_URLSAFE, b"=")
    return expected == value.rstrip(b"=")


def _parse_rows(rows: set[bytes], member: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """The (path, hash, size) of rows; paths with one slash direction and no leading `./`."""
    found = []
    for row in rows:
        if not row:
            continue
        if row[:1] == b'"':
            path, quote, rest = row[1:].replace(b'""', b"\0").partition(b'"')
            fields = [path.replace(b"\0", b'"'), *rest[1:].split(b",")]
            if not quote:
                fields = []
        else:
            fields = row.rsplit(b",", 2)
        if len(fields) < 3:
            from weft.store.errors import Refused, shown

            raise Refused(f"has a row that is not `path,hash,size`: `{shown(row)}`", member)
        path = fields[0].strip().replace(b"\\", b"/").removeprefix(b"./")
        found.append((path, fields[1].strip(), fields[2].strip()))
    return found
