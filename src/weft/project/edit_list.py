"""A list of requirements in TOML, with its comments, as it is changed and written again.

Owns which comment belongs to which entry, where a new entry goes in a sorted list, and the form
of the result: one entry a line behind a comma, indented like the first that stays. Comments at the
end of a line stay with that line, comments above an entry with the entry, empty lines where they
were. Refuses to know what requirements mean. The form is uv's; where uv moves comments to another
entry or drops empty lines, they stay.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.project.edit_document import Document, Path

_MARKS = "><=~!@"
_USUAL = "    "


class Lead:
    """What stands between two entries: `tail` is the comment at the end of the line above, with
    the blanks before it, `lines` are the comments and empty lines that follow."""

    __slots__ = ("lines", "tail")

    def __init__(self, tail: str = "", lines: list[str] | None = None) -> None:
        self.tail = tail
        self.lines = lines or []

    @staticmethod
    def parse(text: str) -> Lead:
        """From the blanks and comments of a document."""
        first, *rest = text.replace("\r", "").split("\n")
        tail = first.rstrip() if "#" in first else ""
        return Lead(tail, [line.strip() for line in rest[:-1]])

    def render(self, indent: str) -> str:
        """As it is written behind a comma or the bracket."""
        lines = "".join(f"\n{indent}{line}" if line else "\n" for line in self.lines)
        return self.tail + lines


class Entry:
    """One value: its source text, its string where it is one, and the indentation of its line.

    `indent` is empty for what is new, and behind another value on one line.
    """

    __slots__ = ("indent", "lead", "string", "text")

    def __init__(self, text: str, string: str | None, lead: Lead, indent: str = "") -> None:
        self.text = text
        self.string = string
        self.lead = lead
        self.indent = indent


class EntryList:
    """The array at `path`, taken apart; `render` puts it together again."""

    def __init__(self, document: Document, path: Path) -> None:
        start, length = document.values[path]
        self.entries: list[Entry] = []
        position, held = start + 1, ""
        while (span := document.values.get((*path, len(self.entries)))) is not None:
            before = held + document.text[position : span[0]]
            is_leading = "\n" in before or not self.entries
            indent = _indentation(before) if is_leading else ""
            position = sum(span)
            text = document.text[span[0] : position]
            self.entries.append(Entry(text, _string(text), Lead.parse(before), indent))
            comma, held = document.blank(position, newlines=True), ""
            if document.text[comma] == ",":
                between, position = document.text[position:comma], comma + 1
                held = between if "#" in between else ""  # the comma goes right behind the value
        behind = held + document.text[position : start + length - 1]
        self.rest = Lead.parse(behind)
        self._empty_indent = _indentation(behind.partition("#")[0]) if "#" in behind else _USUAL

    @property
    def strings(self) -> list[str]:
        """The entries that are strings."""
        return [entry.string for entry in self.entries if entry.string is not None]

    def add(self, string: str) -> int:
        """Put a string where it belongs; the number that it gets."""
        index = self._place(string)
        if index == len(self.entries):
            lead, self.rest = self.rest, Lead()
            while lead.lines and not lead.lines[-1]:
                lead.lines.pop()
        else:
            following = self.entries[index].lead
            lead, following.tail = Lead(following.tail), ""
            if index == 0 and following.lines and not following.lines[0]:
                following.lines.pop(0)
        self.entries.insert(index, Entry(quoted(string), string, lead))
        return index

    def append(self, string: str) -> None:
        """Put a string at the end, whatever the order."""
        self.entries.append(Entry(quoted(string), string, Lead(self.rest.tail)))
        self.rest.tail = ""

    def replace(self, index: int, string: str) -> None:
        """Another string at this number."""
        entry = self.entries[index]
        entry.text, entry.string = quoted(string), string

    def remove(self, index: int) -> None:
        """Take an entry out; its comments go to the next one."""
        gone = self.entries.pop(index).lead
        following = self.entries[index].lead if index < len(self.entries) else self.rest
        comment = [following.tail.strip()] if following.tail else []
        joined = gone.lines + comment + following.lines
        following.tail = gone.tail
        following.lines = [
            line for at, line in enumerate(joined) if line or (at and joined[at - 1])
        ]
        if following is self.rest:
            while following.lines and not following.lines[-1]:
                following.lines.pop()

    def render(self) -> str:
        """The array, its lines ended by `\\n`."""
        old = (entry.indent for entry in self.entries if entry.indent)
        indent = next(old, self._empty_indent)
        parts = ["["]
        for entry in self.entries:
            parts.append(f"{entry.lead.render(indent)}\n{indent}{entry.text},")
        parts.append(self.rest.render(indent))
        return "".join(parts) + ("\n]" if len("".join(parts)) > 1 else "]")

    def _place(self, string: str) -> int:
        """Where a new string goes: by the order that the list has, else behind the last one."""
        for lowered, split in ((True, True), (False, True), (True, False), (False, False)):
            keys = [_key(each, lowered=lowered, split=split) for each in self.strings]
            if keys == sorted(keys):
                wanted = _key(string, lowered=lowered, split=split)
                for index, entry in enumerate(self.entries):
                    if entry.string is not None and (
                        _key(entry.string, lowered=lowered, split=split) > wanted
                    ):
                        return index
                break
        strings = [at for at, entry in enumerate(self.entries) if entry.string is not None]
        return strings[-1] + 1 if strings else len(self.entries)


def _indentation(before: str) -> str:
    """That of the line whose beginning is the end of `before`, the usual one within a line."""
    _, newline, blanks = before.rpartition("\n")
    return blanks if newline and blanks else _USUAL


def _key(string: str, *, lowered: bool, split: bool) -> tuple[str, str]:
    """What lists are sorted by: the name with its extras, then the rest, or all of it."""
    text = string.lower() if lowered else string
    if not split:
        return text, ""
    at = next((at for at, letter in enumerate(text) if letter in _MARKS), len(text))
    return text[:at].strip(), text[at:].strip()


def _string(text: str) -> str | None:
    """The value of a TOML string, None for other values."""
    if text[0] not in "\"'":
        return None
    if "\\" in text or text.startswith(('"""', "'''")):
        import tomllib

        return str(tomllib.loads(f"x = {text}")["x"])
    return text[1:-1]


def quoted(string: str) -> str:
    """A TOML string, in the quotes that need no escapes."""
    if "\\" not in string and '"' not in string and string.isprintable():
        return f'"{string}"'
    if "'" not in string and string.isprintable():
        return f"'{string}'"
    import json

    return json.dumps(string, ensure_ascii=False)
