"""When an earlier resolution may stand for a new one.

Owns the identity of a request: everything that the answer depends on besides index pages. Two
requests with the same identity and the same pages have the same answer.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weft.core.distribution import File, InstalledDist
    from weft.core.requirement import Requirement
    from weft.fetch.selection import Rules
    from weft.fetch.trace import Traced
    from weft.index.locations import Locations
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants
    from weft.resolver.answer import Resolution


def request_key(
    settings: Settings,
    wants: Wants,
    *,
    judged: Judged,
    named: Callable[[], Sequence[Requirement]],
    kept: Mapping[str, InstalledDist],
    places: Locations,
) -> str | None:
    """32 hex digits that stand for the request; None for one that has to be solved anew.

    That is one with files or directories of its own (find-links, paths, URLs), with several
    indexes, with a limit of age, with `--refresh`, or where reuse is turned off.
    """
    if not settings.reuse_resolutions or settings.refresh or settings.refresh_package:
        return None
    if _moves(settings):
        return None
    if (
        wants.direct
        or wants.indexes
        or any(limit.url for limit in (*wants.constraints, *wants.overrides))
        or places.no_index
        or places.find_links
        or len(places.indexes) != 1
    ):
        return None
    index = places.indexes[0]
    if index.explicit or index.format != "simple" or index.url.startswith("file:"):
        return None
    from weft import __version__
    from weft.core.digest import quick_digest

    parts: list[object] = [
        __version__, index.url, judged.python, sorted(judged.environment.items()), judged.tags,
        wants.plain or _texts(named()), _texts(wants.constraints), _texts(wants.overrides),
        sorted(wants.excludes),
        sorted((name, sorted(allowed)) for name, allowed in wants.hashes.items()),
        wants.options, settings.upgrade, settings.upgrade_package, settings.resolution,
        settings.prerelease, settings.prerelease_package, settings.no_deps, settings.no_binary,
        settings.no_binary_package, settings.no_build, settings.no_build_package,
        settings.exclude_newer, settings.exclude_newer_package, settings.dependency_metadata,
        [(each.url, each.exclude_newer) for each in settings.index],
        sorted(wants.preferences.items()),
        sorted((name, *_identity(dist)) for name, dist in kept.items()),
    ]  # fmt: skip
    return quick_digest(repr(parts))


def open_ledger(session: Session, rules: Rules, further: object = None) -> bool:
    """Whether choices between files under these rules are kept from run to run.

    Not those that depend on what the next run has not: the moment, or the hashes of a file.
    `further` is what the rules depend on besides their values.
    """
    if rules.hashes or _moves(session.context.settings):
        return False
    from weft import __version__
    from weft.core.digest import quick_digest

    parts = [__version__, ",".join(rules.supported.tags), rules.python.text, rules.any_python]
    parts.append(further)
    for names in (rules.no_binary, rules.no_build):
        parts += [names.everything, sorted(names.names)]
    for limits in (rules.cutoffs, rules.index_cutoffs):
        parts.append(sorted(limits.items()) if limits else None)
    parts.append(rules.cutoff)
    return session.client().open_ledger(quick_digest(repr(parts)))


def recalled(context: Context, session: Session, key: str | None) -> Traced | None:
    """The remembered answer to a request, if there is one that still holds."""
    session.traces.append(key or "")
    if key is None:
        return None
    from weft.fetch.trace import recall

    return recall(session.store, key, now=context.now, offline=context.settings.offline)


def keep(
    context: Context,
    session: Session,
    key: str | None,
    resolution: Resolution,
    files: Mapping[str, File | None],
    *,
    pages: Iterable[tuple[str, int]] | None,
) -> None:
    """Remember an answer to a request with a key, if it is known which pages it was made from."""
    if key is not None and pages is not None:
        from weft.fetch.trace import remember

        remember(
            session.store,
            key,
            resolution=resolution,
            files=files,
            pages=pages,
            started=context.now,
        )


def _texts(requirements: Iterable[Requirement]) -> list[str]:
    return [requirement.text for requirement in requirements]


def _identity(dist: InstalledDist) -> tuple[object, ...]:
    """Version and METADATA of an installed distribution; what that requires nobody promised.

    It may have been built here, or edited, and differ from what others have of that version.
    """
    from weft.system.lean import os

    try:
        found = os.stat(f"{dist.path}/METADATA")
    except OSError:
        return (dist.version, None)
    return (dist.version, found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev)


def _moves(settings: Settings) -> bool:
    """Whether a limit of age is a duration, which means another date each second."""
    texts = [settings.exclude_newer, *(text for _, text in settings.exclude_newer_package)]
    texts += [each.exclude_newer for each in settings.index]
    given = [text for text in texts if text]
    if not given:
        return False
    from weft.core.dates import parse_cutoff

    return any(parse_cutoff(text, 0) != parse_cutoff(text, 1) for text in given)
