"""A lock that gains or loses requirements, without a resolution.

Owns the case in which there is nothing to decide: every version that is locked still does, what is
new fits in beside it, and where a package counts does not change. Then the answer of a resolution
that prefers the locked versions is known beforehand. Refuses everything else by `Odd`, and to know
what an index has: the caller offers versions.
Follows `weft.resolver` in what a version brings, and uv, which keeps locked versions.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.value import replace, value
from weft.lock.uvmodel import LOCAL_KINDS, UvDependency

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers
    from weft.lock.uvmodel import UvLock, UvMetadata, UvPackage, UvRequirement

    Node = tuple[str, str]  # a package and one of its extras or groups, empty for itself
    Edges = dict[Node, dict[Node, MarkerSet]]
    Sections = dict[str, tuple[UvDependency, ...]]
    Rows = dict[str, tuple[UvRequirement, ...]]

_ROOT = ("", "")
_GROUP = "group:"


class Odd(Exception):
    """Something that a resolution has to look at."""


@value
class Offer:
    """A version, with all that it needs somewhere."""

    version: str
    needs: tuple[tuple[Requirement, MarkerSet], ...]


@value
class Sprout:
    """A package that is new, and where it counts."""

    name: str
    version: str
    where: MarkerSet
    edges: tuple[UvDependency, ...]


@value
class Grown:
    """What stays as it is, members with other requirements, and what is new.

    `where` tells by name where each package that stays counts.
    """

    kept: tuple[UvPackage, ...]
    members: tuple[UvPackage, ...]
    sprouts: tuple[Sprout, ...]
    where: Mapping[str, MarkerSet]


def grow(
    lock: UvLock,
    members: Mapping[str, UvMetadata],
    *,
    supported: MarkerSet,
    offer: Callable[[str, Specifiers], Offer],
) -> Grown:
    """The parts of the lock with what all its `members`, by name, require now.

    `supported` are the environments of its Pythons. `offer` gives the version of a project that
    a resolution would take if nothing else were asked of it. Raises Odd.
    """
    return _Growth(lock, supported, offer).run(members)


class _Growth:
    def __init__(
        self,
        lock: UvLock,
        supported: MarkerSet,
        offer: Callable[[str, Specifiers], Offer],
    ) -> None:
        self._supported = supported
        self._offer = offer
        self._old = {package.name: package for package in lock.packages}
        if len(self._old) < len(lock.packages):
            raise Odd
        self._members: dict[str, UvPackage] = {}
        self._offers: dict[str, Offer] = {}
        self._wishes: dict[str, list[Specifiers]] = {}
        self._touched: set[str] = set()  # what gets or loses an edge

    def run(self, members: Mapping[str, UvMetadata]) -> Grown:
        if not members.keys() <= self._old.keys():
            raise Odd
        for name, package in self._old.items():
            if (name in members) != (package.source.kind in LOCAL_KINDS):
                raise Odd
            if name not in members and package.source.kind != "registry":
                raise Odd
        for name, now in members.items():
            self._members[name] = self._changed(self._old[name], now)
        before, after = self._reached(self._old), self._reached({**self._old, **self._members})
        others = [each for name, each in self._old.items() if name not in members]
        kept = [each for each in others if (each.name, "") in after]
        for each in others:
            if (each.name, "") not in after:
                self._lose(each)
        for each in kept:
            self._check_place(each, before, after)
        return Grown(
            tuple(kept),
            tuple(self._members.values()),
            tuple(self._sprouts(after)),
            {each.name: after[each.name, ""] for each in kept},
        )

    # What members require.

    def _changed(self, package: UvPackage, now: UvMetadata) -> UvPackage:
        """A member with its new requirements and edges; what these ask for is offered."""
        was = package.metadata
        if (was.default_groups, was.group_pythons) != (now.default_groups, now.group_pythons):
            raise Odd
        before, after = _rows(was), _rows(now)
        edges = _sections(package)
        if _asks_for_more(package, edges):
            raise Odd
        for section in dict.fromkeys((*before, *after)):
            old, new = before.get(section, ()), after.get(section, ())
            if old != new:
                edges[section] = self._edges(edges.get(section, ()), old, new)
        return replace(
            package,
            metadata=now,
            dependencies=edges[""],
            dev_dependencies=tuple(
                [
                    (key[len(_GROUP) :], rows)
                    for key, rows in edges.items()
                    if rows and _is_group(key)
                ]
            ),
            optional_dependencies=tuple(
                [(key, rows) for key, rows in edges.items() if rows and key and not _is_group(key)]
            ),
        )

    def _edges(
        self,
        edges: tuple[UvDependency, ...],
        old: tuple[UvRequirement, ...],
        new: tuple[UvRequirement, ...],
    ) -> tuple[UvDependency, ...]:
        """The edges of a section whose requirements have changed."""
        before, after = _by_name(old), _by_name(new)
        found = list(edges)
        for name in dict.fromkeys((*before, *after)):
            rows = (*before.get(name, ()), *after.get(name, ()))
            if before.get(name) == after.get(name):
                continue
            mine = [edge for edge in edges if edge.name == name]
            is_plain = all(map(_is_plain_row, rows)) and all(map(_is_plain_edge, mine))
            if not is_plain or len(mine) != len(before.get(name, ())):
                raise Odd
            if len(after.get(name, ())) > 1 or len(mine) > 1:
                raise Odd
            if name not in after:
                found.remove(mine[0])
                self._touched.add(name)
                continue
            if name not in before:
                found.append(UvDependency(name))
                self._touched.add(name)
            self._ask(name, _specifiers(after[name][0].specifier))
        return tuple(found)

    # What they bring.

    def _ask(self, name: str, specifiers: Specifiers) -> None:
        """See that a package can be had, with all that it needs. Raises Odd."""
        known = self._old.get(name)
        if known is not None:
            if known.source.kind != "registry" or not _allows(specifiers, known.version):
                raise Odd
            return
        wishes = self._wishes.setdefault(name, [])
        if specifiers in wishes:
            return
        wishes.append(specifiers)
        if name in self._offers:
            # In whatever order they are met, every request has to lead to the same version.
            if self._offer(name, specifiers).version != self._offers[name].version:
                raise Odd
            return
        found = self._offers[name] = self._offer(name, specifiers)
        names = [need.name for need, _ in found.needs]
        if len(set(names)) < len(names) or name in names:
            raise Odd
        for need, _ in found.needs:
            if need.extras or need.url is not None:
                raise Odd
            self._touched.add(need.name)
            self._ask(need.name, need.specifiers)

    def _sprouts(self, after: Mapping[Node, MarkerSet]) -> list[Sprout]:
        found = []
        for name, offer in self._offers.items():
            here = after.get((name, ""))
            if here is None:
                continue
            edges = [
                UvDependency(need.name, marker=marker.among(here).simplified(self._supported).text)
                for need, marker in offer.needs
                if (need.name, "") in after
            ]
            found.append(Sprout(name, offer.version, here, tuple(edges)))
        return found

    # Where it counts.

    def _reached(self, packages: Mapping[str, UvPackage]) -> dict[Node, MarkerSet]:
        """Where each package, and each of its extras and groups, counts."""
        from weft.resolver.reachability import reached

        edges: Edges = {_ROOT: {}}
        markers = {"": MarkerSet.TRUE}
        for name, package in packages.items():
            for section, rows in _sections(package).items():
                needs = edges.setdefault((name, section), {})
                for edge in rows:
                    marker = markers.get(edge.marker)
                    if marker is None:
                        marker = markers[edge.marker] = MarkerSet.parse(edge.marker)
                    for extra in ("", *edge.extras):
                        child = edge.name, extra
                        known = needs.get(child)
                        needs[child] = marker if known is None else known | marker
                if package.source.kind in LOCAL_KINDS:
                    edges[_ROOT][name, section] = MarkerSet.TRUE
        for name, offer in self._offers.items():
            edges[name, ""] = {(need.name, ""): marker for need, marker in offer.needs}
        return reached(edges, _ROOT, MarkerSet.TRUE)

    def _check_place(
        self, package: UvPackage, before: Mapping[Node, MarkerSet], after: Mapping[Node, MarkerSet]
    ) -> None:
        """A package that stays counts where it did, and no less is said of it that a pre-release
        may depend on. Raises Odd."""
        if package.name in self._touched and _is_prerelease(package.version):
            raise Odd
        for section in ("", *[key for key, _ in package.optional_dependencies]):
            was, now = before.get((package.name, section)), after.get((package.name, section))
            if was is None or now is None:
                raise Odd
            if was != now and (was & self._supported) != (now & self._supported):
                raise Odd
            # The same place in other words may have markers below it told in other words, too.
            if package.name in self._touched and not (was.is_true and now.is_true):
                edges = (*package.dependencies, *_listed(package.optional_dependencies))
                if any(edge.marker for edge in edges):
                    raise Odd

    def _lose(self, package: UvPackage) -> None:
        """Note what a package led to that nobody needs any more."""
        for edge in (*package.dependencies, *_listed(package.optional_dependencies)):
            if edge.extras:
                raise Odd
            self._touched.add(edge.name)


def _specifiers(text: str) -> Specifiers:
    from weft.core.specifier import Specifiers

    return Specifiers.parse(text)


def _allows(specifiers: Specifiers, version: str) -> bool:
    """Whether a locked version will do; pre-releases are a matter of policy."""
    from weft.core.version import Version

    return not _is_prerelease(version) and specifiers.contains(Version.parse(version))


def _is_prerelease(version: str) -> bool:
    from weft.core.version import Version

    return bool(version) and Version.parse(version).is_prerelease


def _is_plain_row(row: UvRequirement) -> bool:
    """Whether a requirement names a project of any index, and perhaps versions."""
    further = row.extras or row.groups or row.marker or row.index
    return not further and row.source is None and row.conflict is None


def _is_plain_edge(edge: UvDependency) -> bool:
    return not (edge.extras or edge.marker)


def _asks_for_more(package: UvPackage, edges: Sections) -> bool:
    """Whether a member requires extras that are not there, of which each resolution warns."""
    found = {
        (edge.name, extra) for rows in edges.values() for edge in rows for extra in edge.extras
    }
    rows = [*package.metadata.requires_dist, *_required(package.metadata.requires_dev)]
    return any(
        (row.name, extra) not in found
        for row in rows
        if row.name != package.name
        for extra in row.extras
    )


def _required(groups: Sequence[tuple[str, tuple[UvRequirement, ...]]]) -> list[UvRequirement]:
    return [row for _, rows in groups for row in rows]


def _is_group(section: str) -> bool:
    return section.startswith(_GROUP)


def _sections(package: UvPackage) -> Sections:
    """The edges of a package, of its extras and of its groups."""
    found: Sections = {"": package.dependencies}
    found.update(package.optional_dependencies)
    found.update([(f"{_GROUP}{name}", rows) for name, rows in package.dev_dependencies])
    return found


def _listed(groups: Sequence[tuple[str, tuple[UvDependency, ...]]]) -> list[UvDependency]:
    return [edge for _, rows in groups for edge in rows]


def _rows(metadata: UvMetadata) -> Rows:
    """The requirements of the project, of its extras, whose markers say no more, and groups.

    What else a marker says stays with it under the same section.
    """
    extras = {f"extra == '{name}'": name for name in metadata.provides_extras}
    found: dict[str, list[UvRequirement]] = {"": []}
    for row in metadata.requires_dist:
        section = extras.get(row.marker)
        if section is not None:
            found.setdefault(section, []).append(replace(row, marker=""))
        else:
            found[""].append(row)
    for name, rows in metadata.requires_dev:
        found[f"{_GROUP}{name}"] = list(rows)
    return {section: tuple(rows) for section, rows in found.items()}


def _by_name(rows: Sequence[UvRequirement]) -> dict[str, tuple[UvRequirement, ...]]:
    found: dict[str, tuple[UvRequirement, ...]] = {}
    for row in rows:
        found[row.name] = (*found.get(row.name, ()), row)
    return found
