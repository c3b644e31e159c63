"""Digests of bytes and of texts.

Owns the choice of implementation. Refuses to import `hashlib`, which builds every algorithm at
import. OpenSSL's SHA-256 uses the processor's instructions and is about five times faster, but
loading it costs milliseconds, so short texts go through the interpreter's own implementation.
Follows FIPS 180-4.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Hash(Protocol):
        """What `new_sha256` returns: the part of hashlib's objects that weft uses."""

        def update(self, data: bytes | bytearray | memoryview, /) -> None: ...
        def digest(self) -> bytes: ...
        def hexdigest(self) -> str: ...


_SMALL = 1 << 16
_SEED = 0x77656674

_constructor: Callable[[bytes], Hash] | None = None


def new_sha256() -> Hash:
    """A running SHA-256 for streams: OpenSSL's if this interpreter has it."""
    try:
        from _hashlib import openssl_sha256
    except ImportError:
        return _builtin(b"")
    return openssl_sha256(usedforsecurity=False)


def sha256_hex(data: bytes) -> str:
    """The digest of `data` as 64 lower-case hex digits."""
    if len(data) <= _SMALL:
        return _builtin(data).hexdigest()
    running = new_sha256()
    running.update(data)
    return running.hexdigest()


def short_digest(text: str) -> str:
    """16 hex digits that name `text` in a cache key; not for integrity."""
    return _builtin(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def quick_digest(text: str) -> str:
    """32 hex digits that name `text` in a key of what saves time alone; nothing is loaded for it.

    By the hash that Python names compiled files by (SipHash of 64 bits, PEP 552), which may be
    another in another release of Python. It is taken by two keys: both are known to everybody, and
    two texts with one digest of 64 bits can be searched for.
    """
    data = text.encode("utf-8", "surrogatepass")
    try:
        from _imp import source_hash
    except ImportError:
        return sha256_hex(data)[:32]
    return (source_hash(_SEED, data) + source_hash(_SEED + 1, data)).hex()


def _builtin(data: bytes) -> Hash:
    """The interpreter's own SHA-256."""
    global _constructor
    if _constructor is None:  # kept: a failing import searches the whole path every time
        _constructor = _find_builtin()
    return _constructor(data)


def _find_builtin() -> Callable[[bytes], Hash]:
    """The constructor, whatever its module is called in this release."""
    # Looking for a module of another release means looking in every directory of the path.
    for module in ("_sha2",) if sys.version_info >= (3, 12) else ("_sha256",):
        try:
            found: Callable[[bytes], Hash] = __import__(module).sha256
        except ImportError:
            continue
        return found
    from _hashlib import openssl_sha256  # builds without built-in hashes have OpenSSL's

    return openssl_sha256
