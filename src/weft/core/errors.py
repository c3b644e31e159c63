"""Errors that people are meant to read.

Owns the base of every error that weft raises on purpose. An error carries facts as fields; its
sentence is made in `message`, its advice in `hints`, its cause is chained with `raise … from`.
Refuses to know about colours, streams or the word `error:`; the printer adds those.
"""

from __future__ import annotations

import errno


class WeftError(Exception):
    """Base of all expected failures.

    `message` is one sentence without a full stop, with names, paths and commands in backticks.
    Further lines are kept as they are. `hints` name what to run. `exit_code` is 1 where the
    request cannot be met, 2 for usage, input and environment errors.
    """

    exit_code = 2

    def __init__(
        self, message: str = "", *, hints: tuple[str, ...] = (), exit_code: int | None = None
    ) -> None:
        super().__init__(message)
        self._message = message
        self._hints = hints
        if exit_code is not None:
            self.exit_code = exit_code

    @property
    def message(self) -> str:
        """The sentence shown after `error:` or `cause:`."""
        return self._message

    @property
    def hints(self) -> tuple[str, ...]:
        """Advice, one sentence each, shown after `hint:`."""
        return self._hints

    def __str__(self) -> str:
        return self.message


class UsageError(WeftError):
    """The words of a command line are wrong: exit code 2, with the usage line behind it."""

    def __init__(self, message: str, *, usage: str = "", tips: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.usage = usage
        self.tips = tips


class SystemFailure(WeftError):
    """A call to the operating system failed.

    `action` reads like "write", `path` is what it was done to, the cause is the OSError.
    """

    def __init__(
        self, action: str, path: str, error: OSError, *, hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(hints=hints)
        self.action = action
        self.path = path
        self.error = error
        self.__cause__ = OsCause(error)

    @property
    def message(self) -> str:
        return f"Failed to {self.action} `{self.path}`"


class OsCause(WeftError):
    """An OSError in the words of the terminal: `No space left on device (os error 28)`."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    @property
    def message(self) -> str:
        if self.error.errno is None:
            return str(self.error)
        return f"{self.error.strerror} (os error {self.error.errno})"

    @property
    def hints(self) -> tuple[str, ...]:
        """What makes room where there is none."""
        if not is_full(self.error):
            return ()
        return ("Make room there; `weft cache prune` removes what the cache keeps for nothing",)


def is_full(error: BaseException | None) -> bool:
    """Whether a disk, or what somebody may have of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
