"""Which link mode comes first, and which one next when it is refused.

Owns the orders of the modes and the meaning of error numbers for them. Pure: refuses to touch a
file or to look at a device number; a mode is tried, and what the system said comes in as a value.
Follows the manual pages `link(2)`, `symlink(2)` and `ioctl_ficlone(2)`.
"""

from __future__ import annotations

import errno

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    LinkMode = Literal["auto", "clone", "hardlink", "symlink", "copy"]
    RealMode = Literal["clone", "hardlink", "symlink", "copy", "empty"]

AUTO: LinkMode = "auto"
CLONE: Literal["clone"] = "clone"
HARDLINK: Literal["hardlink"] = "hardlink"
SYMLINK: Literal["symlink"] = "symlink"
COPY: Literal["copy"] = "copy"
# What happens to files without content in every mode: no bytes to share, so never a shared inode.
EMPTY: Literal["empty"] = "empty"

ORDERS: dict[LinkMode, tuple[RealMode, ...]] = {
    "auto": (CLONE, HARDLINK, COPY),
    "clone": (CLONE, HARDLINK, COPY),
    "hardlink": (HARDLINK, CLONE, COPY),
    "symlink": (SYMLINK, HARDLINK, COPY),
    "copy": (COPY,),
}

# Another mode would meet the same: no space, no such file, no right to write into the directory.
_HOPELESS = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR,
     errno.ENAMETOOLONG, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
)  # fmt: skip

# What the pair of file systems answers for every file alike. EPERM is not among them: for a hard
# link it may be about one file (another owner's, an immutable one). Neither are EMLINK, EAGAIN and
# EIO, which are about one file at one moment.
_UNSUPPORTED = frozenset(
    (errno.EXDEV, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP), errno.ENOTTY,
     errno.ENOSYS)
)  # fmt: skip
_LASTING: dict[RealMode, frozenset[int]] = {
    CLONE: _UNSUPPORTED | {errno.EINVAL},
    HARDLINK: _UNSUPPORTED,
    SYMLINK: _UNSUPPORTED | {errno.EPERM},
}


# About one file at one moment: ZFS says EAGAIN for what was written just now. The same call again,
# a little later, may succeed.
TRANSIENT = frozenset((errno.EAGAIN, errno.EIO))

# In place of an error number: the link was made, but overlayfs copied the whole file for it.
COPIED_UP = 0

# What Windows says, as numbers that mean something to the code above; Python knows the others.
_WINDOWS = {
    1: errno.EOPNOTSUPP,  # ERROR_INVALID_FUNCTION: no block cloning
    50: errno.EOPNOTSUPP,  # ERROR_NOT_SUPPORTED
    1142: errno.EMLINK,  # ERROR_TOO_MANY_LINKS: 1024 names are the limit
    1314: errno.EPERM,  # ERROR_PRIVILEGE_NOT_HELD: symbolic links
}

# From this size on, sharing the memory of a library is worth a sealed file. In bytes.
LARGE_LIBRARY = 1 << 20
_LIBRARY_ENDINGS = (b".so", b".dylib", b".pyd", b".dll")


@value
class Route:
    """A mode, the route to take when it is refused, and the refusals (mode, errno) so far.

    `via` is the number of a mount that covers both places, to make a hard link through; 0 where
    it is made directly.
    """

    mode: RealMode
    next: Route | None = None
    refusals: tuple[tuple[RealMode, int], ...] = ()
    via: int = 0


def first_route(mode: LinkMode) -> Route:
    """The route to try first when `mode` is asked for."""
    route: Route | None = None
    for each in reversed(ORDERS[mode]):
        route = Route(each, route)
    assert route is not None
    return route


def after(route: Route, number: int) -> Route | None:
    """The next route after `route` ended in the error `number`; None where no other can help."""
    if route.next is None or number in _HOPELESS:
        return None
    return Route(route.next.mode, route.next.next, (*route.refusals, (route.mode, number)))


def again(route: Route, number: int, *, via: int = 0) -> Route:
    """The same mode once more after the error `number`, because something has changed for it."""
    return Route(route.mode, route.next, (*route.refusals, (route.mode, number)), via or route.via)


def is_library(name: bytes) -> bool:
    """Whether a file name looks like that of a shared library: `.so`, `.so.1`, `.dll`, …"""
    if name.endswith(_LIBRARY_ENDINGS):
        return True
    return name.rpartition(b".so.")[2][:1].isdigit() if b".so." in name else False


def may_hold_libraries(names: Sequence[bytes]) -> bool:
    """Whether it is worth asking `is_library` of each of these."""
    joined = b"\0".join(names)
    return any(ending in joined for ending in _LIBRARY_ENDINGS)


def error_number(error: OSError) -> int:
    """The errno of `error`, also for what Windows says in numbers of its own; 0 if it has none."""
    return _WINDOWS.get(getattr(error, "winerror", None) or 0, error.errno or 0)


def is_lasting(mode: RealMode, number: int) -> bool:
    """Whether `number` would be the answer for every other file between the same two places."""
    return number in _LASTING.get(mode, ())
