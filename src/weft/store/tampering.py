"""Whether somebody has written into an entry.

Owns finding that out at the price of a look at each file's status. Refuses to hash (that is
`doctor`'s work), and so to find a change whose maker has set the clock of the file back.

The manifest of an entry is written when all its files are there, and none is written again. Files
are sealed, but whoever is root, or has turned sealing off, can write through a hard link.
"""

from __future__ import annotations

import stat

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.store import Store


def is_protected(store: Store) -> bool:
    """Whether the seal keeps this process from writing through hard links into the store."""
    return store.seal and getattr(os, "geteuid", lambda: 1)() != 0


def changed_file(store: Store, entry: str) -> str:
    """The path of a file, relative to the entry's tree, that was written to later; "" for none."""
    from weft.store.layout import MANIFEST

    tree = store.tree_path(entry)
    try:
        made = os.stat(os.path.join(store.entry_path(entry), MANIFEST)).st_mtime_ns
        found = _newer(tree, made)
    except OSError:  # it is not there any more, so nobody will take it
        return ""
    return os.path.relpath(found, tree) if found else ""


def _newer(directory: str, made: int) -> str:
    with os.scandir(directory) as listing:
        for item in listing:
            status = item.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                if found := _newer(item.path, made):
                    return found
            elif status.st_mtime_ns > made:
                return item.path
    return ""
