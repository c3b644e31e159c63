"""What must change in an environment: wanted, installed and cached distributions in, a plan out.

Owns the decisions to keep, remove, replace, link and fetch. Refuses to touch disk or network: the
plan is data that can be printed (`--dry-run`), tested, then carried out. Pure.
Follows uv's rules for when an installed distribution satisfies a wanted one.
"""

from __future__ import annotations

from weft.core.events import Change
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.distribution import CachedWheel, DirectUrl, InstalledDist, Vcs
    from weft.core.events import ChangeKind
    from weft.core.names import NormalizedName


@value
class Wanted:
    """One distribution of a resolution.

    `direct_url` is None for one from an index. `cache_info` is the state of a local source as it
    is now, `build_info` what a build would be made with; None where that does not count.
    """

    name: NormalizedName
    version: str
    direct_url: DirectUrl | None = None
    cache_info: bytes | None = None
    build_info: bytes | None = None


@value
class Present:
    """One installed distribution.

    `direct_url` is what it was installed from, None for an index. `compatible` is false where the
    tags of its wheel do not fit the interpreter (an environment copied from another Python).
    `cache_info` and `build_info` are the contents of its `uv_cache.json` and `uv_build.json`.
    """

    dist: InstalledDist
    direct_url: DirectUrl | None = None
    compatible: bool = True
    cache_info: bytes | None = None
    build_info: bytes | None = None


@value
class PlanOptions:
    """`exact` removes what is not wanted, except the names in `seeds`.

    `strict_sources` demands that a distribution wanted from an index was installed from one.
    """

    reinstall: bool = False
    reinstall_packages: frozenset[str] = frozenset()
    exact: bool = False
    seeds: frozenset[str] = frozenset()
    strict_sources: bool = False


@value
class Plan:
    """All tuples ascend by name.

    `keep` stays as it is. `replace` goes before its successor comes; `remove` goes for good.
    `link` and `fetch` together are what comes: out of the store, or from elsewhere first.
    """

    keep: tuple[InstalledDist, ...]
    remove: tuple[InstalledDist, ...]
    replace: tuple[InstalledDist, ...]
    link: tuple[tuple[Wanted, CachedWheel], ...]
    fetch: tuple[Wanted, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.remove or self.replace or self.link or self.fetch)


def make_plan(
    wanted: Sequence[Wanted],
    installed: Sequence[Present],
    cached: Mapping[NormalizedName, CachedWheel],
    options: PlanOptions,
) -> Plan:
    """Decide for each name; `cached` holds usable wheels of exactly the wanted versions.

    A name that is installed twice, or not completely, is replaced.
    """
    by_name: dict[NormalizedName, list[Present]] = {}
    for present in installed:
        by_name.setdefault(present.dist.name, []).append(present)
    keep: list[InstalledDist] = []
    replace: list[InstalledDist] = []
    link: list[tuple[Wanted, CachedWheel]] = []
    fetch: list[Wanted] = []
    for item in sorted(wanted, key=lambda item: item.name):
        here = by_name.pop(item.name, [])
        if len(here) == 1 and is_satisfied(here[0], item, options):
            keep.append(here[0].dist)
            continue
        replace += [present.dist for present in here]
        wheel = cached.get(item.name)
        if wheel is None:
            fetch.append(item)
        else:
            link.append((item, wheel))
    others = [present.dist for name in sorted(by_name) for present in by_name[name]]
    remove = [dist for dist in others if options.exact and dist.name not in options.seeds]
    return Plan(tuple(keep), tuple(remove), tuple(replace), tuple(link), tuple(fetch))


def is_satisfied(present: Present, wanted: Wanted, options: PlanOptions) -> bool:
    """Whether an installed distribution can stay for a wanted one."""
    if options.reinstall or wanted.name in options.reinstall_packages:
        return False
    dist = present.dist
    if not dist.complete or not present.compatible:
        return False
    if not _same_version(dist.version, wanted.version):
        return False
    if wanted.build_info is not None:
        from weft.core.build_info import is_same_build

        if not is_same_build(present.build_info, wanted.build_info):
            return False
    if wanted.direct_url is None:
        return present.direct_url is None or not options.strict_sources
    if wanted.cache_info is not None:
        from weft.core.cache_info import is_current

        if not is_current(present.cache_info, wanted.cache_info):
            return False
    return same_source(present.direct_url, wanted.direct_url)


def _same_version(installed: str, wanted: str) -> bool:
    """Some tools name directories after versions in another spelling (`1.0.0-1`)."""
    if installed == wanted:
        return True
    from weft.core.version import version_key

    key = version_key(installed)
    return key is not None and key == version_key(wanted)


def same_source(installed: DirectUrl | None, wanted: DirectUrl) -> bool:
    """Hashes and what only the record knows do not count; the place and its kind do."""
    if installed is None:
        return False
    return (
        canonical_url(installed.url) == canonical_url(wanted.url)
        and installed.kind == wanted.kind
        and installed.editable == wanted.editable
        and (installed.subdirectory or "") == (wanted.subdirectory or "")
        and _same_commit(installed.vcs, wanted.vcs)
    )


def _same_commit(installed: Vcs | None, wanted: Vcs | None) -> bool:
    """Whatever branch or tag was asked for: the code is the same."""
    if wanted is None or installed is None:
        return installed is wanted
    return (installed.system, installed.commit, installed.lfs) == (
        wanted.system,
        wanted.commit,
        wanted.lfs,
    )


def canonical_url(url: str) -> str:
    """Without credentials, fragment, a slash at the end and `.git`."""
    url = url.partition("#")[0]
    scheme, separator, rest = url.partition("://")
    if separator:
        host, slash, path = rest.partition("/")
        url = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return url.rstrip("/").removesuffix(".git")


def changes(
    removed: Sequence[tuple[str, str, str]], added: Sequence[tuple[str, str, str]]
) -> tuple[Change, ...]:
    """The change lines for `(name, version, origin)` rows: by name, removed before added.

    The same name, version and origin on both sides is one line, `reinstalled`.
    """
    gone, come = frozenset(removed), frozenset(added)
    lines = [Change("removed", *row) for row in dict.fromkeys(removed) if row not in come]
    for row in added:
        kind: ChangeKind = "reinstalled" if row in gone else "added"
        lines.append(Change(kind, *row))
    lines.sort(key=lambda change: (change.name, change.kind != "removed", change.version))
    return tuple(lines)
