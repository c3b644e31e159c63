"""A `uv.lock` read and checked.

Owns the way from the text to its values: the layout that is always written goes a fast way, all
else that TOML allows a slow one, which also finds the words and the place for what is wrong.
Refuses to open files and to judge whether a lock is fresh.
Follows the file's version 1 up to revision 5: a later revision is read, a later version is not.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.lock.model import LockError
from weft.lock.uvmodel import VERSION, UvLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.lock.uvlock_values import WrongTable
    from weft.project.toml import TomlError

_CONFLICT_MARKS = ("<<<<<<< ", "=======", ">>>>>>> ", "||||||| ")


class InvalidUvLock(LockError):
    """The file that is shown as `shown` is no lock; the cause says where and why."""

    def __init__(self, shown: str, reason: str = "", *, hints: tuple[str, ...] = ()) -> None:
        super().__init__(f"Failed to parse `{shown}`{reason}", hints=hints)
        self.shown = shown


class FutureUvLock(LockError):
    """A lock that is in order, but of a version that nobody knows yet."""

    def __init__(self, shown: str, version: int) -> None:
        super().__init__(
            f"The lockfile at `{shown}` uses an unsupported schema version "
            f"{_unsupported(shown, version)}"
        )
        self.shown = shown
        self.version = version


def read_uv_lock(text: str, shown: str = "uv.lock") -> UvLock:
    """The lock whose text is `text`; `shown` is how messages name it.

    Raises InvalidUvLock with a TomlError or another WeftError as its cause, and FutureUvLock.
    """
    from weft.lock.uvlock_check import check_packages
    from weft.lock.uvlock_layout import scan
    from weft.lock.uvlock_pieces import UnusualLayout

    try:
        lock = scan(text, lambda: read_any_layout(text, shown))
        check_packages(lock)
    except (UnusualLayout, WeftError):
        return read_any_layout(text, shown)
    return lock if lock.version == VERSION else read_any_layout(text, shown)


def read_any_layout(text: str, shown: str = "uv.lock") -> UvLock:
    """As `read_uv_lock`, of any text, the slow way: all is read and checked at once."""
    from weft.lock.uvlock_check import check_files, check_packages
    from weft.lock.uvlock_tables import lock_of
    from weft.lock.uvlock_values import WrongTable
    from weft.project.toml import TomlError, parse_toml

    tables: dict[str, Any] = {}
    try:
        tables = parse_toml(text)
        lock = lock_of(tables)
        check_packages(lock)
        check_files(lock)
    except TomlError as error:
        raise merging(text, shown, error) or InvalidUvLock(shown) from error
    except WrongTable as error:
        raise _invalid(tables, shown) from located(error, text)
    except WeftError as error:
        raise _invalid(tables, shown) from error
    if lock.version != VERSION:
        raise FutureUvLock(shown, lock.version)
    return lock


def _invalid(tables: dict[str, Any], shown: str) -> InvalidUvLock:
    version = tables.get("version")
    if isinstance(version, int) and version > VERSION:
        unsupported = _unsupported(shown, version)
        return InvalidUvLock(shown, f", which uses an unsupported schema version {unsupported}")
    return InvalidUvLock(shown)


def _unsupported(shown: str, version: int) -> str:
    return (
        f"(v{version}, but only v{VERSION} is supported). Downgrade to a compatible weft version, "
        f"or remove the `{shown}` prior to running `weft lock` or `weft sync`."
    )


def located(error: WrongTable, text: str) -> TomlError:
    """The error at the place that it means in the text."""
    from weft.project.toml import TomlError, locate

    line, column, width = locate(text, error.place)
    return TomlError(error.message, text, line=line, column=column, width=width)


def merging(text: str, shown: str, error: BaseException | None) -> InvalidUvLock | None:
    """What to do about a file that git has left its marks in, if that is what is wrong."""
    from weft.project.toml import TomlError

    if not isinstance(error, TomlError):
        return None
    lines = text.split("\n")
    here = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
    if not here.startswith(_CONFLICT_MARKS):
        return None
    hint = (
        f"`{shown}` has marks of a merge conflict; take one side of it with `git checkout --ours "
        f"{shown}` and run `weft lock`, which adds what the other side needs"
    )
    invalid = InvalidUvLock(shown, hints=(hint,))
    invalid.__cause__ = error
    return invalid
