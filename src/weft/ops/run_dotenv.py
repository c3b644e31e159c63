"""Reads `.env` files.

Owns the format: `NAME=text` lines, quotes of both kinds that may hold line breaks, escapes,
comments, `export` and `$NAME`. Refuses to read files and to change the process. Follows what uv
accepts, so that a file means the same to both: `$NAME` is what the environment says, else what the
file said last; of several lines about one name all are told, the first is the one that counts.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_LITERAL = "\\'\"$ "
_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_LATER = _FIRST | frozenset("0123456789.")


class DotenvError(WeftError):
    """`text`, of one logical line, cannot be read from the byte `position` on."""

    def __init__(self, text: str, position: int) -> None:
        super().__init__(f"position {position}: {text}")
        self.text = text
        self.position = position


def read_dotenv(text: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names and values in the order of the file. Raises DotenvError where it cannot go on."""
    known: dict[str, str] = {}
    for line in _logical_lines(text):
        found = _Line(line, environ, known).read()
        if found is not None:
            known[found[0]] = found[1]
            yield found


def with_files(
    files: Sequence[str],
    environ: Mapping[str, str],
    *,
    read: Callable[[str], str],
    broken: Callable[[str, DotenvError], None],
) -> dict[str, str]:
    """The variables of `environ` and those of the files that are not among them, later files first.

    `read` gives the text of a file, `broken` hears of one that is of use no further.
    """
    told: dict[str, str] = {}
    for shown in reversed(files):
        of_file: dict[str, str] = {}
        try:
            for name, text in read_dotenv(read(shown), environ):
                of_file.setdefault(name, text)
        except DotenvError as error:
            broken(shown, error)
        told = {**of_file, **told}
    return {**told, **environ}


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments, those with an open quote together with what follows.

    Raises DotenvError for a file that ends in the middle of something, be it a blank.
    """
    held = state = ""
    for line in _lines(text):
        if not held and line.lstrip().startswith("#"):
            continue
        state, comment = _state(line, state)
        held += line if comment < 0 else line[:comment]
        if comment >= 0 or (not state and line.endswith("\n")):
            yield held
            held = state = ""
    if held and state:
        raise DotenvError(held, len(held.encode()))
    if held:
        yield held


def _lines(text: str) -> Iterator[str]:
    """Each with its line feed; other separators of lines are letters like any other."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _state(line: str, state: str) -> tuple[str, int]:
    """What is open at the end of `line`, and where a comment begins, -1 for nowhere.

    Open are `"`, `'` (with `\\` behind it before something escaped), `\\` and a blank: a comment
    needs one right before it.
    """
    for index, letter in enumerate(line):
        if state.endswith("\\"):
            state = state[:-1]
        elif state in ("'", '"'):
            state += "\\" if letter == "\\" else ""
            state = "" if letter == state else state
        elif letter == "#" and state:
            return "", index
        elif letter in "\\'\"":
            state = letter
        elif not state and letter.isspace() and letter not in "\r\n":
            state = " "
        else:
            state = ""
    return state, -1


class _Line:
    """The parser of one logical line."""

    def __init__(self, text: str, environ: Mapping[str, str], known: Mapping[str, str]) -> None:
        self.text = text.rstrip()
        self.environ = environ
        self.known = known
        self.at = 0

    def read(self) -> tuple[str, str] | None:
        self._blanks()
        if self._rest() == "" or self._rest().startswith("#"):
            return None
        name = self._name()
        if name == "export":
            self._blanks()
            if self._rest().startswith("="):
                self.at += 1
            else:
                name = self._name()
                self._equals()
        else:
            self._equals()
        self._blanks()
        if self._rest() == "" or self._rest().startswith("#"):
            return name, ""
        return name, _Value(self._rest(), self.environ, self.known).read()

    def _rest(self) -> str:
        return self.text[self.at :]

    def _blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _equals(self) -> None:
        self._blanks()
        if not self._rest().startswith("="):
            raise DotenvError(self.text, self._position())
        self.at += 1

    def _name(self) -> str:
        start = self.at
        if self.at >= len(self.text) or self.text[self.at] not in _FIRST:
            raise DotenvError(self.text, self._position())
        while self.at < len(self.text) and self.text[self.at] in _LATER:
            self.at += 1
        return self.text[start : self.at]

    def _position(self) -> int:
        return len(self.text[: self.at].encode())


class _Value:
    """The parser of what stands behind `=`."""

    def __init__(self, text: str, environ: Mapping[str, str], known: Mapping[str, str]) -> None:
        self.text = text
        self.environ = environ
        self.known = known
        self.out: list[str] = []
        self.quote = ""
        self.name: str | None = None  # of a `$NAME` that is being read
        self.braces = False

    def read(self) -> str:
        escaped = ended = False
        for index, letter in enumerate(self.text):
            if ended:
                if letter in " \t":
                    continue
                if letter == "#":
                    break
                raise self._wrong(index)
            if escaped:
                if letter not in _LITERAL and letter != "n":
                    raise self._wrong(index)
                self.out.append("\n" if letter == "n" else letter)
                escaped = False
            elif self.quote == "'":
                if letter == "'":
                    self.quote = ""
                else:
                    self.out.append(letter)
            elif self.name is not None and self._substitutes(letter):
                continue
            elif letter == "$":
                self.name, self.braces = "", False
            elif letter == "\\":
                escaped = True
            elif letter == '"' or (letter == "'" and not self.quote):
                self.quote = "" if self.quote else letter
            elif self.quote:
                self.out.append(letter)
            elif letter in " \t":
                ended = True
            else:
                self.out.append(letter)
        if self.quote or (self.name is not None and self.braces):
            raise self._wrong(len(self.text) - 1)
        self._substitute()
        return "".join(self.out)

    def _substitutes(self, letter: str) -> bool:
        """Go on with a `$NAME`; False where another one begins."""
        assert self.name is not None
        if self.braces:
            if letter == "}":
                self._substitute()
            else:
                self.name += letter
            return True
        if letter.isalnum():
            self.name += letter
            return True
        if letter == "{" and not self.name:
            self.braces = True
            return True
        self._substitute()
        if letter == "$":
            return False
        self.out.append(letter)  # whatever it is, also a quote
        return True

    def _substitute(self) -> None:
        if self.name is not None:
            self.out.append(self.environ.get(self.name, self.known.get(self.name, "")))
        self.name, self.braces = None, False

    def _wrong(self, index: int) -> DotenvError:
        return DotenvError(self.text, len(self.text[:index].encode()))
