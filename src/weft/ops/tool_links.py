"""The executables of tools: which there are, whose they are, and links to them.

Owns the links in the directory of executables. What stands there and does not lead into the tool is
somebody else's: it is neither replaced (but by `--force`) nor removed. Refuses to look at anything
else of a tool. Follows uv; where there are no symbolic links (Windows) executables are copies, and
the receipt alone tells whose they are.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from weft.core.distribution import InstalledDist
    from weft.ops.tool_receipts import Entrypoint


class ExecutablesTaken(WeftError):
    """Files that are not the tool's stand where its executables should; `names` are theirs."""

    def __init__(self, names: Sequence[str]) -> None:
        many = len(names) > 1
        super().__init__(
            f"Executable{'s' if many else ''} already exist{'' if many else 's'}: "
            f"{', '.join(names)} (use `--force` to overwrite)"
        )
        self.names = tuple(names)


def executables(dist: InstalledDist, scripts: str) -> list[str]:
    """The file names in the directory `scripts` that a distribution has brought, sorted.

    Its RECORD tells: launchers of entry points and scripts of the wheel's own.
    """
    from weft.python.installed import record_paths

    found = set()
    for written in record_paths(dist) or ():
        path = os.path.normpath(os.path.join(dist.location, written))
        if os.path.dirname(path) == scripts:
            found.add(os.path.basename(path))
    return sorted(found)


def is_ours(path: str, root: str) -> bool:
    """Whether the link at `path` leads into the tool's directory `root`, which may be gone."""
    try:
        target = os.readlink(path)
    except OSError:
        return False
    target = os.path.normpath(os.path.join(os.path.dirname(path), target))
    if target.startswith(root.rstrip(os.sep) + os.sep):
        return True
    # The same directory may have been called by another name then.
    above = os.path.realpath(os.path.dirname(target))
    return (above + os.sep).startswith(os.path.realpath(root).rstrip(os.sep) + os.sep)


def check_free(targets: Iterable[str], root: str, *, known: frozenset[str]) -> None:
    """Raises ExecutablesTaken where somebody else's executables are at one of the paths.

    A link that leads nowhere is nobody's. `known` are the paths in the tool's receipt; where
    there are no links, they are the tool's.
    """
    taken = [
        os.path.basename(path)
        for path in targets
        if os.path.exists(path) and not is_ours(path, root) and not _is_copy(path, known)
    ]
    if taken:
        raise ExecutablesTaken(taken)


def _is_copy(path: str, known: frozenset[str]) -> bool:
    return os.name == "nt" and path in known


class Links:
    """Links that are made under other names first, and then put in their places.

    A context manager: entering it makes them, which tells whether the directory can be written to;
    what was not put is removed. Raises LinkFailure.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = [pair for pair in pairs if not is_same(*pair)]
        self._made: list[tuple[str, str, str]] = []

    def __enter__(self) -> Self:
        from weft.system.files import make_directory, random_name

        try:
            for source, target in self._pairs:
                directory = os.path.dirname(target)
                make_directory(directory)
                beside = os.path.join(directory, random_name())
                if os.name != "nt":
                    os.symlink(source, beside)
                self._made.append((source, beside, target))
        except OSError as error:
            self.__exit__()
            raise LinkFailure(target) from OsCause(error)
        except SystemFailure as error:
            raise LinkFailure(target) from error.__cause__
        return self

    def __exit__(self, *_raised: object) -> None:
        for _, beside, _ in self._made:
            try:
                os.unlink(beside)
            except OSError:
                continue  # it is in its place

    def put(self) -> None:
        """Into their places, each in one step whatever was there. Raises LinkFailure."""
        for source, beside, target in self._made:
            try:
                if os.name == "nt":
                    import shutil

                    shutil.copyfile(source, beside)
                os.replace(beside, target)
            except OSError as error:
                raise LinkFailure(target) from OsCause(error)


def is_same(source: str, target: str) -> bool:
    """Whether `target` is a link to `source` already."""
    try:
        return os.readlink(target) == source
    except OSError:
        return False


class LinkFailure(WeftError):
    """The executable at `path` could not be made."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"Failed to install executable at `{path}`",
            hints=(
                "Set `WEFT_TOOL_BIN_DIR` to a directory that you may write to; `weft tool dir "
                "--bin` shows the present one",
            ),
        )
        self.path = path


def unlink(entries: Iterable[Entrypoint], root: str) -> list[Entrypoint]:
    """Remove the executables that are the tool's; those that were foreign are returned.

    Raises SystemFailure where one cannot be removed.
    """
    foreign = []
    for entry in entries:
        path = entry.install_path
        if os.name != "nt" and os.path.lexists(path) and not is_ours(path, root):
            foreign.append(entry)
            continue
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SystemFailure("remove", path, error) from OsCause(error)
    return foreign


def sweep(directory: str, root: str) -> None:
    """Remove links in the directory of executables to what the tool in `root` no longer has.

    An upgrade that was interrupted leaves such links, which no receipt knows.
    """
    try:
        names = os.listdir(directory)
    except OSError:
        return
    inside = root.rstrip(os.sep) + os.sep
    for name in names:
        path = os.path.join(directory, name)
        try:
            if os.readlink(path).startswith(inside) and not os.path.exists(path):
                os.unlink(path)
        except OSError:
            continue  # no link, or somebody else's
