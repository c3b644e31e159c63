"""Why a mode was refused, in words.

Owns one clause per pair of mode and error number that people meet. Refuses to advise: what to run
is in `link.warning`. Follows the manual pages of the calls, and `proc_sys_fs(5)`.
"""

from __future__ import annotations

import errno

from weft.link.route import CLONE, COPIED_UP, HARDLINK, SYMLINK
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.route import RealMode

_CLAUSES: dict[tuple[RealMode, int], str] = {
    (CLONE, errno.EXDEV): "the two places are on different file systems",
    (CLONE, errno.EOPNOTSUPP): "the file system has no clones",
    (CLONE, errno.ENOTTY): "the file system has no clones",
    (CLONE, errno.EINVAL): "the file system cannot clone between these files",
    (CLONE, errno.EAGAIN): "the file system was busy writing the file",
    (HARDLINK, errno.EXDEV): "the two places are on different file systems or mounts",
    (HARDLINK, errno.EPERM): (
        "the file belongs to another user (`fs.protected_hardlinks`), is immutable, or the file "
        "system has no hard links"
    ),
    (HARDLINK, errno.EOPNOTSUPP): "the file system has no hard links",
    (HARDLINK, errno.EMLINK): "the file has as many names as the file system allows",
    (HARDLINK, COPIED_UP): "overlayfs copied the file out of a lower layer to link it",
    (SYMLINK, errno.EPERM): "symbolic links are not allowed here",
}


def explain(mode: RealMode, number: int) -> str:
    """Why `mode` ended in the errno `number`, or in `route.COPIED_UP`."""
    return _CLAUSES.get((mode, number)) or os.strerror(number).lower()
