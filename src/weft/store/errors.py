"""What can be wrong with a wheel, and with the store itself.

Owns the errors of this room. Refuses to print: facts are fields, sentences are made in `message`.
Everything shown from inside an archive goes through `shown`, because a hostile wheel may carry
terminal escapes in its names.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure, WeftError, is_full

_LONGEST = 160


class BadWheel(WeftError):
    """A wheel that is broken, hostile or not what its name says; nothing of it is in the store.

    `filename` is the wheel, `member` the path inside it that is to blame (empty where the whole
    file is), `reason` reads on from either.
    """

    def __init__(self, filename: str, reason: str, *, member: str = "") -> None:
        super().__init__()
        self.filename = filename
        self.reason = reason
        self.member = member

    @property
    def message(self) -> str:
        subject = f"`{self.member}` {self.reason}" if self.member else self.reason
        return f"The wheel `{self.filename}` is invalid: {subject}"


class HashMismatch(WeftError):
    """A wheel's content is not the one that was asked for; both lists are (algorithm, hex)."""

    exit_code = 1

    def __init__(
        self,
        package: str,
        *,
        expected: tuple[tuple[str, str], ...],
        computed: tuple[tuple[str, str], ...],
    ) -> None:
        super().__init__()
        self.package = package
        self.expected = expected
        self.computed = computed

    @property
    def message(self) -> str:
        expected = "\n".join(f"  {algorithm}:{digest}" for algorithm, digest in self.expected)
        computed = "\n".join(f"  {algorithm}:{digest}" for algorithm, digest in self.computed)
        return (
            f"Hash mismatch for `{self.package}`\n\nExpected:\n{expected}\n\nComputed:\n{computed}"
        )


class SourceMismatch(WeftError):
    """What was made of a source is another project or version than the one asked for.

    `what` is "name" or "version".
    """

    exit_code = 1

    def __init__(self, what: str, *, found: str, given: str) -> None:
        super().__init__()
        self.what = what
        self.found = found
        self.given = given

    @property
    def message(self) -> str:
        return (
            f"Package metadata {self.what} `{self.found}` does not match "
            f"given {self.what} `{self.given}`"
        )


_ELSEWHERE = ("Run `export WEFT_CACHE_DIR=` with a directory where you may write",)
_ON_ANOTHER_DISK = ("Run `export WEFT_CACHE_DIR=` with a directory on another disk",)


class StagingRefused(SystemFailure):
    """The store can be read, but nothing new can be made in it."""

    @property
    def hints(self) -> tuple[str, ...]:
        return _ON_ANOTHER_DISK if is_full(self.error) else _ELSEWHERE


class StoreUnusable(WeftError):
    """The root of a store cannot be made or opened; the cause says why."""

    def __init__(self, root: str, cause: WeftError) -> None:
        super().__init__()
        self.root = root
        self.__cause__ = cause

    @property
    def message(self) -> str:
        return f"Failed to initialize cache at `{self.root}`"

    @property
    def hints(self) -> tuple[str, ...]:
        cause = self.__cause__
        full = isinstance(cause, SystemFailure) and is_full(cause.error)
        return _ON_ANOTHER_DISK if full else _ELSEWHERE


class EntryMissing(WeftError):
    """An entry that was there is gone or unreadable (a clean beside us, a damaged disk)."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    @property
    def message(self) -> str:
        return f"The cache entry at `{self.path}` is missing or damaged"

    @property
    def hints(self) -> tuple[str, ...]:
        return ("Run the same command again with `--refresh`",)


class SymlinkedEnvironments(WeftError):
    """Environments stand on symbolic links into what was to be removed; `paths` are sorted."""

    exit_code = 1

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__()
        self.paths = paths

    @property
    def message(self) -> str:
        listed = "".join(f"\n  `{path}`" for path in self.paths)
        subject = "an environment" if len(self.paths) == 1 else f"{len(self.paths)} environments"
        return f"The cache is needed by {subject} with symbolic links into it:{listed}"

    @property
    def hints(self) -> tuple[str, ...]:
        return ("Run `weft cache clean --materialize` to turn the links into files first",)


class Refused(Exception):
    """Why an archive is refused, while it is unpacked; whoever knows its name makes it BadWheel
    or, in weft.fetch.unpacking, BadSource."""

    def __init__(self, reason: str, member: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.member = member


def shown(text: bytes | str) -> str:
    """A name from an archive, safe to print: no control characters, of bearable length."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return safe if len(safe) <= _LONGEST else f"{safe[: _LONGEST - 1]}…"
