"""The files by which a home store and its members know each other.

Owns both: the note `members-v1/<digest of the root>` in the home, marshal of (root, id, mount
point, file system type, created in ns), and the file `member` in the root of a member, marshal of
(format, id, path of the home). A mount point with another file system under it has no `member`
file of that id, so it is not mistaken for the member. Refuses to take over what belongs to another
home: a member is pruned by what its home knows.
"""

from __future__ import annotations

import marshal

from weft.core.errors import SystemFailure
from weft.core.value import value
from weft.store.layout import BASE_FILES, MARSHAL_VERSION, MEMBER, Bucket
from weft.system.files import read_bytes, write_atomic
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.store import Store

_FORMAT = 1
_NOTE_FIELDS = 5
_MARK_FIELDS = 3
# A file system in memory that is not there has lost what was in it.
_VOLATILE = frozenset(("tmpfs", "ramfs"))


@value
class Note:
    """What the home remembers of a member; `point` and `fstype` are those of its mount."""

    root: str
    identity: str
    point: str
    fstype: str
    created: int

    def is_lost(self) -> bool:
        """Whether the member was removed, rather than being on a file system that is away."""
        if self.fstype in _VOLATILE:
            return True
        from weft.link.preflight import nearest_directory
        from weft.store.volumes import mount_of

        mount = mount_of(os.path.realpath(nearest_directory(self.root)))
        return mount is not None and (mount.point, mount.fstype) == (self.point, self.fstype)


def notes(home: Store) -> list[Note]:
    """All that a home remembers, by root."""
    try:
        keys = os.listdir(home.path(Bucket.MEMBERS))
    except OSError:
        return []
    found = (_unpack_note(home.read(Bucket.MEMBERS, key)) for key in keys)
    return sorted((note for note in found if note is not None), key=lambda note: note.root)


def remember(home: Store, note: Note) -> bool:
    """Write a note; False where the home can only be read. Raises SystemFailure."""
    fields = (note.root, note.identity, note.point, note.fstype, note.created)
    return home.write(Bucket.MEMBERS, _key(note.root), marshal.dumps(fields, MARSHAL_VERSION))


def forget(home: Store, root: str) -> None:
    """Drop a note; none is no error."""
    try:
        os.unlink(home.path(Bucket.MEMBERS, _key(root)))
    except OSError:
        pass


def identity_of(root: str) -> tuple[str, str]:
    """The id of the member at `root`, and its home; ("", "") where there is none."""
    try:
        fields = marshal.loads(read_bytes(os.path.join(root, MEMBER)) or b"")
    except (EOFError, ValueError, TypeError, SystemFailure):
        return "", ""
    if type(fields) is not tuple or len(fields) != _MARK_FIELDS or fields[0] != _FORMAT:
        return "", ""
    return fields[1], fields[2]


def prepare_root(directory: str, *, identity: str, home: Store) -> None:
    """Write into an empty directory what makes it a member. Raises SystemFailure."""
    for name, content in BASE_FILES:
        write_atomic(os.path.join(directory, name), content)
    mark = marshal.dumps((_FORMAT, identity, home.root), MARSHAL_VERSION)
    write_atomic(os.path.join(directory, MEMBER), mark)


def _unpack_note(data: bytes | None) -> Note | None:
    try:
        fields = marshal.loads(data or b"")
    except (EOFError, ValueError, TypeError):
        return None
    if type(fields) is not tuple or len(fields) != _NOTE_FIELDS:
        return None
    return Note(*fields)


def _key(root: str) -> str:
    from weft.core.digest import sha256_hex

    return sha256_hex(os.fsencode(root))[:32]
