"""The newest version of each project that would install in an environment.

Owns the question behind `--outdated` and `--show-sizes`. Projects that no index has are left out.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.fetch.database import Database
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.site import Site


@value
class Latest:
    """`filetype` is `wheel` or `sdist`; `sizes` are bytes of the best file by version."""

    version: str
    filetype: str
    sizes: Mapping[str, int]


def latest_versions(context: Context, site: Site, names: Sequence[str]) -> dict[str, Latest]:
    """By name, for every name that an index knows a usable version of."""
    from weft.ops.platforms import judge
    from weft.ops.session import Session

    with Session(context) as session:
        return newest(context, session, names, judge(context.settings, site.interpreter))


def newest(
    context: Context,
    session: Session,
    names: Sequence[str],
    judged: Judged,
    *,
    any_python: bool = False,
) -> dict[str, Latest]:
    """The same for whatever environment `judged` tells of; with `any_python` for other Pythons."""
    from weft.core.value import replace
    from weft.fetch.database import Database
    from weft.ops.asking import rules

    database = Database(
        session.client(),
        session.locations(),
        replace(rules(context, None, judged), any_python=any_python),
        pool=session.threads,
        offline=context.settings.offline,
    )
    database.prefetch(names)
    found = {name: _latest(database, name) for name in names}
    return {name: latest for name, latest in found.items() if latest is not None}


def _latest(database: Database, name: str) -> Latest | None:
    """The highest final version that can be used here, else the highest pre-release."""
    from weft.resolver.candidates import Missing, Usable

    versions = database.versions(name)
    if isinstance(versions, Missing):
        return None
    usable = [
        position
        for position in reversed(range(len(versions.keys)))
        if isinstance(database.candidate(name, position), Usable)
    ]
    final = [position for position in usable if not versions.prereleases >> position & 1]
    for position in (*final, *usable):
        file = database.file(name, position)
        kind = "wheel" if file is not None and file.filename.endswith(".whl") else "sdist"
        return Latest(versions.texts[position], kind, _sizes(database, name, usable))
    return None


def _sizes(database: Database, name: str, positions: Sequence[int]) -> dict[str, int]:
    versions = database.versions(name)
    sizes = {}
    for position in positions:
        file = database.file(name, position)
        if file is not None and file.size is not None:
            sizes[versions.texts[position]] = file.size  # type: ignore[union-attr]
    return sizes
