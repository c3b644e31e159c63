"""The grammar of requirements files: text in, statements out.

Owns lines, continuations, comments, environment variables and options, with the position of each
statement for error texts. Refuses to read files, to follow `-r` and to judge requirements: those
belong to `weft.project.inputs`.
Follows pip's requirements file format; where uv is stricter than pip, pip's form is understood
too, except that a comment always ends its line (a `\\` at the end of a comment continues nothing)
and that only CR, LF and CRLF end a line (a Unicode line separator in a comment starts nothing).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Spellings and the long name of each option of a file; True where an argument follows.
OPTIONS: dict[str, tuple[str, bool]] = {
    "-r": ("--requirement", True),
    "--requirement": ("--requirement", True),
    "-c": ("--constraint", True),
    "--constraint": ("--constraint", True),
    "-e": ("--editable", True),
    "--editable": ("--editable", True),
    "-i": ("--index-url", True),
    "--index-url": ("--index-url", True),
    "--pypi-url": ("--index-url", True),
    "--extra-index-url": ("--extra-index-url", True),
    "-f": ("--find-links", True),
    "--find-links": ("--find-links", True),
    "--no-index": ("--no-index", False),
    "--no-binary": ("--no-binary", True),
    "--only-binary": ("--only-binary", True),
    "--require-hashes": ("--require-hashes", False),
    "--no-require-hashes": ("--no-require-hashes", False),
    "--pre": ("--pre", False),
    "--all-releases": ("--all-releases", True),
    "--only-final": ("--only-final", True),
    "--prefer-binary": ("--prefer-binary", False),
    "--trusted-host": ("--trusted-host", True),
    "--use-feature": ("--use-feature", True),
}
REQUIREMENT = "requirement"
_LINE_OPTIONS = {
    "--hash": "--hash",
    "--config-settings": "--config-settings",
    "--config-setting": "--config-settings",
    "-C": "--config-settings",
}
_STARTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./\\~$_")


class FileSyntaxError(WeftError):
    """A line that is no statement: `<what>: <path>:<line>:<column>`, both from 1."""

    def __init__(self, what: str, *, path: str, line: int, column: int) -> None:
        super().__init__(f"{what}: {path}:{line}:{column}")
        self.path = path
        self.line = line
        self.column = column


@value
class Statement:
    """One requirement or one option.

    `kind` is `requirement` or the long name of an option; `text` the requirement or the option's
    argument, with environment variables expanded and continuations joined. `options` are the
    options behind a requirement, `(long name, argument)`. `start` is the offset of the statement
    in the file in bytes of UTF-8, `line` counts from 1. `written` is `text` before the expansion,
    empty where there was nothing to expand.
    """

    kind: str
    text: str
    options: tuple[tuple[str, str], ...]
    start: int
    line: int
    written: str = ""


@value
class LogicalLine:
    """A line after joining and stripping: `text` is never empty."""

    text: str
    start: int
    line: int
    column: int
    ended: bool  # whether a line break follows


def parse_statements(text: str, path: str, *, environ: Mapping[str, str]) -> Iterator[Statement]:
    """The statements of a file, in order; `path` is how errors call it.

    Raises FileSyntaxError.
    """
    for line in logical_lines(text):
        content = expand_variables(line.text, environ)
        found = _scanned(content, line, path=path, source=text)
        if content == line.text:
            yield from found
            continue
        try:
            raw = [each.text for each in _scanned(line.text, line, path=path, source=text)]
        except FileSyntaxError:
            raw = []  # what is meant is known only after the expansion
        for number, statement in enumerate(found):
            yield replace(statement, written=raw[number] if number < len(raw) else "")


def _scanned(content: str, line: LogicalLine, *, path: str, source: str) -> Iterator[Statement]:
    scanner = _Scanner(content, line, path=path, source=source)
    if content.startswith("-"):
        yield from scanner.options()
    else:
        yield scanner.requirement()


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """Join continued lines, drop comments and blank lines."""
    parts: list[str] = []
    first = (0, 0)
    for number, (begin, raw, ends) in enumerate(_physical_lines(text), 1):
        comment = _comment(raw)
        body = raw if comment is None else raw[:comment]
        continued = comment is None and body.endswith("\\")
        if not parts:
            first = (begin, number)
        parts.append(body[:-1] if continued else body)
        if continued and ends:
            continue
        joined = "".join(parts)
        parts.clear()
        stripped = joined.strip()
        if stripped:
            start, column = _first_character(text, first[0])
            line = first[1] + text.count("\n", first[0], start)
            yield LogicalLine(stripped, start, line, column, ends)


def _physical_lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Offset, text and whether a line break (LF, CRLF or CR) follows; the last may be empty."""
    begin = 0
    chunks = text.split("\n")
    for left, chunk in zip(range(len(chunks) - 1, -1, -1), chunks, strict=True):
        body = chunk[:-1] if left and chunk.endswith("\r") else chunk
        at = begin
        *before, last = body.split("\r")
        for piece in before:
            yield at, piece, True
            at += len(piece) + 1
        yield at, last, left > 0
        begin += len(chunk) + 1


def _comment(line: str) -> int | None:
    """Where a comment begins: a `#` at the start or behind a blank."""
    at = line.find("#")
    while at > 0 and not line[at - 1].isspace():
        at = line.find("#", at + 1)
    return at if at >= 0 else None


def _first_character(text: str, start: int) -> tuple[int, int]:
    """Offset and column of the first character that is not blank, past empty continued lines."""
    at, line_start = start, start
    while text[at].isspace() or text[at] == "\\":
        if text[at] in "\r\n":
            line_start = at + 1
        elif text[at] == "\\" and text[at + 1 : at + 2] not in ("\r", "\n"):
            break
        at += 1
    return at, at - line_start + 1


