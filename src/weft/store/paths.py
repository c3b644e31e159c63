"""Which names a member of an archive may have.

Owns the rules that keep every file below the directory it is unpacked into, on every platform.
Refuses to repair a name: a wheel with one bad name is not unpacked at all. Follows the binary
distribution format; the rules about case and Unicode come from the file systems of macOS and
Windows, on which such names would be one file.
"""

from __future__ import annotations

from weft.store.errors import Refused, shown
from weft.store.layout import NAME_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATH_MAX = 1024
MOST_DIRECTORIES = 100_000  # the largest wheels have 3,000

_CONTROL = bytes([*range(32), 127])
_FORBIDDEN = _CONTROL + b"\\"
_DOTS = frozenset((b"", b".", b".."))


def check_paths(
    names: list[bytes], directories: Iterable[bytes] = (), *, folded: bool = True
) -> list[bytes]:
    """Check files and explicit directories; return the directories that the files need.

    `directories` are explicit ones without their slash: they are checked, but an empty one is not
    worth making, because neither RECORD nor an entry's id knows of it. The result has parents
    before children. Names may not differ only by case or Unicode form, unless `folded` is false.
    Raises Refused.
    """
    needed = _parents(names)
    explicit = set(directories)
    _check_names(names, needed | explicit)
    plain = b"".join(names).isascii() and b"".join(explicit).isascii()
    fold = (bytes.lower if plain else _folded) if folded else bytes
    files = {fold(name): name for name in names}
    if len(files) != len(names):
        _report_collision(names, fold=fold)
    for directory in needed | explicit | _parents(explicit):
        file = files.get(fold(directory))
        if file is not None:
            raise Refused("is a file and a directory", file)
    return sorted(needed)


def _parents(names: Iterable[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    fresh = {name.rpartition(b"/")[0] for name in names}
    while fresh:
        found |= fresh
        if len(found) > MOST_DIRECTORIES:
            raise Refused(f"it needs more than {MOST_DIRECTORIES} directories")
        fresh = {name.rpartition(b"/")[0] for name in fresh} - found
    found.discard(b"")
    return found


def _check_names(names: list[bytes], directories: set[bytes]) -> None:
    """Directories are few and checked in full; of files only what their directory leaves open.

    Whatever looks odd makes every name be checked, so a false alarm costs only time.
    """
    everything = b"/".join(names)
    bases = [name[name.rfind(b"/") + 1 :] for name in names]
    if (
        len(everything.translate(None, _FORBIDDEN)) != len(everything)
        or not _is_utf8(everything)
        or max(map(len, bases), default=0) > NAME_MAX
        or max(map(len, names), default=0) > PATH_MAX
        or not _DOTS.isdisjoint(bases)
        or any(name[1:2] == b":" or name[:1] == b"/" for name in names)
        or any(path_fault(directory) for directory in directories)
    ):
        for name in (*names, *directories):
            if fault := path_fault(name):
                raise Refused(fault, name)


def path_fault(path: bytes) -> str:
    """What is wrong with the path of a member, as the end of a sentence; empty if nothing is."""
    if b"\0" in path:
        return "has a NUL in its name"
    if b"\\" in path:
        return "has a backslash in its name"
    if path.translate(None, _CONTROL) != path:
        return "has a control character in its name"
    if not _is_utf8(path):
        return "has a name that is not UTF-8"
    if path[:1] == b"/" or (path[1:2] == b":" and path[:1].isalpha()):
        return "has an absolute path"
    parts = path.split(b"/")
    if b".." in parts:
        return "leaves the directory that it is unpacked into"
    if not _DOTS.isdisjoint(parts):
        return "has an empty part in its path"
    if len(path) > PATH_MAX or max(map(len, parts)) > NAME_MAX:
        return "has a name that is too long"
    return ""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _folded(path: bytes) -> bytes:
    """What a file system that knows no case and one Unicode form would make of a path."""
    if path.isascii():
        return path.lower()
    from unicodedata import normalize

    return normalize("NFC", normalize("NFD", path.decode()).casefold()).encode()


def _report_collision(names: list[bytes], *, fold: Callable[[bytes], bytes]) -> None:
    seen: dict[bytes, bytes] = {}
    for name in names:
        key = fold(name)
        if key not in seen:
            seen[key] = name
        elif seen[key] == name:
            raise Refused("is in it twice", name)
        else:
            other = shown(seen[key])
            raise Refused(f"differs from `{other}` only by case or Unicode form", name)
