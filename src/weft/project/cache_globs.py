"""Files that match glob patterns below a project.

Owns the patterns of `cache-keys`: those of a `.gitignore` file, with alternatives in braces. A
pattern begins to be one at its first part with a wildcard; what is before names the directory to
walk. A pattern without a slash behind that matches at every depth, which is why `src/*.py` takes
the files of all packages below `src`; only `*` alone stays where it is. Patterns whose directories
contain each other are matched together, in one walk, from the outermost.
Refuses to follow links to directories.
Follows gitignore(5), and uv in what is said above.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

_SPECIAL = frozenset("*{}?[]")


class GlobError(WeftError):
    """`pattern` is no glob pattern; `reason` says why."""

    exit_code = 1

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__("Failed to parse glob patterns for `cache-keys`")
        self.pattern = pattern
        self.reason = reason
        self.__cause__ = WeftError(f"error parsing glob '{pattern}': {reason}")


def matching_files(directory: str, patterns: Sequence[str]) -> Iterator[str]:
    """Paths of all files, and links, that match. Raises GlobError.

    A directory that is missing or cannot be read holds none.
    """
    groups = [
        (os.path.join(directory, base), [(raw, _compile(raw)) for raw in group])
        for base, group in cluster(patterns)
    ]
    for base, compiled in groups:
        rules = [rule for _, rule in compiled if rule is not None]
        yield from _walk(base, "", rules)


def is_mentioned(path: str, patterns: Sequence[str]) -> bool:
    """Whether any line of a `.gitignore` matches `path` as a directory or file. Raises GlobError.

    Lines that take back what others said count too: the answer is whether the file has to be
    understood.
    """
    rules = [_compile(raw) for raw in patterns]
    return any(rule is not None and rule.expression.fullmatch(path) for rule in rules)


def _walk(base: str, below: str, rules: Sequence[Rule]) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(f"{base}/{below}" if below else base), key=_by_name)
    except OSError:
        return
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            if _verdict(path, rules, is_directory=True) is not False:
                yield from _walk(base, path, rules)
        elif _verdict(path, rules, is_directory=False):
            yield entry.path


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


class Rule:
    """One pattern: `takes` is false for those with `!` in front, which leave files out."""

    __slots__ = ("expression", "only_directories", "takes")

    def __init__(self, expression: re.Pattern[str], *, takes: bool, only_directories: bool) -> None:
        self.expression = expression
        self.takes = takes
        self.only_directories = only_directories


def _verdict(path: str, rules: Sequence[Rule], *, is_directory: bool) -> bool | None:
    """What the last matching rule says; None where no rule says anything."""
    for rule in reversed(rules):
        if (is_directory or not rule.only_directories) and rule.expression.fullmatch(path):
            return rule.takes
    return None


def cluster(patterns: Sequence[str]) -> list[tuple[str, list[str]]]:
    """(directory to walk, patterns below it): no directory contains another.

    `..` in a directory is taken as written, and not gone below.
    """
    split = [_split(pattern) for pattern in patterns]
    groups: dict[tuple[str, ...], list[str]] = {}
    for base, pattern in sorted(split, key=lambda item: len(item[0])):
        for outer, group in groups.items():
            rest = base[len(outer) :]
            if base[: len(outer)] == outer and not {"..", "/"} & set(rest):
                group.append("/".join([*rest, pattern]))
                break
        else:
            groups[base] = [pattern]
    return [(os.path.join("", *base), group) for base, group in groups.items()]


def _split(pattern: str) -> tuple[tuple[str, ...], str]:
    """The parts before the first one with a wildcard, and what follows, at least one part."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    place = next((i for i, part in enumerate(parts) if _SPECIAL & set(part)), len(parts) - 1)
    root = ("/",) if pattern.startswith("/") else ()
    return (*root, *parts[:place]), "/".join(parts[place:])


def _compile(raw: str) -> Rule | None:
    """None for what a `.gitignore` takes for a comment."""
    import re

    pattern = raw
    if pattern.startswith("#"):
        return None
    takes = not pattern.startswith("!")
    pattern = pattern.removeprefix("!")
    if pattern.startswith(("\\!", "\\#")):
        pattern = pattern[1:]
    only_directories = pattern.endswith("/")
    pattern = pattern.rstrip("/")
    if "/" not in pattern and raw != "*":
        pattern = f"**/{pattern}"
    if pattern.endswith("/**"):
        pattern += "/*"
    expression = re.compile(_Translation(raw, pattern).text(), re.DOTALL)
    return Rule(expression, takes=takes, only_directories=only_directories)


class _Translation:
    """A glob pattern into a regular expression, character by character."""

    def __init__(self, raw: str, pattern: str) -> None:
        self._raw = raw
        self._pattern = pattern
        self._place = 0
        self._depth = 0

    def text(self) -> str:
        """The expression. Raises GlobError."""
        pieces = []
        while self._place < len(self._pattern):
            pieces.append(self._next())
        if self._depth:
            raise self._error(
                "unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"
            )
        return "".join(pieces)

    def _next(self) -> str:
        letter = self._pattern[self._place]
        self._place += 1
        if letter == "*":
            return self._stars()
        if letter == "?":
            return "[^/]"
        if letter == "[":
            return self._class()
        if letter == "{":
            self._depth += 1
            return "(?:"
        if letter == "}":
            if not self._depth:
                raise self._error(
                    "unopened alternate group; missing '{' (maybe escape '}' with '[}]'?)"
                )
            self._depth -= 1
            return ")"
        if letter == "," and self._depth:
            return "|"
        if letter == "\\":
            return self._escaped()
        return _literal(letter)

    def _stars(self) -> str:
        """`**` between slashes is any number of directories; elsewhere it is `*`."""
        begins = self._place == 1 or self._pattern[self._place - 2] == "/"
        while self._pattern.startswith("*", self._place):
            self._place += 1
        run = self._pattern[: self._place]
        double = run.endswith("**") and (run == "**" or run.endswith("/**")) and begins
        if double and self._pattern.startswith("/", self._place):
            self._place += 1
            return "(?:.*/)?"
        if double and self._place == len(self._pattern):
            return ".*"
        return "[^/]*"

    def _class(self) -> str:
        """`[a-z]`, `[!a]` or `[^a]`; a bracket that comes first belongs to it."""
        place = self._place
        negated = self._pattern.startswith(("!", "^"), place)
        place += negated
        end = self._pattern.find("]", place + 1)
        if end < 0:
            raise self._error("unclosed character class; missing ']'")
        self._place = end + 1
        inner = self._pattern[place:end]
        for index in range(1, len(inner) - 1):
            if inner[index] == "-" and inner[index - 1] > inner[index + 1]:
                raise self._error(f"invalid range; '{inner[index - 1]}' > '{inner[index + 1]}'")
        body = "".join([letter if letter == "-" else _literal(letter) for letter in inner])
        return f"[{'^' if negated else ''}{body}]"

    def _escaped(self) -> str:
        if self._place == len(self._pattern):
            raise self._error("dangling '\\'")
        letter = self._pattern[self._place]
        self._place += 1
        return _literal(letter)

    def _error(self, reason: str) -> GlobError:
        return GlobError(self._raw, reason)


def _literal(letter: str) -> str:
    return letter if letter.isalnum() or letter in "_/" else f"\\{letter}"
