"""What can be wrong with the places that requirements are read from.

Owns these errors: which file, where in it, and what was asked of it. Refuses to read. The wording
follows uv's.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import normalize_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class FileMissing(WeftError):
    """A file that the command line names does not exist."""

    def __init__(self, path: str) -> None:
        super().__init__(f"File not found: {path}")
        self.path = path


class ExtrasMissing(WeftError):
    """No project that was named has these extras; `names` are normal and sorted."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(set(map(normalize_name, names))))
        what = "extra" if len(self.names) == 1 else "extras"
        super().__init__(f"Requested {what} not found: {', '.join(self.names)}")


class IncludeError(WeftError):
    """A file named inside `path` at byte `position` failed; the cause says how."""

    def __init__(self, path: str, position: int) -> None:
        super().__init__(f"Error parsing included file in `{path}` at position {position}")
        self.path = path
        self.position = position


class StatementError(WeftError):
    """The requirement at byte `position` of `path` cannot be read; the cause says why."""

    def __init__(self, path: str, position: int) -> None:
        super().__init__(f"Couldn't parse requirement in `{path}` at position {position}")
        self.path = path
        self.position = position


class RemoteFile(WeftError):
    """A requirements file behind a URL, where only files of this machine are read."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"Remote requirements files are not supported here: {url}",
            hints=(f"Download it and pass the file: `curl -LO {url}`",),
        )
        self.url = url
