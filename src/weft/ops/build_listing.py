"""What `weft build --list` shows: the members of an archive, and the files they come from.

Owns telling what of an archive is a file of the source tree, by content, and what was generated.
Refuses to know how back ends choose files: the archive was really built.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def listing(archive: str, tree: str) -> list[str]:
    """Lines for people: a heading, then each member with its origin."""
    from weft.system.lean import os

    lines = [f"Building {os.path.basename(archive)} will include the following files:"]
    origins = _Origins(tree)
    for name, data in _members(archive):
        lines.append(f"{name} ({origins.of(name, data) or 'generated'})")
    return lines


def _members(archive: str) -> Iterator[tuple[str, bytes]]:
    """Plain files, in the order of the archive."""
    if archive.endswith((".whl", ".zip")):
        import zipfile

        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if not name.endswith("/"):
                    yield name, opened.read(name)
        return
    import tarfile

    with tarfile.open(archive) as packed:
        for member in packed:
            file = packed.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name, file.read()


class _Origins:
    """Finds the file of a tree that a member is a copy of: same bytes, most alike in its path."""

    def __init__(self, tree: str) -> None:
        self._tree = tree
        self._paths: dict[str, list[str]] = {}

    def of(self, name: str, data: bytes) -> str:
        """Relative to the tree; "" for what no file of it equals."""
        from weft.system.lean import os

        wanted = name.split("/")
        found = [
            path
            for path in self._named(wanted[-1])
            if os.path.getsize(os.path.join(self._tree, path)) == len(data)
            and _read(os.path.join(self._tree, path)) == data
        ]
        return max(found, key=lambda path: _common_end(path.split("/"), wanted), default="")

    def _named(self, name: str) -> list[str]:
        """Files of the tree with this name, or this name less `.orig`."""
        if not self._paths:
            self._read_tree()
        return [*self._paths.get(name, ()), *self._paths.get(name.removesuffix(".orig"), ())]

    def _read_tree(self) -> None:
        from weft.system.lean import os

        for directory, names, files in os.walk(self._tree):
            names[:] = sorted(
                name for name in names if name not in (".git", ".venv", "__pycache__")
            )
            for name in sorted(files):
                path = os.path.relpath(os.path.join(directory, name), self._tree)
                if os.path.isfile(os.path.join(directory, name)):
                    self._paths.setdefault(name, []).append(path)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _common_end(one: list[str], two: list[str]) -> int:
    count = 0
    for left, right in zip(reversed(one), reversed(two), strict=False):
        if left != right:
            break
        count += 1
    return count
