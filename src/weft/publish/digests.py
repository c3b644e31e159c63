"""Digests of a file that is to be uploaded.

Owns one reading of the file for any number of algorithms. Refuses to keep it in memory.
Follows FIPS 180-4 and RFC 7693.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.digest import Hash

_PIECE = 1 << 20
_STRONGEST_FIRST = ("sha512", "sha384", "sha256", "blake2b", "sha224", "sha1", "md5")


@value
class Digests:
    """Lower-case hex of what the upload API wants, and the size in bytes that was read."""

    size: int
    sha256: str
    blake2_256: str


def read_digests(path: str, progress: Callable[[int], None] = lambda _count: None) -> Digests:
    """Both digests in one reading; `progress` hears of bytes. Raises `SystemFailure`."""
    from hashlib import blake2b

    from weft.core.digest import new_sha256

    first, second = new_sha256(), blake2b(digest_size=32)
    size = _feed(path, (first, second), progress)
    return Digests(size, first.hexdigest(), second.hexdigest())


def read_digest(path: str, algorithm: str) -> str:
    """One digest by its name in `hashlib`. Raises `SystemFailure`."""
    from hashlib import new

    running = new(algorithm, usedforsecurity=False)
    _feed(path, (running,), lambda _count: None)
    return running.hexdigest()


def strongest(hashes: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    """The `(algorithm, hex)` to compare by, None where an index gives none that is known."""
    known = dict(hashes)
    for algorithm in _STRONGEST_FIRST:
        if known.get(algorithm):
            return algorithm, known[algorithm].lower()
    return None


def _feed(path: str, running: tuple[Hash, ...], progress: Callable[[int], None]) -> int:
    from weft.core.errors import OsCause, SystemFailure

    size = 0
    buffer = memoryview(bytearray(_PIECE))
    try:
        with open(path, "rb", buffering=0) as file:
            while count := file.readinto(buffer):
                size += count
                for each in running:
                    each.update(buffer[:count])
                progress(size)
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)
    return size
