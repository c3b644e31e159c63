"""Files that say which Python to use: `.python-version` and `.python-versions`.

Owns where they are looked for (upward from a directory, then beside a person's settings), what they
ask for, and writing them. Refuses names of executables in them: what a name leads to depends on
the machine. Follows uv, and pyenv for a request on each line and `#` before comments.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.ops.context import Context
    from weft.python.request import PythonRequest

VERSION_FILE = ".python-version"
_SEVERAL = ".python-versions"
_LARGEST = 1 << 16  # bytes; each line costs time


class UnsupportedRequest(WeftError):
    """A version file cannot hold the name of an executable."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"Requests for arbitrary names (e.g., `{text}`) are not supported in version files"
        )
        self.text = text


@value
class VersionFile:
    """`path` is absolute, `requests` are those of its lines; `is_global` tells that it is a
    person's own."""

    path: str
    requests: tuple[PythonRequest, ...]
    is_global: bool = False

    @property
    def first(self) -> PythonRequest | None:
        """The one that commands use."""
        return self.requests[0] if self.requests else None


def nearest(
    context: Context, directory: str, *, stop: str | None = None, several: bool = False
) -> VersionFile | None:
    """The version file of `directory` or the nearest above it, else the global one.

    With `several`, `.python-versions` goes first. Directories above `stop` are not looked into.
    None where there is none, and with `--no-config`.
    Warns of lines that it cannot hold. Raises WeftError for a file that is no text.
    """
    from weft.system.lean import os

    if context.settings.no_config:
        return None
    while True:
        found = in_directory(context, directory, several=several)
        above = os.path.dirname(directory)
        if found is not None:
            return found
        if directory in (stop, above):
            return global_file(context, several=several)
        directory = above


def nearest_text(context: Context, directory: str, *, stop: str | None = None) -> str | None:
    """What the nearest version file asks for first; None where there is none, or it is empty."""
    found = nearest(context, directory, stop=stop)
    return None if found is None or found.first is None else found.first.canonical


def global_file(context: Context, *, several: bool = False) -> VersionFile | None:
    """The version file beside a person's settings: weft's, else uv's."""
    from weft.core.value import replace

    for directory in _global_directories(context):
        found = in_directory(context, directory, several=several)
        if found is not None:
            return replace(found, is_global=True)
    return None


def global_text(context: Context) -> str | None:
    """What the global version file asks for first; None without one, and with `--no-config`."""
    found = global_file(context) if not context.settings.no_config else None
    return None if found is None or found.first is None else found.first.canonical


def global_directory(context: Context) -> str:
    """Where weft writes the global version file; it need not exist."""
    return next(_global_directories(context))


def _global_directories(context: Context) -> Iterator[str]:
    from weft.system.userdirs import config_dirs

    person = config_dirs(context.environ, context.platform)[0]
    yield f"{person}/weft"
    yield f"{person}/uv"


def in_directory(context: Context, directory: str, *, several: bool = False) -> VersionFile | None:
    """The version file in a directory. Raises WeftError for a file that is no text."""
    from weft.system.lean import os

    for name in (_SEVERAL, VERSION_FILE) if several else (VERSION_FILE, _SEVERAL):
        path = f"{directory.rstrip('/')}/{name}"
        if os.path.isfile(path):
            return _read(context, path)
    return None


def _read(context: Context, path: str) -> VersionFile | None:
    from weft.core.events import Warned
    from weft.python.request import PythonRequest
    from weft.store.errors import shown
    from weft.system.files import read_bytes

    data = read_bytes(path)
    if data is None:
        return None
    if len(data) > _LARGEST:
        raise WeftError(f"failed to read from file `{path}`: it is larger than {_LARGEST} bytes")
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        raise WeftError(
            f"failed to read from file `{path}`: stream did not contain valid UTF-8"
        ) from None
    requests = []
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        request = PythonRequest.parse(text, cwd=context.cwd)
        if request.kind == "name":
            told = f"Ignoring unsupported Python request `{shown(text)}` in version file: {path}"
            context.sink(Warned(told))
        else:
            requests.append(request)
    return VersionFile(path, tuple(requests))


def write(path: str, text: str) -> None:
    """Make a version file with one request; its directory is made too. Raises SystemFailure."""
    from weft.system.files import make_directory, write_atomic
    from weft.system.lean import os

    make_directory(os.path.dirname(path))
    write_atomic(path, f"{text}\n".encode())
