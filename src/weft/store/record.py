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
    from collections.abc import Callable, Sequence

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


def whole_rows(facts: Sequence[Fact]) -> list[bytes]:
    """The rows of files, `path,sha256=…,size` without the line's end, in the same order."""
    # With a NUL behind it a digest is 44 characters, of which the last is to spare: so all of
    # them are turned into text at once.
    digests = b"".join([digest + b"\0" for _, _, _, digest in facts])
    text = b2a_base64(digests, newline=False).translate(_URLSAFE)
    paths = [path for path, _, _, _ in facts]
    everything = b"".join(paths)
    if 0x2C in everything or 0x22 in everything:
        paths = [quoted(path) for path in paths]
    return [
        b"%b,sha256=%b,%d" % (path, text[at : at + 43], fact[1])
        for path, at, fact in zip(paths, range(0, len(text), 44), facts, strict=True)
    ]


def lines_of(data: bytes) -> set[bytes]:
    """The rows of a RECORD, as they are written, without the ends of their lines."""
    return set(data.replace(b"\r\n", b"\n").split(b"\n"))


def check_record(
    lines: set[bytes],
    facts: Sequence[Fact],
    rows: Sequence[bytes],
    *,
    member: bytes,
    hash_again: Callable[[bytes, str], bytes],
) -> None:
    """Compare the lines of a wheel's RECORD with what was unpacked.

    `rows` are those of the facts (`whole_rows`). `hash_again(path, algorithm)` computes another
    hash than sha256, and raises ValueError for an unknown algorithm. Raises Refused where a hash
    or a size differs.
    """
    left = lines.difference(rows)  # hardly any, as a rule
    left -= {b"", member + b",,"}
    if left:
        _check_rows(left, {fact[0]: fact for fact in facts}, member, hash_again=hash_again)


def _check_rows(
    rows: set[bytes],
    facts: dict[bytes, Fact],
    member: bytes,
    *,
    hash_again: Callable[[bytes, str], bytes],
) -> None:
    from weft.store.errors import Refused, shown

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
