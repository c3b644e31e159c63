"""What a process is told to make an entry of a file, and what it answers.

Owns the message that carries one wheel to a worker, the work on it, and the answer. Refuses to
download and to choose. The form is `marshal`'s, on our own pipes only.
"""

from __future__ import annotations

import marshal

from weft.fetch.stored import origin_of, public_url
from weft.store.hashes import file_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.distribution import CachedWheel
    from weft.fetch.stored import Wanted
    from weft.store.store import Store

    Hashes = tuple[tuple[str, str], ...]
    # The fields of a CachedWheel.
    Packed = tuple[str, str, str, str, Hashes, str]


def write_errand(wanted: Wanted, path: str, computed: Hashes = ()) -> bytes:
    """The message for the wheel `wanted`, which lies at `path`.

    `computed` are hashes that somebody made of this very file.
    """
    file = wanted.file
    allowed = tuple(sorted(wanted.hashes))
    order = (file.filename, origin_of(file), public_url(file.url), file.hashes, allowed)
    return marshal.dumps((path, order, computed))


def read_answer(answer: bytes) -> CachedWheel:
    """What became of it."""
    from weft.core.distribution import CachedWheel

    return CachedWheel(*marshal.loads(answer))


# The allocator of glibc gives every large block back to the kernel, and gets it anew for the next
# one, until it has seen a larger block go; then it keeps what it has, up to twice that.
_KEPT = 16 << 20


def work_for(store: Store) -> Callable[[bytes], bytes]:
    """What a process does with one message: check, unpack, answer."""
    bytes(_KEPT)  # never touched, unlike a bytearray; half of all page faults go

    def work(message: bytes) -> bytes:
        path, (filename, origin, url, hashes, allowed), computed = marshal.loads(message)
        if allowed:
            pairs = (each.partition(":") for each in allowed)
            hashes = tuple((algorithm, digest) for algorithm, _, digest in pairs)
        wheel = store.add_wheel(
            path,
            filename=filename,
            origin=origin,
            url=url,
            hashes=hashes,
            computed=computed,
            stamp=file_stamp(path) if url.startswith("file://") else "",
        )
        return marshal.dumps(_pack(wheel))

    return work


def _pack(wheel: CachedWheel) -> Packed:
    return wheel.entry, wheel.name, wheel.version, wheel.filename, wheel.hashes, wheel.origin
