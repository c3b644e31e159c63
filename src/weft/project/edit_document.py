"""A TOML document as text that can be changed in one place.

Owns where the tables and keys of a document begin and end, comments included, and where a new
table or key goes. Everything is a splice: what is not named stays byte for byte as it was.
Refuses documents that `tomllib` has not accepted before, and to know what keys mean.
Follows TOML 1.0; new tables go where uv puts them: behind the last table of the same parent.
"""

from __future__ import annotations

from weft.project.toml_places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Path = tuple[str | int, ...]


class Pair:
    """`key = value` inside a block: its whole path, where its key begins and its value ends."""

    __slots__ = ("end", "path", "start")

    def __init__(self, path: Path, start: int, end: int) -> None:
        self.path = path
        self.start = start
        self.end = end


class Block:
    """A header and the pairs under it; the one before all headers has the empty path."""

    __slots__ = ("end", "pairs", "path", "start")

    def __init__(self, path: Path, start: int, end: int) -> None:
        self.path = path
        self.start = start
        self.end = end
        self.pairs: list[Pair] = []


class _Node:
    """A table in the order in which tables are named, not in that of their headers."""

    __slots__ = ("block", "children")

    def __init__(self) -> None:
        self.block: Block | None = None
        self.children: dict[str | int, _Node] = {}

    def child(self, path: Path) -> _Node:
        node = self
        for name in path:
            node = node.children.setdefault(name, _Node())
        return node

    def visit(self) -> Iterator[_Node]:
        yield self
        for child in self.children.values():
            yield from child.visit()


class Document(Places):
    """The scan of a text, with its blocks in the order of the text."""

    def __init__(self, text: str) -> None:
        self.blocks = [Block((), 0, 0)]
        self._tree = _Node()
        self._tree.block = self.blocks[0]
        super().__init__(text)

    def header(self, position: int) -> tuple[Path, int]:
        path, end = super().header(position)
        block = Block(path, position, end)
        self.blocks.append(block)
        self._tree.child(path).block = block
        return path, end

    def pair(self, position: int, table: Path) -> int:
        parts, _ = self.dotted(position)
        path = (*table, *(name for name, _, _ in parts))
        end = super().pair(position, table)
        block = self.blocks[-1]
        if table == block.path:  # an inline table's pairs belong to the pair that holds it
            block.pairs.append(Pair(path, position, end))
            self._tree.child(path[:-1])
        return end

    @property
    def newline(self) -> str:
        """How the text ends its lines, by its first one."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def block(self, path: Path) -> Block | None:
        """The table with this header."""
        return next((block for block in self.blocks if block.path == path), None)

    def line_end(self, position: int) -> int:
        """Behind the line break of the line that `position` is on."""
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end + 1

    def block_end(self, block: Block) -> int:
        """Behind the last line of a block; comments below it belong to what follows."""
        if block.pairs:
            return self.line_end(block.pairs[-1].end)
        return self.line_end(block.end) if block.path else 0

    def lead(self, block: Block, number: int) -> int:
        """Where the comments above the pair of that number begin."""
        if number:
            return self.line_end(block.pairs[number - 1].end)
        return self.line_end(block.end) if block.path else 0

    def behind(self, path: Path) -> Block:
        """The block that a new table of this path follows."""
        node = self._tree
        for name in path:
            if name not in node.children:
                break
            node = node.children[name]
        last = self.blocks[0]
        inside = {id(each) for each in node.visit()}
        for each in self._tree.visit():
            if each.block is not None:
                last = each.block
            inside.discard(id(each))
            if not inside:
                break
        return last

    def spliced(self, start: int, end: int, new: str) -> str:
        """The text with `new`, whose lines end in `\\n`, in place of a span."""
        text, newline = self.text, self.newline
        if new and start == len(text) and text and not text.endswith("\n"):
            new = "\n" + new
        return text[:start] + new.replace("\n", newline) + text[end:]

    def with_table(self, path: Path, lines: str, *, double: bool = False) -> str:
        """The text with a new table; `lines` end in a line break."""
        return self.with_block(self.block_end(self.behind(path)), path, lines, double=double)

    def with_block(self, at: int, path: Path, lines: str, *, double: bool = False) -> str:
        """The same with a table at a chosen place."""
        name = ".".join(str(part) for part in path)
        header = f"[[{name}]]" if double else f"[{name}]"
        return self.spliced(at, at, f"{'' if not at else chr(10)}{header}\n{lines}")

    def with_pair(self, block: Block, line: str, *, before: int | None = None) -> str:
        """The text with one more line in a block, at its end or before one of its pairs."""
        at = self.block_end(block) if before is None else self.lead(block, before)
        return self.spliced(at, at, line + "\n")

    def without_pair(self, block: Block, number: int) -> str:
        """The text without a pair, the comments above it and the one behind it."""
        end = self.line_end(block.pairs[number].end)
        return self.spliced(self.lead(block, number), end, "")

    def without_block(self, block: Block) -> str:
        """The text without a table and the comments above its header."""
        before = self.blocks[self.blocks.index(block) - 1]
        return self.spliced(self.block_end(before), self.block_end(block), "")
