"""Where on a file system a member of the cache may be kept.

Owns the judgement of file systems (network, removable, read-only) and of places (whose they are).
Refuses to make anything, and to put anything on a file system that comes and goes, or that others
pay for by the byte, unless it was configured. Follows `proc_pid_mountinfo(5)` and the attribute
`removable` of sysfs.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os
from weft.system.mounts import mount_identifier, read_mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.system.mounts import Mount

MEMBER_DIRECTORY = ".weft-cache"
_OPEN = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)

_NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "lustre", "beegfs", "afs",
     "glusterfs", "gpfs", "ocfs2", "gfs2", "pvfs2", "orangefs", "ncpfs", "coda", "davfs", "vboxsf",
     "vmhgfs", "prl_fs", "drvfs")
)  # fmt: skip
# Most of what FUSE shows lies elsewhere; these lie here.
_LOCAL_FUSE = frozenset(("fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bcachefs"))
_REMOVABLE_POINTS = ("/media/", "/run/media/")
_MOST_LAYERS = 8  # of device mapper and the like below one file system


@value
class Place:
    """Where a directory lies: the number of its mount (0 where unknown) and `st_dev`."""

    mount: int
    device: int


def place_of(directory: str) -> Place | None:
    """Where a directory lies; None where there is none, or it cannot be reached."""
    if os.name == "nt":  # directories have no descriptors; the number of the volume is reliable
        return Place(0, os.stat(directory).st_dev) if os.path.isdir(directory) else None
    try:
        descriptor = os.open(directory, _OPEN)
    except OSError:
        return None
    try:
        return Place(mount_identifier(descriptor), os.fstat(descriptor).st_dev)
    finally:
        os.close(descriptor)


def mount_of(directory: str) -> Mount | None:
    """The mount that a directory is on; None where the system does not tell."""
    place = place_of(directory)
    return read_mounts().by_identifier(place.mount) if place else None


def refusal(mount: Mount | None) -> str:
    """Why no member is kept on a file system unless it is configured; "" where one may be.

    Reads on from the name of a place.
    """
    if mount is None:
        return "is on a file system of unknown kind"
    kind = mount.fstype
    if kind in _NETWORK or (kind.startswith("fuse.") and kind not in _LOCAL_FUSE):
        return f"is on a network file system ({kind})"
    if mount.has_option("ro"):
        return "is on a file system that can only be read"
    if mount.point.startswith(_REMOVABLE_POINTS) or _is_removable(mount):
        return "is on a removable file system"
    return ""


def topmost_own(directory: str, mount: Mount) -> str:
    """The uppermost parent of `directory` on its mount that is this user's; "" without any.

    `directory` has no symbolic links. The root directory `/` does not count, and neither does an
    environment with what is in it: what lies there goes with the next `weft venv --clear`.
    """
    device = os.stat(directory).st_dev
    found = ""
    while directory != "/":
        if os.path.exists(os.path.join(directory, "pyvenv.cfg")):
            found = ""
        elif _is_own(directory, device):
            found = directory
        parent = os.path.dirname(directory)
        if directory in (parent, mount.point):
            break
        directory = parent
    return found


def _is_own(directory: str, device: int) -> bool:
    try:
        status = os.stat(directory)
    except OSError:
        return False
    own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return own and status.st_dev == device and os.access(directory, os.W_OK | os.X_OK)


def _is_removable(mount: Mount) -> bool:
    """Whether the disk below can be taken out, as far as sysfs knows."""
    device = mount.device
    if mount.source.startswith("/dev/"):  # btrfs shows a number that belongs to no device
        try:
            number = os.stat(mount.source).st_rdev
        except OSError:
            return False
        device = f"{os.major(number)}:{os.minor(number)}"
    return _says_removable(os.path.realpath(f"/sys/dev/block/{device}"), _MOST_LAYERS)


def _says_removable(block: str, layers: int) -> bool:
    for directory in (block, os.path.dirname(block)):  # a partition, and its disk
        try:
            with open(os.path.join(directory, "removable"), "rb") as file:
                if file.read(1) == b"1":
                    return True
        except OSError:
            continue
    try:
        below = os.listdir(os.path.join(block, "slaves")) if layers else []
    except OSError:
        return False
    slaves = (os.path.realpath(os.path.join(block, "slaves", name)) for name in below)
    return any(_says_removable(slave, layers - 1) for slave in slaves)
