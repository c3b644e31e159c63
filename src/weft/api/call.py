"""One call of the API: what a verb needs, put together and taken apart again.

Owns the `Call`: settings as the command line would have them, a session, and what was reported.
Refuses to leave anything behind: locks, leases and signal handlers go with it, and no process goes
on working when it has ended.
"""

from __future__ import annotations

from weft.core.events import Changes, Warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Any, Self

    from weft.api.config import Config
    from weft.core.events import Change, Event
    from weft.install.target import Target
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.system.lean import os
    from weft.system.locks import FileLock

    Text = str | os.PathLike[str]


class Heard:
    """A sink that keeps what values are made of; everything else is for people who watch."""

    def __init__(self) -> None:
        self.changes: tuple[Change, ...] = ()
        self._warnings: dict[str, None] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, Changes):
            self.changes = event.changes
        elif isinstance(event, Warned):
            self.warn(event.text)

    def warn(self, text: str) -> None:
        """Each sentence counts once."""
        self._warnings[text] = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """In the order in which they came."""
        return tuple(self._warnings)


class Call:
    """A context manager around the work of one call.

    `command` is the path of the command whose options there are, `flags` are those options, and
    `operands` what stands behind them. Raises WeftError where settings cannot be used.
    """

    def __init__(
        self, config: Config, command: str, flags: Iterable[str] = (), operands: Iterable[str] = ()
    ) -> None:
        self.heard = Heard()
        self.context = _context(config, [command, *flags], several(operands), self.heard)
        self._session: Session | None = None
        self._locks: list[FileLock] = []
        self._handlers: list[tuple[int, Any]] = []

    def __enter__(self) -> Self:
        self._handlers = _unhandled_signals()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._end(kind, error, trace)
        finally:
            _restore(self._handlers)
            number = getattr(error, "number", 0) if isinstance(error, KeyboardInterrupt) else 0
            if number:  # of `weft.system.termination.Terminated`: nobody else has answered it yet
                import signal

                signal.raise_signal(number)

    def _end(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for lock in self._locks:
            lock.release()
        if self._session is None:
            return
        try:
            self._session.__exit__(kind, error, trace)
        finally:
            self._session.store.close()

    @property
    def session(self) -> Session:
        """The session, with the cache opened."""
        if self._session is None:
            from weft.ops.session import Session

            session = Session(self.context)
            _ = session.store
            self._session = session
        return self._session

    def hold(self, target: Target) -> None:
        """Keep other processes from changing an environment until the call ends."""
        from weft.system.locks import LockUnsupported

        timeout = self.context.settings.lock_timeout
        lock = target.lock(timeout=timeout)
        try:
            lock.acquire(shared=False, timeout=timeout)
        except LockUnsupported:
            return
        self._locks.append(lock)


def _context(config: Config, words: list[str], operands: list[str], heard: Heard) -> Context:
    import sys
    import time

    from weft.api.config import words_of
    from weft.cli.parser import parse
    from weft.ops.commands import command
    from weft.ops.context import Context
    from weft.ops.options import options
    from weft.ops.settings import resolve
    from weft.ops.settings_values import changed

    found = command(words[0])
    assert found is not None, words[0]
    takes = frozenset(option.dest for _, option in options(found.blocks))
    environ, cwd = config.variables, _directory(config)
    line = [*words[0].split(), *words[1:], *words_of(config, takes)]
    if operands:
        line += ["--", *operands]
    invocation = parse(line, environ)

    def read(start: str | None = None, top: Any = None) -> Any:
        settings = resolve(
            invocation, environ, cwd=cwd, platform=sys.platform, start=start, top=top
        )
        return changed(settings, spares=False)  # they are made behind the back of the caller

    settings = read()
    for warning in settings.warnings:
        heard.warn(warning)
    return Context(
        settings,
        environ,
        cwd=cwd,
        platform=sys.platform,
        sink=heard,
        out=lambda _text: None,
        now=time.time(),
        reread=read,
    )


def several(texts: Iterable[Text]) -> list[str]:
    """Texts and paths as texts. One alone would be taken for its letters: that is a TypeError."""
    from weft.system.lean import os

    if isinstance(texts, str | bytes):
        raise TypeError(f"a list of texts is wanted, not one: [{texts!r}]")
    return [os.fspath(text) for text in texts]


def _directory(config: Config) -> str:
    from weft.core.errors import OsCause, WeftError
    from weft.system.lean import os

    try:
        found = config.cwd
    except OSError as error:
        raise WeftError("The current directory does not exist any more") from OsCause(error)
    if not os.path.isdir(found):
        raise WeftError(f"The directory `{found}` does not exist")
    return found


def _unhandled_signals() -> list[tuple[int, Any]]:
    """Those that a build would answer from now on, with what they do at this moment."""
    import signal

    numbers = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
    return [(number, signal.getsignal(number)) for number in numbers if number is not None]


def _restore(handlers: list[tuple[int, Any]]) -> None:
    import signal

    for number, handler in handlers:
        try:
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        except ValueError:  # another thread, in which nothing was changed either
            return
