"""A tree of files out of members that nobody trusts.

Owns what may be made below one directory, and the making. Refuses whatever leads out of it,
devices, pipes, and two members of one name that differ. Symbolic links are made when everything
else is there, so that nothing is ever written through one, and each is looked at with the eyes of
the operating system afterwards. Follows PEP 721, and PEP 706 (filter `data`) where it is stricter
on nothing that real archives need.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure
from weft.store.directory import MOST_MEMBERS
from weft.store.errors import Refused
from weft.store.paths import MOST_DIRECTORIES, path_fault
from weft.system.files import write_all
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Read = Callable[[int], bytes]

_PIECE = 1 << 18
_CREATE = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)  # fmt: skip
# Zip files, and so wheels, know no time before 1980; a day later it is that in every time zone.
_EARLIEST = 315_619_200


class TreeWriter:
    """Makes things below `root`, an empty directory that is nobody else's. All names are bytes.

    Every method raises Refused for what may not be made, SystemFailure for what cannot.
    """

    def __init__(self, root: str) -> None:
        from time import time

        self.root = os.fsencode(root)
        self._latest = int(time())
        self._known: dict[bytes, Literal["file", "directory", "link"]] = {b"": "directory"}
        self._links: dict[bytes, bytes] = {}
        self._directories = 0
        self._members = 0

    def directory(self, name: bytes) -> None:
        """Make a directory with its parents; one that is there already is fine."""
        self._make_directory(self._clean(name), name)

    def file(self, name: bytes, read: Read, *, mode: int = 0, mtime: int | None = None) -> None:
        """Make a file of what `read` gives until it gives nothing.

        Of `mode` only it matters whether anybody may execute it. `mtime` is in seconds.
        """
        path = self._clean(name)
        if self._known.get(path) == "file":
            self._compare(path, read)
            return
        self._claim(path, "file", name)
        place = self.place(path)
        descriptor = self._create(place, name, executable=bool(mode & 0o111))
        try:
            while piece := read(_PIECE):
                try:
                    write_all(descriptor, piece)
                except OSError as error:
                    raise SystemFailure("write", os.fsdecode(place), error) from OsCause(error)
        finally:
            os.close(descriptor)
        if mtime is not None:
            seconds = max(_EARLIEST, min(mtime, self._latest))
            os.utime(place, (seconds, seconds))

    def reserve(self, name: bytes) -> None:
        """Make the directories for a file that somebody else writes."""
        self._claim(self._clean(name), "file", name)

    def hard_link(self, name: bytes, target: bytes) -> None:
        """Give the file of the earlier member `target` a second name."""
        source = self._clean(target)
        if self._known.get(source) != "file":
            raise Refused("is a link to what is no file of the archive", name)
        path = self._clean(name)
        self._claim(path, "file", name)
        place = self.place(path)
        try:
            os.link(self.place(source), place)
        except FileExistsError:
            raise _collides(name) from None
        except OSError as error:
            raise SystemFailure("hardlink", os.fsdecode(place), error) from OsCause(error)

    def symbolic_link(self, name: bytes, target: bytes) -> None:
        """Note a link, which `finish` makes."""
        path = self._clean(name)
        if self._known.get(path) == "link" and self._links[path] == target:
            return
        if not target or b"\0" in target:
            raise Refused("is a link to nothing", name)
        if target[:1] in (b"/", b"\\") or target[1:2] == b":":
            raise Refused("is a link to an absolute path", name)
        depth = path.count(b"/")
        for part in target.split(b"/"):
            depth += -1 if part == b".." else part not in (b"", b".")
            if depth < 0:
                raise _leaves(name)
        self._claim(path, "link", name)
        self._links[path] = target

    def finish(self) -> None:
        """Make the symbolic links, and see to it that none leads out."""
        for path, target in self._links.items():
            place = self.place(path)
            try:
                os.symlink(target, place)
            except FileExistsError:
                raise _collides(path) from None
            except OSError as error:
                raise SystemFailure("create", os.fsdecode(place), error) from OsCause(error)
        inside = os.path.realpath(self.root)
        for path in self._links:
            real = os.path.realpath(self.place(path))
            if real != inside and not real.startswith(inside + os.sep.encode()):
                raise _leaves(path)

    def place(self, path: bytes) -> bytes:
        """Where a checked path lies."""
        return self.root + b"/" + path

    def _clean(self, name: bytes) -> bytes:
        """The path without `.`, doubled and trailing slashes; empty for the root itself."""
        if name[:1] == b"/":
            raise Refused("has an absolute path", name)
        path = b"/".join(part for part in name.split(b"/") if part not in (b"", b"."))
        # A backslash is a letter like others, but where it parts directories.
        fault = path_fault(path.replace(b"\\", b"_") if os.sep == "/" else path) if path else ""
        if fault:
            raise Refused(fault, name)
        return path

    def _claim(self, path: bytes, kind: Literal["file", "link"], name: bytes) -> None:
        """Reserve a path for one thing, and make the directories above it."""
        if path in self._known:
            raise Refused("is in it twice", name)
        self._count()
        self._make_directory(path.rpartition(b"/")[0], name)
        self._known[path] = kind

    def _make_directory(self, path: bytes, name: bytes) -> None:
        wanted, missing = path, []
        while (kind := self._known.get(path)) is None:
            missing.append(path)
            path = path.rpartition(b"/")[0]
        if kind != "directory":
            both = path == wanted == self._clean(name)
            raise Refused(f"is a directory and a {kind}" if both else f"lies below a {kind}", name)
        for each in reversed(missing):
            self._directories += 1
            if self._directories > MOST_DIRECTORIES:
                raise Refused(f"it needs more than {MOST_DIRECTORIES} directories")
            try:
                os.mkdir(self.place(each))
            except FileExistsError:
                pass  # the same name to a file system that knows no case
            except OSError as error:
                place = os.fsdecode(self.place(each))
                raise SystemFailure("create directory", place, error) from OsCause(error)
            self._known[each] = "directory"

    def _count(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise Refused(f"it has more than {MOST_MEMBERS} members")

    def _create(self, place: bytes, name: bytes, *, executable: bool) -> int:
        try:
            return os.open(place, _CREATE, 0o777 if executable else 0o666)
        except FileExistsError:
            raise _collides(name) from None
        except OSError as error:
            if error.errno in (errno.EILSEQ, errno.EINVAL):
                raise Refused("has a name that the file system refuses", name) from error
            raise SystemFailure("create", os.fsdecode(place), error) from OsCause(error)

    def _compare(self, path: bytes, read: Read) -> None:
        """A file that is in the archive twice is fine if it is the same twice."""
        with open(self.place(path), "rb") as file:
            while piece := read(_PIECE):
                if file.read(len(piece)) != piece:
                    raise Refused("is in it twice, with different content", path)
            if file.read(1):
                raise Refused("is in it twice, with different content", path)


def check_links(directory: str) -> None:
    """Refuse links that lead out of a part of what was unpacked, which is going to be moved."""
    root = os.fsencode(directory)
    inside = os.path.realpath(root)
    for place, below, names in os.walk(root):
        for name in (*below, *names):
            path = os.path.join(place, name)
            if not os.path.islink(path):
                continue
            real = os.path.realpath(path)
            if real != inside and not real.startswith(inside + os.sep.encode()):
                raise _leaves(os.path.relpath(path, root))


def _leaves(name: bytes) -> Refused:
    return Refused("is a link that leads out of the source tree", name)


def _collides(name: bytes) -> Refused:
    return Refused("differs from another member only by case or Unicode form", name)
