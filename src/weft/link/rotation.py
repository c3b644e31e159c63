"""A new inode for a file of the store that has as many names as a file may have.

Owns the renewal: a copy beside the file, sealed and dated like it, renamed over it. Environments
that have the old inode keep it; those to come share the new one. Refuses to change the old inode.
Follows `link(2)` (EMLINK; 65,000 names on ext4) and `rename(2)`.
"""

from __future__ import annotations

import stat

from weft.link.modes import MODES, Pair
from weft.link.route import CLONE, COPY
from weft.system.files import random_name
from weft.system.lean import os


def rotate(pair: Pair, name: bytes) -> bool:
    """Renew the store's file `name`; False where the store cannot be written to."""
    directory = pair.source
    temporary = random_name().encode()
    path, beside = pair.source_name(name), pair.source_name(temporary)
    try:
        before = os.stat(path, dir_fd=directory, follow_symlinks=False)
        if before.st_nlink == 1:
            return True  # another process has renewed it just now
        inside = _store_itself(pair)
        try:
            MODES[CLONE](inside, name, temporary)
        except OSError:
            MODES[COPY](inside, name, temporary)
        try:
            os.chmod(beside, stat.S_IMODE(before.st_mode), dir_fd=directory)
            os.utime(beside, ns=(before.st_atime_ns, before.st_mtime_ns), dir_fd=directory)
            os.replace(beside, path, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            os.unlink(beside, dir_fd=directory)
            raise
    except OSError:
        return False
    return True


def _store_itself(pair: Pair) -> Pair:
    """From the store's directory into the same; the descriptors stay those of `pair`."""
    made = Pair.__new__(Pair)
    made.source_path = made.target_path = pair.source_path
    made.source = made.target = pair.source
    made.kept = 0
    return made
