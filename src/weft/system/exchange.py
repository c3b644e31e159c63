"""Putting one directory in the place of another in a single step.

Owns the exchange of two paths, so that whoever looks at either finds the old or the new, at any
moment. Refuses to guess: where the system or the file system cannot do it, the caller is told.
Follows `renameat2(2)` with `RENAME_EXCHANGE` and macOS's `renamex_np(2)` with `RENAME_SWAP`.
"""

from __future__ import annotations

import errno
import sys

from weft.system.lean import os

_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV)
_HERE = -100  # AT_FDCWD
_SWAP = 2


def exchange(first: str, second: str) -> bool:
    """Let two paths of one file system change places; False where that cannot be done at once.

    Raises OSError, as of a path that is not there.
    """
    if sys.platform == "win32":
        return False
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(first), os.fsencode(second)
    if sys.platform == "darwin":
        call = getattr(library, "renamex_np", None)
        arguments: tuple[object, ...] = (*paths, _SWAP)
    else:
        call = getattr(library, "renameat2", None)
        arguments = (_HERE, paths[0], _HERE, paths[1], _SWAP)
    if call is None:  # an old C library
        return False
    if call(*arguments) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), first)
