"""Environments of the cache by name: made once, and made again where they are broken.

Owns the mark of completion, which goes last, and the look whether what was made is still there. The
mark says when the directories changed last, so that a look costs a handful of `stat` calls; only
where they changed since is every file of every package looked for. Refuses to know what is in an
environment (`make` does), and where they lie (`store.environments`).

`<name>/.complete`: marshal of (FORMAT, stamps, names of the distributions).
"""

from __future__ import annotations

import marshal

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter

FORMAT = 1
MARK = ".complete"
_COMPILED = (".pyc", ".pyo")


def kept_environment(
    context: Context, session: Session, name: str, make: Callable[[str], Interpreter]
) -> Interpreter:
    """The environment of this name in the cache; `make` makes it at a path where it is missing.

    What is broken is made anew. As long as this process lives, and the program that it becomes,
    the cache keeps it. Raises what `make` raises, and LockTimeout.
    """
    from weft.store.environments import KeptEnvironment
    from weft.system.removal import remove_tree

    kept = KeptEnvironment(session.store, name)
    kept.use()
    found = _standing(context, session, kept.path)
    if found is not None:
        return found
    with kept.change(timeout=context.settings.lock_timeout):
        found = _standing(context, session, kept.path) or _restored(context, session, kept.path)
        if found is not None:
            return found
        remove_tree(kept.path)  # what is broken, or was left half made
        made = make(kept.path)
        _mark(made)
        return made


def _standing(context: Context, session: Session, prefix: str) -> Interpreter | None:
    """The environment at `prefix`, if it is as it was when it was marked."""
    mark = _read_mark(prefix)
    if mark is None:
        return None
    found = _probed(context, session, prefix)
    return found if found is not None and mark[0] == _stamps(found) else None


def _restored(context: Context, session: Session, prefix: str) -> Interpreter | None:
    """The same for one that has changed since, where nothing is missing; marked anew."""
    mark = _read_mark(prefix)
    found = _probed(context, session, prefix) if mark is not None else None
    if mark is None or found is None or not _is_whole(found, mark[1]):
        return None
    _mark(found)
    return found


def _read_mark(prefix: str) -> tuple[Any, tuple[str, ...]] | None:
    from weft.system.files import read_bytes

    data = read_bytes(os.path.join(prefix, MARK))
    if data is None:
        return None
    try:
        form, stamps, names = marshal.loads(data)
    except (ValueError, EOFError, TypeError):
        return None
    return (stamps, names) if form == FORMAT else None


def _probed(context: Context, session: Session, prefix: str) -> Interpreter | None:
    from weft.python.interpreter import probe, python_of
    from weft.python.probe import InterpreterFailure

    try:
        return probe(python_of(prefix), session.store, environ=context.environ)
    except InterpreterFailure:
        return None


def _mark(made: Interpreter) -> None:
    from weft.python.installed import scan
    from weft.system.files import write_atomic

    names = tuple(sorted(dist.name for dist in scan(made.package_directories)))
    path = os.path.join(made.prefix, MARK)
    write_atomic(path, marshal.dumps((FORMAT, _stamps(made), names)))


def _stamps(found: Interpreter) -> tuple[Any, ...]:
    from weft.install.verdict import stamp

    return tuple([stamp(path) for path in consulted(found)])


def consulted(found: Interpreter) -> tuple[str, ...]:
    """What shows, by its identity, whether somebody has changed the environment."""
    return (
        found.executable,
        os.path.join(found.prefix, "pyvenv.cfg"),
        found.schemes["scripts"],
        *found.package_directories,
    )


def _is_whole(found: Interpreter, names: tuple[str, ...]) -> bool:
    from weft.python.installed import scan

    if not os.path.isfile(os.path.join(found.prefix, "pyvenv.cfg")):
        return False
    dists = scan(found.package_directories)
    if not {dist.name for dist in dists}.issuperset(names):
        return False
    return all(dist.complete and _has_files(dist) for dist in dists)


def _has_files(dist: InstalledDist) -> bool:
    from weft.python.installed import record_paths

    paths = record_paths(dist)
    if paths is None:
        return False
    return all(
        os.path.lexists(os.path.join(dist.location, path))
        for path in paths
        if not path.endswith(_COMPILED)
    )
