"""What may have been meant by the name of a package that no index has.

Owns the hint, and which names are looked at: those whose pages the cache has, and those of the
lock near the working directory. Refuses to ask an index for names, and to suggest what this machine
has never met: a name that looks right may be somebody's trap.
"""

from __future__ import annotations

from weft.resolver.proof import NoneAvailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.fetch.database import Database
    from weft.ops.context import Context
    from weft.resolver.report import NoSolution


def name_hints(error: NoSolution, source: Database, context: Context) -> Iterator[str]:
    """A question for each name that is not there and is like one that is known."""
    from weft.fetch.projects import Project
    from weft.ops.known_names import did_you_mean

    known: list[str] = []
    asked: set[str] = set()
    for fact in error.statements:
        if not isinstance(fact, NoneAvailable):
            continue
        name = error.packages[fact.package]
        if name in asked or " " in name or isinstance(source.project(name), Project):
            continue
        asked.add(name)
        known = known or _known(context)
        yield from did_you_mean(name, known, why=f" in place of `{name}`")


def _known(context: Context) -> list[str]:
    from weft.ops.known_names import cached_names, nearest_locked_names
    from weft.ops.session import store_root
    from weft.system.lean import os

    found = set(cached_names(store_root(context)))
    locked = nearest_locked_names(os.path.join(context.cwd, context.settings.project or ""))
    return [*found, *(name for name, _ in locked)]
