"""Where keys and values stand in a TOML document.

Owns the scan that `tomllib` does not offer, for errors that point at a place. Refuses documents
that `tomllib` has not accepted before: it does not check anything.
Follows TOML 1.0.
"""

from __future__ import annotations

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class Places:
    """Offset and length of every key and value of a valid document.

    A path is dotted keys; an int picks out of an array.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[tuple[str | int, ...], tuple[int, int]] = {}
        self.values: dict[tuple[str | int, ...], tuple[int, int]] = {}
        self.arrays: dict[tuple[str | int, ...], int] = {}
        self.walk()

    def key(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """Where the last key of `path` stands, else its value."""
        return self.keys.get(path) or self.value(path)

    def value(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        """Where the value stands, else the nearest that is around it; `(0, 1)` for nowhere."""
        while path and path not in self.values:
            if path in self.keys:
                return self.keys[path]
            path = path[:-1]
        return self.values.get(path, (0, 1))

    def walk(self) -> None:
        position = 0
        table: tuple[str | int, ...] = ()
        while True:
            position = self.blank(position, newlines=True)
            if position >= len(self.text):
                return
            if self.text[position] == "[":
                table, position = self.header(position)
            else:
                position = self.pair(position, table)

    def header(self, position: int) -> tuple[tuple[str | int, ...], int]:
        start = position
        double = self.text.startswith("[[", position)
        position += 2 if double else 1
        parts, position = self.dotted(position)
        end = self.text.find("]", position) + (2 if double else 1)
        path: tuple[str | int, ...] = ()
        for index, (name, offset, length) in enumerate(parts):
            path = (*path, name)
            self.keys.setdefault(path, (offset, length))
            last = index == len(parts) - 1
            if last and double:
                number = self.arrays.get(path, -1) + 1
                self.arrays[path] = number
                self.values.setdefault(path, (start, end - start))
                path = (*path, number)
                self.values[path] = (start, end - start)
            elif path in self.arrays:
                path = (*path, self.arrays[path])
        self.values.setdefault(path, (start, end - start))
        return path, end

    def pair(self, position: int, table: tuple[str | int, ...]) -> int:
        parts, position = self.dotted(position)
        path = table
        for name, offset, length in parts:
            path = (*path, name)
            self.keys.setdefault(path, (offset, length))
        position = self.blank(self.text.index("=", position) + 1)
        return self.item(position, path)

    def dotted(self, position: int) -> tuple[list[tuple[str, int, int]], int]:
        parts = []
        while True:
            position = self.blank(position)
            start = position
            if self.text[position] in "\"'":
                position = self.string(position)
                name = self.unquoted(self.text[start:position])
            else:
                while position < len(self.text) and self.text[position] in _BARE:
                    position += 1
                name = self.text[start:position]
            parts.append((name, start, position - start))
            position = self.blank(position)
            if position >= len(self.text) or self.text[position] != ".":
                return parts, position
            position += 1

    def unquoted(self, quoted: str) -> str:
        if "\\" not in quoted or quoted[0] == "'":
            return quoted[1:-1]
        import tomllib

        return str(tomllib.loads(f"x = {quoted}")["x"])

    def item(self, position: int, path: tuple[str | int, ...]) -> int:
        start = position
        letter = self.text[position]
        if letter in "\"'":
            position = self.string(position)
        elif letter == "[":
            position = self.sequence(position, path)
        elif letter == "{":
            position = self.table(position, path)
        else:
            while position < len(self.text) and self.text[position] not in ",]}\n#":
                position += 1
            position = start + len(self.text[start:position].rstrip())
        self.values[path] = (start, position - start)
        return position

    def sequence(self, position: int, path: tuple[str | int, ...]) -> int:
        number = 0
        position += 1
        while True:
            position = self.blank(position, newlines=True)
            if self.text[position] == "]":
                return position + 1
            if self.text[position] == ",":
                position += 1
                continue
            position = self.item(position, (*path, number))
            number += 1

    def table(self, position: int, path: tuple[str | int, ...]) -> int:
        position += 1
        while True:
            position = self.blank(position, newlines=True)
            if self.text[position] == "}":
                return position + 1
            if self.text[position] == ",":
                position += 1
                continue
            position = self.pair(position, path)

    def string(self, position: int) -> int:
        quote = self.text[position]
        if self.text.startswith(quote * 3, position):
            end = position + 3
            while not self.text.startswith(quote * 3, end):
                end += 2 if quote == '"' and self.text[end] == "\\" else 1
            end += 3
            while self.text.startswith(quote, end):  # up to two quotes may end the content
                end += 1
            return end
        end = position + 1
        while self.text[end] != quote:
            end += 2 if quote == '"' and self.text[end] == "\\" else 1
        return end + 1

    def blank(self, position: int, *, newlines: bool = False) -> int:
        while position < len(self.text):
            letter = self.text[position]
            if letter in " \t" or (newlines and letter in "\r\n"):
                position += 1
            elif letter == "#" and newlines:
                end = self.text.find("\n", position)
                position = end if end >= 0 else len(self.text)
            else:
                return position
        return position
