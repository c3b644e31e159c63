"""Which mount covers a path.

Owns the reading of `/proc/self/mountinfo`. Refuses to decide anything from device numbers: two
mounts with one number may refuse a link between them. Follows `proc_pid_mountinfo(5)`. On systems
without that file nothing is known, and nothing is guessed.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure
from weft.core.value import value
from weft.system.files import read_bytes

MOUNTINFO = "/proc/self/mountinfo"


@value
class Mount:
    """One mount.

    `device` is `major:minor`; `root` the directory of the file system that appears at `point`;
    `options` those of the mount and of the file system, comma-separated, each once.
    """

    identifier: int
    device: str
    root: str
    point: str
    fstype: str
    source: str
    options: str
    parent: int = 0

    def has_option(self, name: str) -> bool:
        """Whether e.g. `ro` is set."""
        return name in self.options.split(",")

    def inner_path(self, path: str) -> str | None:
        """Where in the file system that lies which is seen at `path`; None outside of the mount.

        `path` is as in `Mounts.covering`. Mounts inside this one are not looked at.
        """
        return _moved(path, self.point, self.root)

    def outer_path(self, inner: str) -> str | None:
        """Where the mount shows what the file system has at `inner`; None where it does not."""
        return _moved(inner, self.root, self.point)


class Mounts:
    """All mounts that this process sees."""

    __slots__ = ("_children", "mounts")

    def __init__(self, mounts: tuple[Mount, ...]) -> None:
        self.mounts = mounts
        known = {mount.identifier for mount in mounts}
        self._children: dict[int | None, list[Mount]] = {}
        for mount in mounts:
            inner = mount.parent in known and mount.parent != mount.identifier
            self._children.setdefault(mount.parent if inner else None, []).append(mount)

    def by_identifier(self, identifier: int) -> Mount | None:
        """The mount of this number, as `mount_identifier` gives it."""
        for mount in self.mounts:
            if mount.identifier == identifier:
                return mount
        return None

    def covering(self, path: str) -> Mount | None:
        """The mount that a lookup of `path` ends in; None where the system does not tell.

        `path` is absolute, without `.`, `..` and symbolic links; it need not exist. A mount made
        over another hides it and all that is mounted in it.
        """
        found: Mount | None = None
        step = self._first(None, path)  # the root, or in a chroot whatever is mounted inside it
        while step is not None:
            found = step
            step = self._first(found.identifier, path)
        return found

    def _first(self, parent: int | None, path: str) -> Mount | None:
        """The mount inside `parent` that is met first on the way to `path`."""
        best: Mount | None = None
        for child in self._children.get(parent, ()):
            if _is_below(path, child.point) and (
                best is None or len(child.point) <= len(best.point)
            ):
                best = child
        return best


def _moved(path: str, start: str, end: str) -> str | None:
    """`path`, which lies below `start`, in the same place below `end`."""
    if not _is_below(path, start):
        return None
    return end.rstrip("/") + "/" + path[len(start) :].strip("/") if path != start else end


def _is_below(path: str, point: str) -> bool:
    return path == point or path.startswith(point if point.endswith("/") else point + "/")


def read_mounts() -> Mounts:
    """The mounts of this moment; none on systems other than Linux. Raises SystemFailure."""
    data = read_bytes(MOUNTINFO)
    return Mounts(parse_mountinfo(data.decode("utf-8", "surrogateescape")) if data else ())


def mount_identifier(descriptor: int) -> int:
    """The number of the mount that an open file or directory was reached through; 0 if unknown."""
    try:
        data = read_bytes(f"/proc/self/fdinfo/{descriptor}")
    except SystemFailure:
        return 0
    _, found, rest = (data or b"").partition(b"\nmnt_id:\t")
    return int(rest.partition(b"\n")[0]) if found else 0


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """Mounts in the order of the file; lines of another shape are left out."""
    mounts = []
    for line in text.split("\n"):
        left, separator, right = line.partition(" - ")
        fields, tail = left.split(" "), right.split(" ")
        if not separator or len(fields) < 6 or len(tail) < 3:
            continue
        if not (fields[0].isdecimal() and fields[1].isdecimal()):
            continue
        options = dict.fromkeys(fields[5].split(",") + tail[2].split(","))
        mounts.append(
            Mount(
                identifier=int(fields[0]),
                parent=int(fields[1]),
                device=fields[2],
                root=_unescape(fields[3]),
                point=_unescape(fields[4]),
                options=",".join(options),
                fstype=_unescape(tail[0]),
                source=_unescape(tail[1]),
            )
        )
    return tuple(mounts)


def _unescape(field: str) -> str:
    r"""Space, tab, newline, backslash and hash are written as `\040` and so on."""
    if "\\" not in field:
        return field
    first, *rest = field.split("\\")
    return first + "".join(map(_unescape_one, rest))


def _unescape_one(part: str) -> str:
    try:
        return chr(int(part[:3], 8)) + part[3:]
    except ValueError:
        return "\\" + part
