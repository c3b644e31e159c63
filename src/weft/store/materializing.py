"""Turning an environment's symbolic links into the store into files of its own.

Owns the walk through one environment and the change of each link: the file is made beside it, and
one rename puts it in the link's place, so that a program which imports meanwhile finds either.
Killed at any moment, the rest is done by doing it again. Refuses to follow links, and to touch
those that lead elsewhere. The caller holds the store's exclusive lock.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.link.modes import MODES, Pair
from weft.link.route import CLONE, COPY
from weft.store.layout import Bucket
from weft.store.roots import replace_mode
from weft.system.files import random_name
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.link.route import RealMode
    from weft.store.roots import Root
    from weft.store.store import Store

_UNFINISHED = ".weft-materialize-"


def materialize(root: Root, stores: Sequence[Store], entries: frozenset[str]) -> int:
    """Make files of all links of an environment into `entries`; how many there were.

    Raises SystemFailure (a full disk); then the other links still are links.
    """
    bases = tuple(_bases(stores))
    made = 0
    modes: dict[RealMode, int] = {}
    for directory, names in _links(root.path):
        for name in names:
            path = os.path.join(directory, name)
            source = _source(path, bases, entries)
            if source is not None:
                mode = _replace(source, directory, name)
                modes[mode] = modes.get(mode, 0) + 1
                made += 1
    # An environment whose links are gone already (uninstalled by others) needs nothing more.
    mode = max(modes, key=modes.__getitem__, default=COPY)
    replace_mode(stores[0].records, root, root.symlinked & entries, mode)
    return made


def _bases(stores: Iterable[Store]) -> Iterable[str]:
    """How the paths of links into the stores may begin."""
    for store in stores:
        path = store.path(Bucket.ENTRIES)
        yield path + os.sep
        if (real := os.path.realpath(path)) != path:
            yield real + os.sep


def _links(directory: str) -> Iterable[tuple[str, list[str]]]:
    """(directory, names of symbolic links) below a directory; leftovers of a kill are removed."""
    pending = [directory]
    while pending:
        directory = pending.pop()
        links = []
        try:
            with os.scandir(directory) as found:
                for entry in found:
                    if entry.is_symlink():
                        links.append(entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif entry.name.startswith(_UNFINISHED):
                        os.unlink(entry.path)
        except OSError as error:
            raise SystemFailure("read directory", directory, error) from OsCause(error)
        if links:
            yield directory, links


def _source(path: str, bases: tuple[str, ...], entries: frozenset[str]) -> str | None:
    """The file of the store that a link leads to, if it is there, and in one of `entries`."""
    try:
        target = os.readlink(path)
    except OSError:
        return None
    for base in bases:
        if target.startswith(base):
            _, entry, *_ = [*target[len(base) :].split(os.sep), ""]
            return target if entry in entries and os.path.exists(target) else None
    return None


def _replace(source: str, directory: str, name: str) -> RealMode:
    """Put a file in the place of a link; the mode in which it was made."""
    pair: Pair | None = None
    temporary = os.fsencode(random_name(_UNFINISHED))
    parent, original = os.path.split(os.fsencode(source))
    try:
        pair = Pair(parent, os.fsencode(directory))
        mode: RealMode = CLONE
        try:
            MODES[CLONE](pair, original, temporary)
        except OSError:
            mode = COPY
            MODES[COPY](pair, original, temporary)
        os.replace(
            pair.target_name(temporary),
            pair.target_name(os.fsencode(name)),
            src_dir_fd=pair.target,
            dst_dir_fd=pair.target,
        )
    except OSError as error:
        path = os.path.join(directory, name)
        raise SystemFailure("write", path, error) from OsCause(error)
    finally:
        if pair is not None:
            pair.close()
    return mode
