"""What short commands need of `os`, without importing it.

Owns `os` as the modules of short ways import it: `from weft.system.lean import os`. It is the real
one where that is loaded already, or where there is no `posix`; else it has the calls of the system,
which `posix` has, the usual functions on paths (POSIX.1-2017, 4.13), and gets everything else from
the real one when it is asked for. `import os` makes two dozen abstract classes before anything
else, which is a tenth of a command that finds nothing to do.
Refuses to behave otherwise than `os`: what it cannot answer alike, the real one answers.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LINKS = 40  # who has followed so many may go in a circle
_KIND, _DIRECTORY, _FILE, _LINK = 0o170000, 0o040000, 0o100000, 0o120000  # <sys/stat.h>


def variables() -> dict[str, str]:
    """The variables of this process: `dict(os.environ)`."""
    if "os" in sys.modules or sys.platform == "win32":
        return dict(os.environ)
    from posix import environ

    return {fsdecode(name): fsdecode(word) for name, word in environ.items()}


def supports(*calls: str) -> bool:
    """Whether Python goes by descriptors here, with these calls of the system (`openat`, …): what
    `os.supports_dir_fd` and `os.supports_fd` are made of."""
    known = getattr(sys.modules.get("posix"), "_have_functions", ())
    return all(f"HAVE_{each.upper()}" in known for each in calls)


def fsencode(name: Any) -> bytes:
    if name.__class__ is not str:
        return _real("fsencode")(name)  # type: ignore[no-any-return]
    return name.encode(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())


def fsdecode(name: Any) -> str:
    if name.__class__ is not bytes:
        return _real("fsdecode")(name)  # type: ignore[no-any-return]
    return name.decode(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())


def join(first: Any, *others: Any) -> Any:
    if first.__class__ is not str:
        return _in_bytes("join", first, *others)
    joined = first
    for each in others:
        if each.__class__ is not str:
            return _real_path("join")(first, *others)
        if each[:1] == "/":
            joined = each
        elif not joined or joined[-1] == "/":
            joined += each
        else:
            joined = f"{joined}/{each}"
    return joined


def split(path: Any) -> Any:
    if path.__class__ is not str:
        return _real_path("split")(path)
    end = path.rfind("/") + 1
    above = path[:end]
    return above.rstrip("/") or above, path[end:]


def dirname(path: Any) -> Any:
    return split(path)[0]


def basename(path: Any) -> Any:
    return split(path)[1]


def isabs(path: Any) -> bool:
    return path[:1] == "/" if path.__class__ is str else _real_path("isabs")(path)


def normpath(path: Any) -> Any:
    if path.__class__ is not str or not _normal:
        return _real_path("normpath")(path)
    return _normal(path) or "."


def abspath(path: Any) -> Any:
    if path.__class__ is not str:
        return _real_path("abspath")(path)
    return normpath(path if path[:1] == "/" else join(os.getcwd(), path))


def relpath(path: Any, start: Any = None) -> Any:
    start = path[:0] if start is None and path.__class__ in (str, bytes) else start
    if path.__class__ is not str or start.__class__ is not str or not path:
        return _in_bytes("relpath", path, start)
    there = abspath(path).split("/")
    here = abspath(start or ".").split("/")
    there, here = [each for each in there if each], [each for each in here if each]
    same = 0
    while same < min(len(there), len(here)) and there[same] == here[same]:
        same += 1
    return "/".join([*[".."] * (len(here) - same), *there[same:]]) or "."


def realpath(path: Any, *, strict: Any = False) -> Any:
    if path.__class__ is not str or strict:
        return _real_path("realpath")(path, strict=strict)
    found = "" if path[:1] == "/" else os.getcwd().rstrip("/")  # without the slash at its end
    left = path.split("/")[::-1]
    links = 0
    while left:
        name = left.pop()
        if name in ("", "."):
            continue
        if name == "..":
            found = found.rpartition("/")[0]
            continue
        place = f"{found}/{name}"
        if not islink(place):
            found = place
            continue
        links += 1
        if links > _LINKS:
            return _real_path("realpath")(path)
        target = os.readlink(place)
        if target[:1] == "/":
            found = ""
        left += target.split("/")[::-1]
    return found or "/"


def _in_bytes(name: str, *words: Any) -> Any:
    """The answer for bytes, which the same function gives for words; the real one for others."""
    if any(each.__class__ is not bytes for each in words) or not words[0]:
        return _real_path(name)(*words)
    return fsencode(globals()[name](*[fsdecode(each) for each in words]))


def exists(path: Any) -> bool:
    return _mode(path, os.stat) is not None


def lexists(path: Any) -> bool:
    return _mode(path, os.lstat) is not None


def isdir(path: Any) -> bool:
    return _mode(path, os.stat) == _DIRECTORY


def isfile(path: Any) -> bool:
    return _mode(path, os.stat) == _FILE


def islink(path: Any) -> bool:
    return _mode(path, os.lstat) == _LINK


def samestat(one: Any, other: Any) -> bool:
    return bool(one.st_ino == other.st_ino and one.st_dev == other.st_dev)


def _mode(path: Any, ask: Callable[[Any], Any]) -> int | None:
    try:
        return int(ask(path).st_mode & _KIND)
    except (OSError, ValueError):
        return None


def _real(name: str) -> Any:
    if name[:2] == "O_":  # of other systems: `posix` has all that are here
        raise AttributeError(f"module `os` has no attribute `{name}`")
    import os

    return getattr(os, name)


def _real_path(name: str) -> Any:
    import posixpath

    return getattr(posixpath, name)


def _made() -> Any:
    import posix

    module = type(sys)
    path, made = module("posixpath"), module("os")
    on_paths = (
        join, split, dirname, basename, isabs, normpath, abspath, relpath, realpath,
        exists, lexists, isdir, isfile, islink, samestat,
    )  # fmt: skip
    path.__dict__.update({each.__name__: each for each in on_paths})
    path.__dict__["__getattr__"] = _real_path
    made.__dict__.update({name: thing for name, thing in vars(posix).items() if name != "environ"})
    made.__dict__.update(
        path=path, fsencode=fsencode, fsdecode=fsdecode, __getattr__=_real, name="posix", sep="/",
        altsep=None, pathsep=":", curdir=".", pardir="..", SEEK_SET=0, SEEK_CUR=1, SEEK_END=2,
    )  # fmt: skip
    return made


_normal: Any = None
if TYPE_CHECKING:
    import os as os  # noqa: PLC0414 - to be imported from here
elif "os" in sys.modules or sys.platform == "win32":
    import os
else:
    os = _made()
    _normal = getattr(os, "_path_normpath", None)
