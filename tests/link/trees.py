"""Trees of a store for the linker's tests, and what became of them.

Owns `Entry`, a small sealed tree with the job that spreads it. Refuses the store's own manifest:
the linker is tested without the room above it.
"""

from __future__ import annotations

import os
from pathlib import Path

from weft.link.tree import LinkJob

MTIME_NS = 1_500_000_000_123_456_000

Content = dict[str, bytes]

SMALL: Content = {
    "pkg/__init__.py": b"",
    "pkg/module.py": b"x = 1\n" * 100,
    "pkg/sub/data.bin": bytes(range(256)) * 64,
    "pkg/sub/tool": b"#!/bin/sh\n",
    "pkg-1.0.dist-info/METADATA": b"Name: pkg\n",
}


class Entry:
    """One tree in a store: files 0444, those named `tool` 0555, all of one old date."""

    def __init__(self, store: Path, content: Content = SMALL, *, name: str = "entry") -> None:
        self.tree = store / name / "tree"
        self.content = content
        for path, data in content.items():
            file = self.tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o555 if file.name == "tool" else 0o444)
            os.utime(file, ns=(MTIME_NS, MTIME_NS))

    def job(self, target: Path) -> LinkJob:
        """All of the tree, to go below `target`."""
        directories: dict[bytes, None] = {os.fsencode(target): None}
        groups: dict[bytes, tuple[list[bytes], list[tuple[bytes, int]]]] = {}
        for path, data in self.content.items():
            source, _, name = os.fsencode(path).rpartition(b"/")
            parts = source.split(b"/") if source else []
            for depth in range(len(parts)):
                directories[os.path.join(os.fsencode(target), *parts[: depth + 1])] = None
            names, empties = groups.setdefault(source, ([], []))
            if data:
                names.append(name)
            else:
                empties.append((name, 0o666))
        return LinkJob(
            tree=str(self.tree),
            groups=tuple(
                (source, os.path.join(os.fsencode(target), source), tuple(names), tuple(empties))
                for source, (names, empties) in groups.items()
            ),
            files=len(self.content),
            bytes=sum(map(len, self.content.values())),
            directories=tuple(directories),
        )

    def assert_spread(self, target: Path) -> None:
        """Every file is below `target` with its content and time, and nothing else is."""
        found = {
            str(file.relative_to(target)): file.read_bytes()
            for file in target.rglob("*")
            if not file.is_dir()
        }
        assert found == self.content
        for path in self.content:
            assert (target / path).stat().st_mtime_ns == MTIME_NS


def many(files: int) -> Content:
    """`files` small files in directories of twenty, every tenth one empty."""
    return {
        f"pkg/d{number // 20}/f{number}.py": b"" if number % 10 == 0 else b"%d\n" % number
        for number in range(files)
    }
