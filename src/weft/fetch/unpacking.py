"""Source archives into trees.

Owns which formats there are, and which directory of an archive is the source tree. Refuses every
archive that holds something bad, as a whole: then nothing of it is left. Follows PEP 721 and the
source distribution format; `.zip` by the strict reading that wheels get.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.fetch.tree_writer import TreeWriter
from weft.store.errors import Refused, shown
from weft.system.lean import os
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.directory import Member

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
#: What a file name ends with → how its bytes are compressed.
_TARS = {
    ".tar.gz": "gzip",
    ".tgz": "gzip",
    ".tar.bz2": "bzip2",
    ".tbz": "bzip2",
    ".tar.xz": "xz",
    ".txz": "xz",
    ".tar.lzma": "lzma",
    ".tlz": "lzma",
    ".tar.zst": "zstd",
    ".tar": "",
}
_ZIP = ".zip"
#: A directory with one of these is a project.
_PROJECT = frozenset(("pyproject.toml", "setup.py"))
_SHOWN = 3


class BadSource(WeftError):
    """A source archive that is broken or hostile; nothing of it was kept.

    `filename` is the archive, `member` the path inside it that is to blame (empty where the whole
    file is), `reason` reads on from either.
    """

    exit_code = 1

    def __init__(self, filename: str, reason: str, *, member: str = "") -> None:
        super().__init__()
        self.filename = filename
        self.reason = reason
        self.member = member

    @property
    def message(self) -> str:
        subject = f"`{self.member}` {self.reason}" if self.member else self.reason
        return f"The source distribution `{shown(self.filename)}` is invalid: {subject}"


def unpack_source(archive: str, directory: str, *, filename: str) -> str:
    """Unpack the file `archive` into `directory`, which is made; the path of the source tree.

    That is the one directory at the top, or `directory` itself where a project lies there
    directly. `filename` tells the format. Raises BadSource, and SystemFailure where something
    cannot be read or written; then `directory` is gone again.
    """
    try:
        return unpack_archive(archive, directory, filename=filename)
    except Refused as error:
        raise BadSource(filename, error.reason, member=shown(error.member)) from None


def unpack_archive(archive: str, directory: str, *, filename: str) -> str:
    """The same for an archive of something else; raises Refused in place of BadSource."""
    try:
        os.mkdir(directory)
    except OSError as error:
        raise SystemFailure("create directory", directory, error) from OsCause(error)
    try:
        try:
            _unpack(archive, directory, filename=filename.lower())
            return _top(directory)
        except OSError as error:
            raise SystemFailure("read", archive, error) from OsCause(error)
    except BaseException:
        remove_tree(directory)
        raise


def _unpack(archive: str, directory: str, *, filename: str) -> None:
    found = [ending for ending in (*_TARS, _ZIP) if filename.endswith(ending)]
    if not found:
        known = ", ".join(f"`{ending}`" for ending in (*_TARS, _ZIP))
        raise Refused(f"its file name ends with none of {known}")
    descriptor = os.open(archive, _READ)
    try:
        if found[0] == _ZIP:
            _unpack_zip(descriptor, directory)
        else:
            _unpack_tar(descriptor, directory, kind=_TARS[found[0]])
    finally:
        os.close(descriptor)


def _unpack_tar(descriptor: int, directory: str, *, kind: str) -> None:
    from weft.fetch.decompression import Stream
    from weft.fetch.tar import TarReader

    stream = Stream(descriptor, kind)
    reader = TarReader(stream)
    writer = TreeWriter(directory)
    for member in reader:
        if member.kind == "file":
            stream.expect(member.size)
            writer.file(member.name, reader.read, mode=member.mode, mtime=member.mtime)
        elif member.kind == "directory":
            writer.directory(member.name)
        elif member.kind == "symlink":
            writer.symbolic_link(member.name, member.link)
        elif member.kind == "hardlink":
            writer.hard_link(member.name, member.link)
        else:
            article = "a device file" if member.kind == "device" else "a named pipe"
            raise Refused(f"is {article}", member.name)
    writer.finish()


def _unpack_zip(descriptor: int, directory: str) -> None:
    """The members of a zip file are checked and inflated by the code that unpacks wheels."""
    import stat

    from weft.store.directory import read_members
    from weft.store.extract import Extractor
    from weft.store.paths import PATH_MAX, check_paths

    members, explicit = read_members(descriptor, os.fstat(descriptor).st_size, links=True)
    check_paths([member[0] for member in members], explicit, folded=False)
    writer = TreeWriter(directory)
    for name in explicit:
        writer.directory(name)

    def extract(members: list[Member], link: bytes = b"") -> dict[bytes, bytes]:
        extractor = Extractor(
            descriptor,
            directory,
            seal=False,
            kept=frozenset((link,)),
            unwritten=link,
            scripts=(),
        )
        return extractor.run(members)[1]

    files = []
    for member in members:
        name = member[0]
        if not stat.S_ISLNK(member[6]):
            writer.reserve(name)
            files.append(member)
        elif member[4] > PATH_MAX:
            raise Refused("is a link with a target that is too long", name)
        else:
            writer.symbolic_link(name, extract([member], name)[name])
    extract(files)
    writer.finish()


def _top(directory: str) -> str:
    """The directory in which the project lies. Raises Refused where it could be any."""
    names = sorted(name for name in os.listdir(directory) if not _is_litter(name))
    places = [os.path.join(directory, name) for name in names]
    if len(names) == 1 and os.path.isdir(places[0]) and not os.path.islink(places[0]):
        return places[0]
    if any(name in _PROJECT for name in names):
        return directory
    if not names:
        raise Refused("it holds no files")
    listed = ", ".join(f"`{shown(name)}`" for name in names[:_SHOWN])
    more = ", …" if len(names) > _SHOWN else ""
    raise Refused(f"it must have one directory at its top, but has {listed}{more}")


def _is_litter(name: str) -> bool:
    """What some archivers leave beside the source tree: pax headers, resource forks of macOS."""
    return name in ("pax_global_header", "__MACOSX", ".DS_Store") or name.startswith("._")
