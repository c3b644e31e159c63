"""What `weft run` is asked to run.

Owns telling the kinds of targets apart by their spelling and by what lies at their path. Refuses to
find an interpreter and to run anything. Follows uv: a file is a script by its extension alone.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, Protocol

    class Asked(Protocol):
        """The settings that decide."""

        @property
        def command(self) -> tuple[str, ...]: ...
        @property
        def module(self) -> bool: ...
        @property
        def gui_script(self) -> bool: ...
        @property
        def as_script(self) -> bool: ...

    Kind = Literal[
        "nothing", "python", "script", "gui", "package", "zipapp", "stdin", "remote", "module",
        "external",
    ]  # fmt: skip

_TAIL = 65_557  # bytes: the record at the end of an archive, and the longest comment behind it
SCRIPTS = ("script", "gui", "stdin", "remote")


@value
class Target:
    """`name` is the first word as written, `arguments` the others.

    `text` is the script of `-`. `path` is where a script behind a URL was put.
    """

    kind: Kind
    name: str = ""
    arguments: tuple[str, ...] = ()
    text: bytes = b""
    path: str = ""


def read_target(settings: Asked, cwd: str, *, stdin: Callable[[], bytes]) -> Target:
    """The target of the words in `settings.command`; reads `stdin` only for `-`."""
    if not settings.command:
        return Target("nothing")
    name, *rest = settings.command
    arguments = tuple(rest)
    if name == "-":
        if settings.module:
            raise WeftError("Cannot run a Python module from stdin")
        return Target("stdin", name, arguments, stdin())
    from weft.system.lean import os

    path = os.path.join(cwd, name)
    if name.startswith(("http://", "https://")) and not os.path.exists(path):
        return Target("remote", name, arguments)
    if settings.module:
        return Target("module", name, arguments)
    if settings.gui_script:
        return Target("gui", name, arguments)
    if settings.as_script:
        return Target("script", name, arguments)
    return Target(_by_path(name, path), name, arguments)


def _by_path(name: str, path: str) -> Kind:
    from weft.system.lean import os

    if name.lower() == "python":
        return "python"
    extension = os.path.splitext(name)[1].lower()
    if os.path.isfile(path):
        if extension in (".py", ".pyc"):
            return "script"
        if extension == ".pyw":
            return "gui"
        return "zipapp" if _is_zipapp(path) else "external"
    if os.path.isfile(os.path.join(path, "__main__.py")):
        return "package"
    return "external"


def _is_zipapp(path: str) -> bool:
    """Whether a file is an archive with a `__main__.py`, whatever stands before the archive."""
    import zipfile

    from weft.system.lean import os

    try:
        with open(path, "rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
            if b"PK\x05\x06" not in stream.read():
                return False
        with zipfile.ZipFile(path) as archive:
            return "__main__.py" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
