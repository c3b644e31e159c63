"""Whether a lock is still right, told without the network.

Owns the comparison of a `uv.lock` with what a project says now, and the reason in one sentence.
Refuses to read anything: the caller says what would be written today.
Follows uv in what counts, and in how much of an outdated lock is still of use.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from weft.lock.uvmodel import UvCutoff, UvLock, UvMetadata, UvPackage, UvRequirement, UvSource

LOCAL = ("path", "directory", "editable", "virtual")


@value
class Check:
    """`reason` is why a lock does not stand, empty where it does.

    `usable` tells whether its versions are still to be preferred, `forks` whether its regions are
    still to be solved for. `notice` is a sentence for people.
    """

    reason: str
    usable: bool = True
    forks: bool = True
    notice: str = ""

    @property
    def stands(self) -> bool:
        return not self.reason


@value
class Local:
    """What a tree says now; `version` is empty where only a build tells."""

    version: str
    metadata: UvMetadata
    flattened: tuple[UvRequirement, ...] | None = None


@value
class Wanted:
    """What the lock would say today, without its packages.

    `plain` has all but the packages. `members` are the sources of the members by name. `indexes`
    are the sources that may be used, None for any. `python` are the Pythons of the project.
    """

    plain: UvLock
    members: tuple[tuple[str, UvSource], ...]
    python: MarkerSet
    environments: MarkerSet = MarkerSet.TRUE
    indexes: frozenset[str] | None = None
    upgrade: bool = False
    upgrade_some: bool = False
    refresh: bool = False


def check(lock: UvLock, wanted: Wanted, local: Callable[[UvPackage], Local | None]) -> Check:
    """The first thing that is different; `local` reads what lies on this machine, or None."""
    for verdict in _options(lock, wanted):
        return verdict
    for verdict in _regions(lock, wanted):
        return verdict
    old, new = lock.options, wanted.plain.options
    if old.prerelease_mode != new.prerelease_mode:
        was, now = (each.prerelease_mode or "if-necessary" for each in (old, new))
        what = f"change in pre-release mode: `{was}` vs. `{now}`"
        return Check(what, notice=f"Resolving despite existing lockfile due to {what}")
    if old.prerelease_package != new.prerelease_package:
        return Check("change in package-specific pre-release modes")
    if wanted.upgrade_some:
        return Check("`--upgrade-package` or `--upgrade-group`")
    if wanted.refresh:
        return Check("`--refresh`")
    for reason in _manifest(lock, wanted):
        return Check(reason)
    for reason in _packages(lock, wanted, local):
        return Check(reason)
    return Check("")


def _options(lock: UvLock, wanted: Wanted) -> Iterator[Check]:
    """What makes a lock useless, and the limits of age."""
    old, new = lock.options, wanted.plain.options
    for what, was, now in (
        ("resolution mode", old.resolution_mode or "highest", new.resolution_mode or "highest"),
        (
            "fork strategy",
            old.fork_strategy or "requires-python",
            new.fork_strategy or "requires-python",
        ),
    ):
        if was != now:
            reason = f"change in {what}: `{was}` vs. `{now}`"
            notice = f"Ignoring existing lockfile due to {reason}"
            yield Check(reason, usable=False, forks=False, notice=notice)
    reason = _age(lock, wanted)
    if reason:
        yield Check(reason, notice=f"Resolving despite existing lockfile due to {reason}")
    if wanted.upgrade:
        yield Check("`--upgrade`", usable=False, forks=False)


def _age(lock: UvLock, wanted: Wanted) -> str:
    """How the limits of age differ; one that nothing in the lock is too young for is none."""
    old, new = lock.options.exclude_newer, wanted.plain.options.exclude_newer
    if new is None and old is not None:
        return "removal of global exclude newer"
    if old is None and new is not None:
        return f"addition of global exclude newer {new.span or new.moment}"
    if old is not None and new is not None:
        reason = _moved(old, new)
        timed = reason.startswith("change of exclude newer timestamp")
        if reason and not (timed and _all_before(lock, new.moment)):
            return reason
    before = dict(lock.options.exclude_newer_package)
    after = dict(wanted.plain.options.exclude_newer_package)
    present = {package.name for package in lock.packages}
    for name in sorted({*before, *after}):
        reason = _age_of_package(name, before, after, present)
        if reason:
            return f"{reason} for package `{name}`"
    return ""


def _age_of_package(
    name: str,
    before: Mapping[str, UvCutoff | None],
    after: Mapping[str, UvCutoff | None],
    present: set[str],
) -> str:
    new = after.get(name)
    if name not in after:
        return "removal of exclude newer"
    if new is None or (name not in before and name not in present):
        return ""
    shown = new.span or new.moment
    if name not in before:
        return f"addition of exclude newer `{shown}`"
    old = before[name]
    return f"remove exclude newer exclusion (now `{shown}`)" if old is None else _moved(old, new)


def _moved(old: UvCutoff, new: UvCutoff) -> str:
    """How a limit became another one; a later one excludes nothing that was there."""
    if old.span != new.span:
        if not new.span:
            return "removal of exclude newer span"
        if not old.span:
            return f"addition of exclude newer span `{new.span}`"
        return f"change of exclude newer span from `{old.span}` to `{new.span}`"
    if new.moment < old.moment:
        return f"change of exclude newer timestamp from `{old.moment}` to `{new.moment}`"
    return ""


def _all_before(lock: UvLock, moment: str) -> bool:
    """Whether every file of the lock is older; what tells no time may be younger."""
    from weft.core.dates import parse_upload_time

    limit = parse_upload_time(moment)
    for package in lock.packages:
        if package.source.kind != "registry":
            continue
        files = [*package.wheels, *([package.sdist] if package.sdist is not None else [])]
        for file in files:
            uploaded = parse_upload_time(file.upload_time) if file.upload_time else None
            if uploaded is None or limit is None or uploaded >= limit:
                return False
    return True


def _regions(lock: UvLock, wanted: Wanted) -> Iterator[Check]:
    """What makes the regions useless."""
    plain = wanted.plain
    covered = MarkerSet.FALSE if lock.resolution_markers else MarkerSet.TRUE
    for text in lock.resolution_markers:
        covered |= MarkerSet.parse(text).without_extras()
    if not (wanted.python & wanted.environments).is_subset(covered) and (
        lock.requires_python == plain.requires_python
        and lock.supported_markers == plain.supported_markers
    ):
        reason = "fork markers not covering the supported environments"
        notice = (
            f"Resolving despite existing lockfile due to {reason}: "
            f"`{covered.text}` vs `{(wanted.python & wanted.environments).text or 'true'}`"
        )
        yield Check(reason, forks=False, notice=notice)
    if covered.is_disjoint(wanted.python):
        reason = "fork markers being disjoint with `requires-python`"
        yield Check(
            reason, forks=False, notice=f"Resolving despite existing lockfile due to {reason}"
        )
    if lock.requires_python != plain.requires_python:
        reason = (
            f"change in Python requirement: `{lock.requires_python}` vs. `{plain.requires_python}`"
        )
        yield Check(reason, forks=not lock.resolution_markers)
    for what, was, now in (
        ("supported environments", lock.supported_markers, plain.supported_markers),
        ("required environments", lock.required_markers, plain.required_markers),
        ("conflicting groups", lock.conflicts, plain.conflicts),
    ):
        if was != now:
            yield Check(f"change in {what}", forks=False)


def _manifest(lock: UvLock, wanted: Wanted) -> Iterator[str]:
    """What the resolution starts from."""
    old, new = lock.manifest, wanted.plain.manifest
    if old.members != new.members:
        yield "mismatched members"
    packages: dict[str, list[UvPackage]] = {}
    for package in lock.packages:
        packages.setdefault(package.name, []).append(package)
    for name, source in wanted.members:
        found = packages.get(name, [])
        if len(found) != 1:
            yield f"missing root package: `{name}`"
        elif found[0].source != source:
            yield f"mismatched source: `{name}`"
    present = set(packages)
    for what, was, now in (
        ("requirements", old.requirements, new.requirements),
        ("constraints", old.constraints, _relevant(old.constraints, new.constraints, present)),
        ("overrides", old.overrides, _relevant(old.overrides, new.overrides, present)),
        (
            "excludes",
            old.excludes,
            tuple([each for each in new.excludes if each in present or each in old.excludes]),
        ),
        ("build constraints", old.build_constraints, new.build_constraints),
        (
            "static metadata",
            old.dependency_metadata,
            tuple(
                [
                    each
                    for each in new.dependency_metadata
                    if each.name in present or each in old.dependency_metadata
                ]
            ),
        ),
    ):
        if was != now:
            yield f"mismatched {what}"
    filled = [group for group in new.dependency_groups if group[1]]
    if [group for group in old.dependency_groups if group[1]] != filled:
        yield "mismatched dependency groups"
    if lock.revision >= 5 and old.default_groups != new.default_groups:
        yield "mismatched default groups"
    if lock.revision >= 5 and old.group_pythons != new.group_pythons:
        yield "mismatched Pythons of dependency groups"


def _relevant(
    old: tuple[UvRequirement, ...], new: tuple[UvRequirement, ...], present: set[str]
) -> tuple[UvRequirement, ...]:
    """The limits that count: new ones on what the lock does not have change nothing."""
    return tuple([each for each in new if each.name in present or each in old])


def _packages(
    lock: UvLock, wanted: Wanted, local: Callable[[UvPackage], Local | None]
) -> Iterator[str]:
    """What is said by trees on this machine, and where the rest is from."""
    by_name: dict[str, list[UvPackage]] = {}
    for package in lock.packages:
        by_name.setdefault(package.name, []).append(package)
    indexes = None if wanted.indexes is None else set(wanted.indexes)
    if indexes is not None:
        for package in lock.packages:
            listed = [*package.metadata.requires_dist]
            for _, rows in package.metadata.requires_dev:
                listed += rows
            indexes.update([each.index for each in listed if each.index])
    for package in lock.packages:
        source = package.source
        if source.kind == "registry":
            if indexes is not None and source.location not in indexes:
                kind = "remote" if "://" in source.location else "local"
                yield (
                    f"missing {kind} index: `{package.name}` `{package.version}` from "
                    f"`{source.location}`"
                )
        elif source.kind in LOCAL:
            reason = _local(package, local(package), groups=lock.revision >= 5)
            if reason:
                yield reason


def _local(package: UvPackage, now: Local | None, *, groups: bool) -> str:
    """What is different; `groups` tells whether the lock would name default groups."""
    shown = f"`{package.name}=={package.version}`" if package.version else f"`{package.name}`"
    if now is None:
        return f"missing source tree: {shown}"
    if bool(package.version) != bool(now.version):
        kind = "static" if now.version else "dynamic"
        return f"mismatched version: {shown} (it has become {kind})"
    if package.version != now.version:
        return f"mismatched version: {shown} (expected: `{now.version}`)"
    old, new = package.metadata, now.metadata
    if groups and old.default_groups != new.default_groups:
        return f"mismatched default groups for: {shown}"
    if groups and old.group_pythons != new.group_pythons:
        return f"mismatched Pythons of dependency groups for: {shown}"
    if sorted(old.provides_extras) != sorted(new.provides_extras):
        return f"mismatched extras for: {shown}"
    if old.requires_dist not in (new.requires_dist, now.flattened):
        names = _changed(old.requires_dist, new.requires_dist)
        return f"mismatched requirements for: {shown}{names}"
    if old.requires_dev != new.requires_dev:
        before, after = (
            [row for _, rows in each.requires_dev for row in rows] for each in (old, new)
        )
        return f"mismatched dependency groups for: {shown}{_changed(before, after)}"
    return ""


def _changed(old: Iterable[UvRequirement], new: Iterable[UvRequirement]) -> str:
    """The names of what is not required the same way any more, in brackets."""
    names = sorted({each.name for each in set(old) ^ set(new)})
    shown = ", ".join([f"`{name}`" for name in names])
    return f" ({shown})" if names else ""
