"""What short commands need of `os`, without importing it.

Owns `os` as the modules of short ways import it: `from weft.system.lean import os`. It is the real
one where that is loaded already, or where there is no `posix`; else it has what `posix` has and
`os.path`, and gets everything else from the real one when it is asked for. `import os` makes two
dozen abstract classes before anything else, which is a tenth of a command that finds nothing to do;
`posixpath` alone, which it brings along, costs next to nothing.
Refuses to behave otherwise than `os`, and to know a function on paths of its own: those are
`posixpath`'s, which finds this `os` where it asks for one while it is loaded.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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


def _real(name: str) -> Any:
    if name[:2] == "O_":  # of other systems: `posix` has all that are here
        raise AttributeError(f"module `os` has no attribute `{name}`")
    import os

    return getattr(os, name)


def _made() -> Any:
    import posix

    made = type(sys)("os")
    made.__dict__.update({name: thing for name, thing in vars(posix).items() if name != "environ"})
    made.__dict__.update(
        fsencode=fsencode, fsdecode=fsdecode, __getattr__=_real, name="posix", sep="/",
        altsep=None, pathsep=":", curdir=".", pardir="..", SEEK_SET=0, SEEK_CUR=1, SEEK_END=2,
    )  # fmt: skip
    sys.modules["os"] = made
    try:
        import posixpath
    finally:
        del sys.modules["os"]
    made.__dict__["path"] = posixpath
    return made


if TYPE_CHECKING:
    import os as os  # noqa: PLC0414 - to be imported from here
elif "os" in sys.modules or sys.platform == "win32":
    import os
else:
    os = _made()