def expand_variables(text: str, environ: Mapping[str, str]) -> str:
    """Replace `${NAME}`, upper case only; a variable that is not set stays as it is written."""
    if "${" not in text:
        return text
    import re

    return re.sub(
        r"\$\{([A-Z0-9_]+)\}", lambda match: environ.get(match[1]) or match[0], text, flags=re.ASCII
    )


class _Scanner:
    """Walks over one logical line."""

    def __init__(self, text: str, line: LogicalLine, *, path: str, source: str) -> None:
        self.text = text
        self.line = line
        self.path = path
        self.start = len(source[: line.start].encode())

    def options(self) -> Iterator[Statement]:
        at = 0
        while at < len(self.text):
            name, takes_argument, end = self._option(at)
            argument, begin = "", at
            if takes_argument:
                argument, begin, end = self._argument(name, end)
            elif end < len(self.text) and not self.text[end].isspace():
                raise self._unexpected(end)
            behind: tuple[tuple[str, str], ...] = ()
            start = at
            if name == "--editable":  # a requirement, so its own place counts
                argument, behind = self._split_options(argument, begin)
                start = begin
            place = self.start + len(self.text[:start].encode())
            yield Statement(name, argument, behind, place, self.line.line)
            at = self._skip_blanks(end)

    def requirement(self) -> Statement:
        if self.text[0] not in _STARTS:
            raise self._unexpected(0)
        text, options = self._split_options(self.text, 0)
        return Statement(REQUIREMENT, text, options, self.start, self.line.line)

    def _option(self, at: int) -> tuple[str, bool, int]:
        """Long name, whether an argument follows, and where the spelling ends."""
        end = at
        while end < len(self.text) and not self.text[end].isspace() and self.text[end] != "=":
            end += 1
        spelling = self.text[at:end]
        known = OPTIONS.get(spelling)
        if known is None and spelling[:2] in OPTIONS and not spelling.startswith("--"):
            spelling, end = spelling[:2], at + 2  # `-rfile`
            known = OPTIONS[spelling]
        if known is None:
            raise self._unexpected(at)
        return known[0], known[1], end

    def _argument(self, name: str, end: int) -> tuple[str, int, int]:
        """The rest of the line, up to a known option behind a blank; quotes around it go.

        Where it begins and ends follow.
        """
        glued = end < len(self.text) and self.text[end] == "="
        begin = self._skip_blanks(end + 1 if glued else end)
        if begin == len(self.text):
            if name == "--editable":
                return "", begin, begin
            raise self._needs_argument(name, glued=glued)
        stop = len(self.text)
        if self.text[begin] in "'\"":
            closing = self.text.find(self.text[begin], begin + 1)
            if closing > 0:
                return self.text[begin + 1 : closing], begin, closing + 1
        for at in range(begin, stop):
            if self.text[at] == "-" and self.text[at - 1].isspace():
                word = self.text[at:].split(None, 1)[0].partition("=")[0]
                if word in OPTIONS:
                    stop = at
                    break
        return self.text[begin:stop].rstrip(), begin, stop

    def _split_options(self, text: str, offset: int) -> tuple[str, tuple[tuple[str, str], ...]]:
        """A requirement and the options behind it."""
        words = _words(text)
        first = next((at for at, word in words if at and _is_option(word)), None)
        if first is None:
            return text, ()
        options: list[tuple[str, str]] = []
        waiting = ""
        for at, word in words:
            if at < first:
                continue
            if waiting:
                options.append((waiting, _unquote(word)))
                waiting = ""
                continue
            spelling, glued, argument = word.partition("=")
            name = _LINE_OPTIONS.get(spelling)
            if name is None:
                what = f'Expected `--hash`, found `"{word}"`'
                raise self._error(what, offset + at)
            if glued and not argument:
                raise self._needs_argument(name, glued=True)
            if glued:
                options.append((name, _unquote(argument)))
            else:
                waiting = name
        if waiting:
            raise self._needs_argument(waiting, glued=False)
        return text[:first].rstrip(), tuple(options)

    def _skip_blanks(self, at: int) -> int:
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        return at

    def _unexpected(self, at: int) -> FileSyntaxError:
        character = self.text[at]
        return self._error(
            f"Unexpected '{character}', expected '-c', '-e', '-r' or the start of a requirement", at
        )

    def _needs_argument(self, name: str, *, glued: bool) -> FileSyntaxError:
        what = f"`{name}` must be followed by an argument"
        if glued or not self.line.ended:
            return self._error(what, len(self.text))
        return FileSyntaxError(what, path=self.path, line=self.line.line + 1, column=1)

    def _error(self, what: str, at: int) -> FileSyntaxError:
        column = self.line.column + at
        return FileSyntaxError(what, path=self.path, line=self.line.line, column=column)


def _words(text: str) -> list[tuple[int, str]]:
    """Words with their offsets; blanks inside quotes do not split."""
    words: list[tuple[int, str]] = []
    begin, quote = -1, ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character.isspace():
            if begin >= 0:
                words.append((begin, text[begin:at]))
                begin = -1
            continue
        elif character in "'\"":
            quote = character
        if begin < 0:
            begin = at
    if begin >= 0:
        words.append((begin, text[begin:]))
    return words


def _is_option(word: str) -> bool:
    return word.startswith("--") or word.partition("=")[0] in _LINE_OPTIONS


def _unquote(word: str) -> str:
    if len(word) > 1 and word[0] in "'\"" and word[-1] == word[0]:
        return word[1:-1]
    return word
