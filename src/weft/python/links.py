"""Names for managed Pythons: that of the newest patch, and executables that people call.

Owns the links `cpython-3.12-linux-x86_64-gnu` beside the Pythons (environments made through them
go on to the next patch when it is installed) and `python3.12` in the directory of executables.
Refuses to replace an executable that is not a link to a managed Python, unless told to. Follows uv
for names and for who gives way to whom.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.system.files import make_directory, random_name
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.python.keys import Host
    from weft.python.managed import Home, Installation


class Foreign(WeftError):
    """There is an executable at `path` that is not ours to replace."""

    def __init__(self, path: str, remedy: str = "--force") -> None:
        super().__init__(
            f"Executable already exists at `{path}` but is not managed by weft; use `{remedy}` to "
            "replace it"
        )
        self.path = path


def minor_link(home: Home, installation: Installation) -> str:
    """The path of the link to the newest patch of the same minor version."""
    return os.path.join(home.root, installation.key.minor_name)


def through_link(home: Home, installation: Installation) -> str:
    """The interpreter by way of that link where the link leads to it, else its own path."""
    from weft.python.managed import executable_below

    link = minor_link(home, installation)
    if installation.key.implementation == "cpython" and _is_link(link):
        path = os.path.join(link, executable_below(installation.key))
        if _is_same(path, installation.executable):
            return path
    return installation.executable


def by_link(executable: str) -> str:
    """The same for the path of an interpreter, which stays where it is not a managed one's."""
    place, directory = os.path.split(os.path.dirname(executable))
    home, name = os.path.split(place)
    if name.count("-") != 4 or directory != "bin" or os.path.islink(place):
        return executable
    from weft.python.keys import BadKey, PythonKey
    from weft.python.managed import Home, Installation

    try:
        installation = Installation(place, PythonKey.parse(name))
    except BadKey:
        return executable
    path = through_link(Home(home), installation)
    return executable if path == installation.executable else path


def set_minor_links(home: Home, host: Host, minors: Iterable[str]) -> None:
    """Let the links of these minor versions (`PythonKey.minor_name`) lead to the newest patches.

    Where none is left, the link goes. What is no link is left alone. Raises SystemFailure.
    """
    newest: dict[str, Installation] = {}
    for each in home.installations(host):
        if each.key.implementation == "cpython":
            newest.setdefault(each.key.minor_name, each)
    for name in dict.fromkeys(minors):
        path = os.path.join(home.root, name)
        if os.path.lexists(path) and not _is_link(path):
            continue
        if name in newest:
            _set_directory_link(path, newest[name].path)
        elif os.path.lexists(path):
            _unlink(path)


def bin_names(installation: Installation, *, default: bool) -> tuple[str, ...]:
    """What an installation is called in the directory of executables."""
    from weft.python.managed import executable_name

    key = installation.key
    numbers = (2, 1, 0) if default else (2,)
    return tuple(executable_name(key, count) for count in numbers)


def owner_of(path: str, installations: Iterable[Installation]) -> Installation | None:
    """The managed Python that a link in the directory of executables leads to."""
    if not os.path.islink(path):
        return None
    return next((each for each in installations if _is_same(path, each.executable)), None)


def dangles(path: str) -> bool:
    """Whether there is a link that leads nowhere."""
    return os.path.islink(path) and not os.path.exists(path)


def set_bin_link(path: str, executable: str) -> None:
    """Let `path` lead to an interpreter, whatever was there. Raises SystemFailure."""
    make_directory(os.path.dirname(path))
    _set_link(path, executable)


def remove_bin_links(directory: str, installation: Installation) -> list[str]:
    """Remove the names of an installation that lead to it; those names. Raises SystemFailure."""
    removed = []
    for name in bin_names(installation, default=True):
        path = os.path.join(directory, name)
        if os.path.islink(path) and _is_same(path, installation.executable):
            _unlink(path)
            removed.append(name)
    return removed


def _set_directory_link(path: str, target: str) -> None:
    """A link to a directory beside it. Windows has junctions, which everybody may make."""
    if os.name != "nt":
        _set_link(path, os.path.basename(target))
        return
    from _winapi import CreateJunction  # type: ignore[attr-defined,unused-ignore]

    try:
        if os.path.lexists(path):
            os.rmdir(path)
        CreateJunction(target, path)
    except OSError as error:
        raise SystemFailure("create", path, error) from OsCause(error)


def _set_link(path: str, target: str) -> None:
    """Make a link in one step, in place of what is there."""
    try:
        if os.path.islink(path) and os.readlink(path) == target:
            return
        temporary = os.path.join(os.path.dirname(path), random_name())
        os.symlink(target, temporary)
        try:
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SystemFailure("create", path, error) from OsCause(error)


def _is_link(path: str) -> bool:
    """Whether it is a symbolic link, or a junction of Windows."""
    if os.path.islink(path):
        return True
    is_junction = getattr(os.path, "isjunction", None)  # since Python 3.12
    return is_junction is not None and bool(is_junction(path))


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError as error:
        raise SystemFailure("remove", path, error) from OsCause(error)


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
