"""The way of a wheel from a file to an entry with a pointer.

Owns the order in which things appear: the whole entry first, the pointer last, both while nobody
prunes. Refuses to know where pointers lie and what they say; whoever calls does. Of equal entries
the first stays. Follows the binary distribution format by way of weft.store.archive.
"""

from __future__ import annotations

from weft.store.archive import unpack
from weft.store.staging import Staging
from weft.system.files import write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.distribution import CachedWheel
    from weft.core.filename import WheelName
    from weft.store.manifest import Manifest
    from weft.store.store import Store

    #: The wheel that became an entry, the path of its pointer and the bytes to write there.
    Pointed = tuple[CachedWheel, str, bytes]


def add_entry(
    store: Store,
    path: str,
    *,
    filename: str,
    expected: WheelName,
    point: Callable[[str, Manifest], Pointed],
    check_version: bool = True,
) -> CachedWheel:
    """Unpack the wheel at `path` into an entry of `store`, and write the pointer to it.

    `point` gets the entry's id and manifest. Raises BadWheel, and SystemFailure (a full disk, a
    store that cannot be written); then nothing is added.
    """
    with Staging(store.staging()) as staging:
        entry, manifest = unpack(
            path,
            staging.path,
            filename=filename,
            expected=expected,
            seal=store.seal,
            check_version=check_version,
        )
        wheel, pointer, data = point(entry, manifest)
        lease = store.lease()
        with store.gate():  # so that no prune sees the entry without its pointer
            if lease is not None:
                lease.note((entry,))
            store.publish(staging, entry)
            write_atomic(pointer, data)
    return wheel
